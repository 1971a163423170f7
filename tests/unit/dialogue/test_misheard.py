"""A misheard call ends well: other words, "do you mean", the keypad, a person; and never in circles."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import dialogue as dlg
from agent.dialogue.misheard import guesses, mended
from agent.dialogue.words import figures
from agent.policy.wording import plain
from agent.values.caller import Outcome
from tests.unit.dialogue.rig import CLINIC, SALES, Call

TO_OFFER = ("I'd like to book a cleaning", "next Thursday")
TO_READ_BACK = (*TO_OFFER, "at eleven", "Anna Lee", "yes")


def at(*turns: str) -> Call:
    call = Call()
    call.say(*turns)
    return call


# --- what the small recogniser makes of days and times --------------------------------------------------------


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("two thirty", "14:30"),
        ("2:30", "14:30"),
        ("To 30, please.", "14:30"),
        ("too thirty", "14:30"),
        ("for 30", "16:30"),
        ("A 30 please.", "08:30"),
        ("ate 30", "08:30"),
        ("won 30", "13:30"),
        ("I want 30.", "13:30"),
        ("1030", "10:30"),
        ("10 30", "10:30"),
        ("10th 30", "10:30"),
        ("Tenth, 30 in the morning.", "10:30"),
        ("11th, 30.", "11:30"),
        ("1130", "11:30"),
        ("half that one", "13:30"),
        ("half pass one", "13:30"),
        ("ten a clock", "10:00"),
        ("3 p.n.", "15:00"),
        ("To in the afternoon.", "14:00"),
        ("true in the afternoon", "14:00"),
        ("for in the afternoon please", "16:00"),
        ("ate o'clock", "08:00"),
    ],
)
def test_after_the_question_for_a_time_a_slip_that_means_nothing_else_is_mended(heard, meant):
    call = at(*TO_OFFER)
    call.say(heard)
    assert call.slots["time"] == meant
    assert call.slots["date"] == "2026-12-03"


@pytest.mark.parametrize(
    ("heard", "asked"),
    [
        ("I have that one, please.", "Do you mean 1:30 pm?"),
        ("Of past one.", "Do you mean 1:30 pm?"),
        ("Maybe 10th of the morning.", "Do you mean 10 am, or 10:30 am?"),
        ("10th in the morning", "Do you mean 10 am, or 10:30 am?"),
        ("10th", "Do you mean 10 am, or 10:30 am?"),
        ("11 Saturday please.", "Do you mean 11:30 am, or Saturday, November 28th?"),
        ("at eleven, Thursday", "Do you mean 11 am, or 11:30 am?"),
        ("Too sorry, please.", "Do you mean 2:30 pm?"),
        ("eleven thirsty", "Do you mean 11:30 am?"),
        ("seven thirty", "Do you mean 11:30 am?"),
        ("Love in the morning, please.", "Do you mean 11 am?"),
        ("water past two", "Do you mean 2:15 pm?"),
        ("26th", "Do you mean Thursday, November 26th?"),
    ],
)
def test_a_doubtful_slip_is_asked_back_and_moves_nothing(heard, asked):
    call = at(*TO_OFFER)
    assert call.say(heard) == asked
    assert call.slots == {"service": "cleaning", "date": "2026-12-03"}


@pytest.mark.parametrize(
    ("heard", "slot", "value"),
    [
        ("the first one", "time", "10:00"),
        ("ten thirty", "time", "10:30"),
        ("half past ten", "time", "10:30"),
        ("the second one", "time", "10:30"),
        ("no, at two", "time", "14:00"),
        ("no, on Friday", "date", "2026-11-27"),
    ],
)
def test_do_you_mean_is_answered_in_any_way(heard, slot, value):
    call = at(*TO_OFFER, "10th of the morning", heard)
    assert call.slots[slot] == value


@pytest.mark.parametrize(
    ("heard", "day"),
    [
        ("No, I meant Thursday, December 10th.", "2026-12-10"),
        ("Can I come on the 10th instead?", "2026-12-10"),
        ("Thursday the tenth of December", "2026-12-10"),
    ],
)
def test_a_day_that_is_surely_one_may_still_be_changed_at_the_offers(heard, day):
    call = at(*TO_OFFER, heard)
    assert call.slots["date"] == day
    assert call.last.dialogue.asked == "offer"


@pytest.mark.parametrize(
    ("heard", "day"),
    [
        ("Fry day.", "2026-11-27"),
        ("choose day", "2026-12-01"),
        ("Thursday", "2026-11-26"),
        ("Wednesday the night, please.", "2026-12-09"),
        ("Wednesday night", "2026-11-25"),
    ],
)
def test_a_day_in_pieces_is_mended(heard, day):
    call = at("I'd like to book a cleaning", heard)
    assert call.slots["date"] == day


def test_a_day_that_only_sounds_like_one_is_asked_back():
    call = at("I'd like to book a cleaning")
    assert call.say("Thirsty.") == "Do you mean Thursday, November 26th?"
    assert "I have" in call.say("yes")


@given(st.text(max_size=60), st.sampled_from(["", "date", "time"]))
def test_any_text_can_be_mended(text, asked):
    guesses(mended(figures(plain(text)), asked), asked)


# --- calls that were lost -------------------------------------------------------------------------------------


def test_the_same_line_misheard_again_and_again_ends_by_the_keypad():
    call = at(*TO_OFFER)
    assert call.say("I have that one, please.") == "Do you mean 1:30 pm?"
    assert "press 1 for 8 am, 2 for noon, or key in another time" in call.say("no")
    assert "your name" in call.key("130")
    assert call.slots["time"] == "13:30"


def test_the_half_of_the_day_that_was_offered_already_names_no_time():
    call = at("I'd like to book a cleaning", "next Thursday afternoon")
    assert "I have noon or 12:30 pm" in " ".join(clause.text for clause in call.last.dialogue.prompt)
    assert "You can say the first one" in call.say("well in the afternoon")
    assert "key in another time" in call.say("well in the afternoon")


def test_an_ordinal_of_the_morning_moves_no_day_and_does_not_loop():
    call = at(*TO_OFFER)
    assert "Do you mean" in call.say("Maybe 10th of the morning.")
    assert "key in another time" in call.say("Maybe 10th of the morning.")
    assert call.slots["date"] == "2026-12-03"
    assert "your name" in call.key("1030")


def test_a_correction_heard_as_two_dates_keeps_the_full_one():
    call = at("book a cleaning on Thursday at eleven", "Anna Lee", "yes")
    heard = call.say("No, I would like Thursday, November 26th, 11th, 30 in the morning.")
    assert "Thursday, November 26th at 11:30 am" in heard


def test_a_correction_that_changes_nothing_asks_what_to_change_then_by_keys_then_a_person():
    call = at(*TO_READ_BACK)
    again = "No, I would like Thursday, December 3rd, eleven in the morning."
    assert call.say(again) == "What should I change?"
    assert "Is that right?" not in call.say("it sounds odd to me")
    assert "press 1 for the service, 2 for the day, 3 for the time" in call.say("it sounds odd to me")
    assert "What time would you like?" in call.key("3")


def test_the_same_wrong_value_is_not_read_back_again():
    call = at(*TO_READ_BACK)
    assert "I heard 11 am again." in call.say("No, at eleven.")
    assert "key in another time" in call.say("say that again?")
    assert "1:30 pm" in call.key("130")


def test_what_is_offered_again_may_be_taken_though_it_was_called_wrong():
    call = Call()
    call.calendar.taken = {"2026-12-03T11:30", "2026-12-03T12:00"}
    call.say(*TO_READ_BACK)
    assert "I have 10:30 am or 11 am" in call.say("No, at half past eleven.")
    assert "at 11 am for Anna Lee" in call.say("The second one.")


def test_a_value_said_after_us_is_no_correction():
    call = at(*TO_READ_BACK)
    assert call.say("Thursday.") == " ".join(clause.text for clause in call.last.dialogue.prompt)
    assert call.last.dialogue.asked == "confirm"


def test_an_answer_to_the_read_back_that_was_not_caught_is_read_back_again():
    call = at(*TO_READ_BACK)
    assert "at 11 am for Anna Lee" in call.say("")


def test_nothing_to_change_is_read_back_again():
    call = at(*TO_READ_BACK, "No.")
    assert "at 11 am for Anna Lee" in call.say("Nothing, that is all correct.")
    assert call.calendar.booked == []


def test_two_corrections_are_read_back_the_third_is_keyed_in():
    call = at(*TO_READ_BACK)
    assert "at 10 am for" in call.say("No, at ten.")
    assert "at 9 am for" in call.say("No, at nine.")
    assert "key in another time" in call.say("No, at two.")
    assert "at 3 pm for" in call.key("300")


def test_what_was_called_wrong_is_asked_about_before_it_stands_again():
    call = at(*TO_READ_BACK)
    assert "at 10 am for" in call.say("No, at ten.")
    assert call.say("No, at eleven.") == "Do you mean 11 am?"
    assert "at 11 am for" in call.say("yes")


def test_a_slot_called_wrong_without_a_value_is_remembered_too():
    call = at(*TO_READ_BACK, "No.", "the time")
    assert call.say("eleven") == "Do you mean 11 am?"


def test_the_keypad_fails_as_well_then_a_person():
    call = at(*TO_OFFER, "blue", "green")
    call.say("red")
    assert call.last.transfer == "repeated_failure"


@pytest.mark.parametrize(
    ("turns", "says"),
    [
        (("book an appointment",), "Please press 1 for a check-up, 2 for a cleaning"),
        (("book a cleaning",), "key in the month and the day: for example, 1 1 2 5 for Wednesday, November 25th."),
        ((*TO_OFFER, "at eleven"), "spell your last name"),
        ((*TO_OFFER, "at eleven", "Anna Lee"), "press 1 for the number you are calling from"),
        ((*TO_OFFER, "at eleven", "Anna Lee", "no"), "key in your phone number"),
        (TO_READ_BACK, "press 1 for yes and 2 for no"),
    ],
)
def test_each_question_has_a_narrower_form(turns, says):
    call = at(*turns, "something different")
    assert says in call.say("something different")
    assert call.last.transfer is None


# --- the keypad -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("turns", "keys", "slot", "value"),
    [
        (("book an appointment",), "3", "service", "filling"),
        (("book a cleaning",), "1203", "date", "2026-12-03"),
        (("book a cleaning",), "105", "date", "2027-01-05"),
        (("book a cleaning",), "0105", "date", "2027-01-05"),
        (TO_OFFER, "1", "time", "08:00"),
        (TO_OFFER, "2", "time", "12:00"),
        (TO_OFFER, "130", "time", "13:30"),
        (TO_OFFER, "0830", "time", "08:30"),
        (TO_OFFER, "1330", "time", "13:30"),
        (TO_OFFER, "9", "time", "09:00"),
        (TO_OFFER, "1200", "time", "12:00"),
        ((*TO_OFFER, "at eleven", "Anna Lee"), "1", "phone", "+15125554567"),
        ((*TO_OFFER, "at eleven", "Anna Lee", "no"), "5125550188", "phone", "+15125550188"),
        ((*TO_OFFER, "10th of the morning"), "2", "time", "10:30"),
    ],
)
def test_an_entry_is_an_answer(turns, keys, slot, value):
    call = at(*turns)
    call.key(keys)
    assert call.slots[slot] == value
    assert call.last.transfer is None


def test_yes_and_no_by_keys():
    call = at(*TO_READ_BACK)
    assert call.key("2") == "What should I change?"
    assert "What is your name" in call.key("4")
    call.say("Bob Ray")
    assert "You are booked" in call.key("1")


def test_consent_by_key_is_consent():
    call = Call(SALES)
    call.key("1")
    assert call.last.dialogue.consent.value == "granted"


def test_dates_are_typed_in_the_order_of_the_country():
    call = at("book a cleaning")
    call.profile = replace(call.profile, country="GB")
    call.say("blue")
    assert "key in the day and the month: for example, 2 5 1 1 for" in call.say("green")
    call.key("0312")
    assert call.slots["date"] == "2026-12-03"


@pytest.mark.parametrize("keys", ["1350", "0230", "9931", "12345"])
def test_a_wrong_entry_gets_a_clear_answer(keys):
    call = at("book a cleaning")
    assert call.key(keys).startswith("I cannot make sense of these keys. Which day would suit you?")


def test_keys_where_none_are_taken_get_a_clear_answer():
    call = at(*TO_OFFER, "at eleven")
    assert call.key("5") == "I cannot take keys for this question. What is your name, please?"


def test_a_typed_value_stands_even_if_it_was_called_wrong_before():
    call = at(*TO_READ_BACK, "No.", "the time")
    assert "at 11 am for" in call.key("1100")


@pytest.mark.parametrize(
    ("turns", "keys", "is_over"),
    [
        (TO_READ_BACK, "1", True),
        (("book a cleaning",), "120", False),
        (("book a cleaning",), "1203", True),
        (TO_OFFER, "1", False),
        (TO_OFFER, "130", False),
        (TO_OFFER, "930", True),
        (TO_OFFER, "1030", True),
        ((*TO_OFFER, "at eleven", "Anna Lee", "no"), "512555018", False),
        ((*TO_OFFER, "at eleven", "Anna Lee", "no"), "5125550188", True),
        ((*TO_OFFER, "at eleven", "Anna Lee", "no"), "1512555018", False),
        ((*TO_OFFER, "at eleven"), "5", False),
    ],
)
def test_an_entry_is_over_when_nothing_can_follow(turns, keys, is_over):
    call = at(*turns)
    assert dlg.is_complete(call.last.dialogue, call.profile, keys) is is_over


def test_zero_begins_an_entry_only_where_one_was_asked_for():
    call = at("book a cleaning", "blue")
    assert not dlg.may_begin_with_zero(call.last.dialogue, call.profile)
    call.say("green")
    assert dlg.may_begin_with_zero(call.last.dialogue, call.profile)


# --- never in circles -----------------------------------------------------------------------------------------

MISHEARD = st.sampled_from(
    [
        "I have that one please", "Maybe 10th of the morning.", "11 Saturday please", "11th, 30.", "10th", "26th",
        "No, I would like Thursday, November 26th, 11th, 30 in the morning.", "no", "yes", "No, eleven.", "eleven",
        "No, at ten.", "the time", "the day", "Thirsty.", "blue sky", "what", "say that again", "hello",
        "are you a robot", "one moment please", "Where are you located?",
        "start over", "I'd like to book a cleaning", "next Thursday",
        "Anna Lee", "", "um", "the first one", "anything later?", "Friday the 26th", "5 5 5", "next week", "on Sunday",
        "what is the weather like", "my number", "No, on Friday.", "512 555 0123",
    ]
)  # fmt: skip
LONGEST = 60


def _asked(call: Call) -> tuple[str, ...]:
    return tuple(clause.text for clause in call.last.dialogue.prompt)


def _news(call: Call) -> set:
    return {*call.last.dialogue.seen, *call.last.dialogue.told}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([CLINIC, SALES]), st.lists(MISHEARD, min_size=1, max_size=4), st.integers(0, 4))
def test_a_caller_who_is_misheard_over_and_over_reaches_an_end(name, lines, well):
    """The same few lines are heard for ever: no question is put for the fourth time in vain, and each call ends."""
    call = Call(name)
    call.say(*("no",) * (name == SALES), *TO_READ_BACK[:well])
    times, before, known = 1, _asked(call), _news(call)
    for turn in range(LONGEST):
        line = lines[turn % len(lines)]
        call.say(line)
        if call.last.transfer or call.last.hang_up or call.outcome is Outcome.BOOKED:
            return
        known = set() if line == "start over" else known
        is_new = line == "start over" or not _news(call) <= known
        known |= _news(call)
        times = 1 if is_new or _asked(call) != before else times + 1
        before = _asked(call)
        assert times <= 3, f"{before} for the {times}th time"
    raise AssertionError(f"{LONGEST} turns and no end: {call.last.dialogue}")
