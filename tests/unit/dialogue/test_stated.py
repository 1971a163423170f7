"""What is read in an utterance that stands alone: each resolver, corrections, and that what is said is read back."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.dialogue.fluency import fluent
from agent.dialogue.stated import read
from tests.unit.dialogue.rig import CLINIC, tenant
from tests.unit.dialogue.sayings import Said, dates, emails, names, phones, services, times, utterances

NOW = datetime.fromisoformat("2026-11-24T10:00:00-06:00")  # a Tuesday
CLOCK = st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2029-12-31"))


def found(text: str, now: datetime = NOW) -> dict[str, str]:
    return read(text, now, tenant(CLINIC))


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("a fortnight today", "2026-12-08"),
        ("Friday fortnight", "2026-12-11"),
        ("Thursday week", "2026-12-03"),
        ("a week on Wednesday", "2026-12-02"),
        ("Could I come in a week on Wednesday?", "2026-12-02"),
        ("in two weeks, on the Monday", "2026-12-07"),
        ("the 5th", "2026-12-05"),
        ("end of the month", "2026-11-30"),
        ("the last day of next month", "2026-12-31"),
        ("the last Friday of December", "2026-12-25"),
        ("the second Tuesday of January", "2027-01-12"),
        ("in a month", "2026-12-24"),
        ("Christmas Eve", "2026-12-24"),
        ("New Year's Day", "2027-01-01"),
        ("the Monday after Thanksgiving", "2026-11-30"),
        ("monday the thirty eth", "2026-11-30"),
        ("december forth", "2026-12-04"),
        ("March 2nd, that's a Tuesday", "2027-03-02"),
        ("Monday, no wait, Friday", "2026-11-27"),
        ("No, Thursday, not Friday.", "2026-11-26"),
        ("Not Thursday. Friday.", "2026-11-27"),
        ("I'd rather come on Thursday than on Friday", "2026-11-26"),
        ("Can we change it from Monday to Wednesday?", "2026-11-25"),
        ("Not this Friday, the next one.", "2026-12-04"),
        ("my anniversary is on the tenth so I can't do the tenth, the ninth please", "2026-12-09"),
    ],
)
def test_a_day_is_found(text: str, date: str) -> None:
    assert found(text) == {"date": date}


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("half two", "14:30"),
        ("quarter to nine", "08:45"),
        ("noon", "12:00"),
        ("midday", "12:00"),
        ("Eleven-ish?", "11:00"),
        ("sixteen thirty", "16:30"),
        ("fifteen hundred", "15:00"),
        ("five minutes to nine", "08:55"),
        ("a quarter of three", "14:45"),
        ("first thing", "08:00"),
        ("Two, no, sorry, two thirty.", "14:30"),
        ("Nine. Wait, no. Ten.", "10:00"),
        ("No, I said three, not four.", "15:00"),
        ("Not two thirty, three thirty.", "15:30"),
        ("Ten? Ten's good.", "10:00"),
        ("half past ate", "08:30"),
        ("at to thirty", "14:30"),
        ("7 in the morning", "07:00"),
        ("half seven in the evening", "19:30"),
    ],
)
def test_a_time_is_found(text: str, time: str) -> None:
    assert found(text) == {"time": time}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Marcus Webb.", "Marcus Webb"),
        ("patricia gomez", "Patricia Gomez"),
        ("Uh, it's, um, Nora. Nora Castellano.", "Nora Castellano"),
        ("Bond, James Bond.", "James Bond"),
        ("It's Tom. No, sorry, Thomas. Thomas Reilly.", "Thomas Reilly"),
        ("d as in david e as in edward n as in nancy v as in victor e r denver", "Denver"),
        ("It's Wallis with an I, W A double L I S.", "Wallis"),
        ("the name is kaitlyn k a i t l y n brandt b r a n d t", "Kaitlyn Brandt"),
        ("My surname is Okonkwo and my first name is Adaeze.", "Adaeze Okonkwo"),
        ("in the name of Dmitri Volkov", "Dmitri Volkov"),
        ("My daughter Poppy needs to come in", "Poppy"),
        ("This is Sarah Long", "Sarah Long"),
    ],
)
def test_a_name_is_found(text: str, name: str) -> None:
    assert found(text) == {"name": name}


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("five one two, five five five, oh one double nine", "+15125550199"),
        ("call me on 7 3 7 triple 5 oh 1 2 2", "+17375550122"),
        ("five won two five five five zero one for three", "+15125550143"),
        ("triple five oh one four two with area code five one two", "+15125550142"),
        ("My area code is 512 and then 555 0109", "+15125550109"),
        ("Five one two, five five five, oh one nine, sorry, oh one nine two.", "+15125550192"),
        ("You can reach me at 512 555 0175, extension 12.", "+15125550175"),
    ],
)
def test_a_number_is_found(text: str, phone: str) -> None:
    assert found(text) == {"phone": phone}


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("jane dot doe at gmail dot com", "jane.doe@gmail.com"),
        ("its jane underscore smith ninety two at g mail dot com", "jane_smith92@gmail.com"),
        ("sunny days at yahoo dot co dot uk, all one word", "sunnydays@yahoo.co.uk"),
        ("Er, it's j, j dot, um, j dot marsh at outlook dot com.", "j.marsh@outlook.com"),
        ("It's T Smith, t-s-m-i-t-h, at gmail dot com", "tsmith@gmail.com"),
        ("My email is meera.shah at outlook.com.", "meera.shah@outlook.com"),
        ("No, sorry, at gmail, kim dot tran at gmail dot com.", "kim.tran@gmail.com"),
        ("r dot jones nineteen eighty at b t internet dot com", "r.jones1980@btinternet.com"),
    ],
)
def test_an_address_is_found(text: str, email: str) -> None:
    assert found(text) == {"email": email}


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("I need my teeth cleaned", "cleaning"),
        ("my tooth, I think it's broken", "emergency"),
        ("I broke one of my teeth", "emergency"),
        ("Not a cleaning, a check-up.", "checkup"),
        ("a check-up instead of a cleaning", "checkup"),
        ("my filling fell out", "filling"),
    ],
)
def test_a_service_is_found_by_what_callers_call_it(text: str, service: str) -> None:
    assert found(text) == {"service": service}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("That works.", "yes"),
        ("Yeah, no, that's totally fine.", "yes"),
        ("No problem.", "yes"),
        ("Oh wait. No. Yes. Yes, it's fine.", "yes"),
        ("Nope.", "no"),
        ("I don't think so.", "no"),
        ("Hmm, no, I don't think that'll work.", "no"),
        ("Yeah, that won't work.", "no"),
        ("No no, that's okay, I'll call back.", "no"),
    ],
)
def test_an_answer_is_found(text: str, answer: str) -> None:
    assert found(text) == {"yes_no": answer}


@pytest.mark.parametrize(
    "text",
    [
        "Anything but Friday.",
        "Not Monday or Tuesday.",
        "Thursday through Saturday I'm out of town.",
        "I was born on June 12th, 1980.",
        "We've got two kids, ages seven and nine.",
        "I live at 250 Oak Street.",
        "My zip code is 78701.",
        "Sure, but not on Tuesday.",
        "Any time works for me.",
        "No idea.",
        "I'm pretty flexible.",
        "Can you hear me?",
        "If that's okay with you.",
        "",
    ],
)
def test_nothing_is_found_where_nothing_was_given(text: str) -> None:
    assert found(text) == {}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("No, Thursday at two.", {"date": "2026-11-26", "time": "14:00"}),
        ("Yes, Thursday at two.", {"date": "2026-11-26", "time": "14:00", "yes_no": "yes"}),
        ("Uh, yes, but could we make it eleven instead?", {"time": "11:00"}),
        ("Sure, it's Ed Norris.", {"name": "Ed Norris"}),
        ("Exam, Thursday, 9, Paula Rios.",
         {"service": "checkup", "date": "2026-11-26", "time": "09:00", "name": "Paula Rios"}),
        ("tomorrow at nine five one two five five five zero one five five",
         {"date": "2026-11-25", "time": "09:00", "phone": "+15125550155"}),
        ("My number is 512-555-0119, and two fifty.", {"phone": "+15125550119", "time": "14:50"}),
    ],
)  # fmt: skip
def test_several_values_in_one_breath_are_told_apart(text: str, values: dict[str, str]) -> None:
    assert found(text) == values


@given(CLOCK.flatmap(lambda now: st.tuples(st.just(now), dates(now.date()))))
def test_a_day_is_read_back_however_it_is_said(case: tuple[datetime, Said]) -> None:
    now, said = case
    assert found(said.text, now) == {"date": said.value}


@given(st.one_of(times(), phones(), emails(), names(), services()))
def test_a_value_is_read_back_however_it_is_said(said: Said) -> None:
    assert found(said.text) == {said.slot: said.value}


@settings(max_examples=200)
@given(CLOCK.flatmap(lambda now: st.tuples(st.just(now), utterances(now))))
def test_several_values_are_read_back_in_any_order(case: tuple[datetime, tuple[str, dict[str, str]]]) -> None:
    now, (text, values) = case
    assert found(text, now) == values


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert set(found(text)) <= {"name", "phone", "email", "date", "time", "service", "yes_no"}


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("at, um, at half past ten", "at half past ten"),
        ("It's for, um, for Friday.", "It's for Friday."),
        ("five, five, five", "five, five, five"),
        ("L, L", "L, L"),
        ("Uh huh.", "Uh huh."),
        ("thats fine, i dont mind", "that's fine, i don't mind"),
    ],
)
def test_hesitation_is_taken_out(text: str, clean: str) -> None:
    assert fluent(text) == clean
