"""A caller who rings again: what is said before we know who it is, and what after."""

import pytest

from agent.dialogue.again import is_same_name
from agent.values.caller import Outcome
from agent.values.case import OpenCase
from agent.values.ids import CaseId
from agent.values.work import ToolResult, ToolStatus
from tests.unit.dialogue.rig import CLINIC, SALES, Call

CASE = CaseId("case-0")
OTHER_PHONE = "+15125550199"
SLOTS = {"service": "checkup", "date": "2026-11-26", "time": "14:00", "name": "Anna Lee", "phone": "+15125554567"}
WRITE = {"service": "checkup", "start": "2026-11-26T14:00", "name": "Anna Lee", "phone": "+15125554567"}
AGAIN = "Are you calling again about something we had begun?"
SECRET = ("check-up", "November", "Anna", "Lee", "two", "2", "booked", "Thursday")


def unfinished(*left_out: str, **changed: str) -> OpenCase:
    return OpenCase(CASE, "book", {name: value for name, value in (SLOTS | changed).items() if name not in left_out})


def ringing(*cases: OpenCase, factor: str = "name", tenant: str = CLINIC, wall: str = "") -> Call:
    more = {"wall": wall} if wall else {}
    return Call(tenant, open_cases=cases or (unfinished(),), factor=factor, **more)


def said(call: Call) -> str:
    return " ".join(clause.text for decision in call.decisions for clause in decision.clauses)


def tells_nothing(call: Call) -> bool:
    return not any(word in said(call) for word in SECRET) and not call.tools and call.slots == {}


def test_the_disclosure_comes_first_and_then_only_that_something_had_begun() -> None:
    call = ringing()
    assert said(call).startswith("Thank you for calling Bright Smile Dental. I am an automated AI assistant.")
    assert said(call).endswith(AGAIN)
    assert tells_nothing(call)


def test_nobody_is_asked_who_left_nothing() -> None:
    assert AGAIN not in said(Call())


def test_the_name_opens_the_case_and_a_yes_goes_on_with_it() -> None:
    call = ringing()
    assert call.say("Yes, we were cut off.") == "May I have your first and last name, please?"
    assert tells_nothing(call)
    offered = call.say("It's Anna Lee.")
    assert offered == "We were booking a check-up for Thursday, November 26th at 2 pm. Shall we go on?"
    assert call.last.dialogue.joined == ""
    read_back = call.say("Yes, please.")
    assert read_back.startswith("So that is a check-up on Thursday, November 26th at 2 pm")
    assert call.tools == [("calendar.availability", {"service": "checkup", "date": "2026-11-26", "time": "14:00"})]
    assert call.last.dialogue.joined == CASE
    assert "You are booked for a check-up" in call.say("Yes.")
    assert call.calendar.booked == [WRITE]


def test_it_goes_on_at_the_first_value_that_is_missing() -> None:
    call = ringing(unfinished("phone", "time"))
    call.say("Yes.", "Anna Lee.")
    assert "I have" in call.say("Yes.")
    assert [name for name, _ in call.tools] == ["calendar.availability"]


def test_a_time_that_was_taken_meanwhile_is_not_read_back() -> None:
    call = ringing()
    call.calendar.taken.add("2026-11-26T14:00")
    call.say("Yes.", "Anna Lee.")
    assert "is not free" in call.say("Yes.")
    assert call.last.dialogue.joined == CASE


def test_a_wish_for_another_day_goes_on_with_the_case_and_is_heard() -> None:
    call = ringing()
    call.say("Yes.", "Anna Lee.")
    assert "Friday, November 27th at 2 pm" in call.say("No, Friday would be better.")
    assert (call.last.dialogue.joined, call.slots["name"]) == (CASE, "Anna Lee")


def test_a_name_told_with_the_yes_is_not_asked_for() -> None:
    assert ringing().say("Yes, my name is Anna Lee, we got cut off.").startswith("We were booking a check-up")


@pytest.mark.parametrize("name", ["Bill Stone", "Anna Stone", "It's Bob Leed"])
def test_another_name_hears_nothing_and_has_no_second_try(name: str) -> None:
    call = ringing()
    call.say("Yes.")
    assert call.say(name) == f"All right. {call.profile.phrases['how_help']}"
    call.say("Anna Lee.", "My name is Anna Lee.", "It is Anna Lee, we were cut off.")
    assert tells_nothing(call) or call.slots == {"name": "Anna Lee"}
    assert "Thursday" not in said(call)
    assert call.last.dialogue.joined == ""


def test_half_a_name_is_asked_for_once_more_whether_it_is_right_or_wrong() -> None:
    for half in ("Anna.", "Bill."):
        call = ringing()
        assert call.say("Yes.", half) == "May I have your first and last name, please?"
        assert tells_nothing(call)
        assert call.say(half).startswith("All right.")
        assert tells_nothing(call)


def test_a_no_begins_afresh_with_a_case_of_its_own() -> None:
    call = ringing()
    assert call.say("No.").startswith("All right.")
    assert tells_nothing(call)
    assert "We are open" in ringing().say("No, I wanted to know when you are open.")


def test_another_topic_is_taken_up_at_once() -> None:
    call = ringing()
    assert "parking" in call.say("Do you have parking?").lower()
    assert tells_nothing(call)


def test_who_begins_the_same_anew_is_asked_once_more_and_then_believed() -> None:
    call = ringing()
    assert call.say("I want to book a check-up.") == AGAIN
    call.say("I want to book a check-up.")
    assert call.last.dialogue.joined == ""
    assert call.slots == {"service": "checkup"}


def test_a_no_to_what_was_begun_gives_it_up() -> None:
    call = ringing()
    call.say("Yes.", "Anna Lee.")
    assert call.say("No, thank you.").startswith("All right.")
    assert (call.last.dialogue.joined, call.last.dialogue.given_up, call.slots) == ("", CASE, {})


def test_of_two_people_on_one_number_the_name_decides() -> None:
    hers = unfinished()
    his = OpenCase(CaseId("case-9"), "book", {"service": "filling", "date": "2026-11-27", "name": "Bill Stone"})
    for name, case, what in (("Anna Lee", hers, "a check-up"), ("Bill Stone", his, "a filling")):
        call = ringing(hers, his)
        assert what in call.say("Yes.", f"My name is {name}.")
        call.say("Yes.")
        assert call.last.dialogue.joined == case.case_id


def test_what_was_booked_while_the_line_was_down_is_told_and_not_repeated() -> None:
    call = ringing(OpenCase(CASE, "book", SLOTS, WRITE))
    answer = call.say("Yes.", "Anna Lee.")
    assert answer.startswith("You are booked for a check-up on Thursday, November 26th at 2 pm")
    assert call.tools == [("calendar.book", WRITE)]
    assert call.outcome is Outcome.BOOKED


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (ToolResult(ToolStatus.IN_DOUBT, {}, "no answer"), "could not see yet whether it went through"),
        (ToolResult(ToolStatus.FAILED, {"slots": ["2026-11-26T15:00"]}, "taken"), "was taken just now"),
        (ToolResult(ToolStatus.FAILED, {}, "closed for good"), "could not do that"),
    ],
)
def test_whatever_became_of_what_was_sent_is_what_is_told(result: ToolResult, words: str) -> None:
    call = ringing(OpenCase(CASE, "book", SLOTS, WRITE))
    call.calendar.book_result = result
    told = call.say("Yes.", "Anna Lee.")
    assert words in told
    assert "You are booked" not in told


def test_a_case_without_a_name_is_not_offered_where_the_name_is_asked_for() -> None:
    assert AGAIN not in said(ringing(unfinished("name")))
    assert AGAIN in said(ringing(unfinished("name"), factor="none"))


def test_without_a_second_factor_a_yes_is_enough() -> None:
    assert ringing(factor="none").say("Yes.").startswith("We were booking a check-up")


def test_the_keyed_digits_are_those_of_the_number_that_was_given() -> None:
    call = ringing(unfinished(phone=OTHER_PHONE), factor="digits")
    assert call.say("Yes.").startswith("Please key in the last four digits")
    assert call.key("0199").startswith("We were booking a check-up")
    wrong = ringing(unfinished(phone=OTHER_PHONE), factor="digits")
    wrong.say("Yes.")
    assert wrong.key("0198").startswith("All right.")
    assert tells_nothing(wrong)


def test_the_number_of_the_call_is_no_secret() -> None:
    assert AGAIN not in said(ringing(factor="digits"))


def test_a_task_or_slot_that_the_profile_has_no_more_is_not_offered() -> None:
    assert AGAIN not in said(ringing(OpenCase(CASE, "juggle", {"name": "Anna Lee"})))
    assert AGAIN not in said(ringing(OpenCase(CASE, "book", SLOTS | {"shoe": "42"})))


def test_where_consent_is_asked_for_it_is_asked_first() -> None:
    case = OpenCase(CASE, "book", {"service": "demo", "name": "Anna Lee"})
    call = ringing(case, tenant=SALES)
    assert AGAIN not in said(call)
    assert call.say("Yes, you may.").endswith(AGAIN)
    assert "a product demonstration" in call.say("Yes.", "Anna Lee.")


def test_a_day_that_has_passed_meanwhile_is_asked_for_again() -> None:
    call = ringing(unfinished(date="2026-11-24", time="23:30"), wall="2026-11-25T00:30:00-06:00")
    call.say("Yes.", "Anna Lee.")
    assert call.say("Yes.") == "What day would you like?"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna Lee", "anna lee"),
        ("Anna Miller", "Hanna Millar"),
        ("Mrs. Anna Lee", "Anna Lee"),
        ("Rachel Bana", "Rachel Bennett"),
        ("Zoë Lee", "Zoe Lee"),
    ],
)
def test_a_name_misheard_is_the_same_name(one: str, other: str) -> None:
    assert is_same_name(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna Lee", "Bill Lee"),
        ("Anna", "Anna Lee"),
        ("", "Anna Lee"),
        ("Lee Lee", "Anna Lee"),
        ("Anna Lee", ""),
        ("Jane Miller", "John Miller"),
        ("Anna Stone", "Anna Lee"),
    ],
)
def test_another_name_is_another(one: str, other: str) -> None:
    assert not is_same_name(one, other)
