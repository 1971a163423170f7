"""Whole conversations with both shipped tenants."""

from datetime import date

import pytest

from agent import dialogue as dlg
from agent.values.caller import Outcome
from agent.values.work import ToolResult, ToolStatus
from tests.unit.dialogue.rig import Call

DONE_WORDS = ("booked for", "You are booked")
TO_READ_BACK = ("I'd like a check up next Friday at 2.30 p.m.", "Anna Lee.", "Yes, please.")


def test_booking_in_five_turns():
    call = Call()
    assert "AI assistant" in call.last.clauses[0].text
    assert not call.last.clauses[0].interruptible
    assert "is free. What is your name" in call.say("Hi, I'd like to book a check up for next Friday at 2.30 p.m.")
    assert call.last.expects == "person_name"
    assert "ending 4 5 6 7" in call.say("Anna Lee.")
    assert call.last.expects == "yes_no"
    assert call.say("Yes, please.") == (
        "So that is a check-up on Friday, December 4th at 2:30 pm for Anna Lee, at the number ending 4 5 6 7. "
        "Is that right?"
    )
    assert call.outcome is None
    assert "You are booked for a check-up on Friday, December 4th at 2:30 pm, Anna Lee." in call.say(
        "Yes, that's right."
    )
    assert call.outcome is Outcome.BOOKED
    assert call.calendar.booked == [
        {"service": "checkup", "start": "2026-12-04T14:30", "name": "Anna Lee", "phone": "+15125554567"}
    ]
    assert "Goodbye" in call.say("No, thank you. Bye.")
    assert call.last.hang_up


def test_one_slot_at_a_time_with_an_offer():
    call = Call(caller="anonymous")
    assert "What would you like" in call.say("I need an appointment")
    assert "What day" in call.say("A clean ing.")
    assert "On Tuesday, December 1st I have 8 am or noon." in call.say("Tuesday")
    assert call.last.expects == "time"
    assert "your name" in call.say("The second one, please.")
    assert "phone number" in call.say("My name is Tom O'Brien.")
    assert call.last.expects == "phone"
    assert "at noon for Tom O'Brien, at the number ending 0 1 2 3" in call.say(
        "five one two five five five oh one two three"
    )
    call.say("Correct.")
    assert call.outcome is Outcome.BOOKED


def test_a_number_said_in_two_breaths():
    call = Call(caller="")
    call.say("a filling on Monday at noon", "Anna")
    assert call.say("512 555") == "Yes, go on."
    assert "ending 0 1 9 9" in call.say("0199")
    assert call.slots["phone"] == "+15125550199"


def test_a_local_number_is_asked_for_its_area_code():
    call = Call(caller="")
    call.say("a filling on Monday at noon", "Anna")
    assert "area code" in call.say("5 5 5 0 1 9 9")
    call.say("512")
    assert call.slots["phone"] == "+15125550199"


@pytest.mark.parametrize(
    ("correction", "slot", "value"),
    [
        ("No, Thursday.", "date", "2026-11-26"),
        ("No, Thursday, not Friday.", "date", "2026-11-26"),
        ("Yes, but make it 3 o'clock", "time", "15:00"),
        ("no, my name is Hannah Lee", "name", "Hannah Lee"),
        ("No, Anna Leigh.", "name", "Anna Leigh"),
        ("no, it's L E I G H", "name", "Anna Leigh"),
        ("a cleaning, not a check-up", "service", "cleaning"),
        ("No, my number is 512 555 0199", "phone", "+15125550199"),
    ],
)
def test_a_correction_at_the_read_back_is_read_back_again(correction, slot, value):
    call = Call()
    call.say(*TO_READ_BACK)
    assert "Is that right?" in call.say(correction)
    assert call.slots[slot] == value
    assert call.calendar.booked == []
    call.say("yes")
    assert len(call.calendar.booked) == 1


def test_a_slot_called_wrong_is_asked_for_again():
    call = Call()
    call.say(*TO_READ_BACK)
    assert "What should I change?" in call.say("No.")
    assert "What is your name" in call.say("the name")
    assert "Hannah Lee" in call.say("Hannah Lee")
    assert "What time" in call.say("the time is wrong")
    assert "9 am" in call.say("nine")
    assert call.calendar.booked == []


def test_a_yes_with_a_reservation_commits_nothing():
    call = Call()
    call.say(*TO_READ_BACK)
    assert "What should I change?" in call.say("Yes, but there is something else")
    assert call.calendar.booked == []


def test_a_question_in_mid_task_is_answered_and_the_task_taken_up():
    call = Call()
    call.say("I want to come in tomorrow morning for a check up")
    heard = call.say("Do you take Delta Dental?")
    assert "We accept Delta Dental" in heard
    assert heard.endswith("I have 8 am or 8:30 am. Which would you like?")
    assert call.last.decided_by == "cached"
    call.say("8:30")
    assert call.slots["time"] == "08:30"


def test_start_over():
    call = Call()
    call.say(*TO_READ_BACK)
    assert "start again. What would you like" in call.say("Let's start over")
    assert call.slots == {}
    call.say("a filling", "tomorrow at nine", "Bob Ray", "yes", "yes")
    assert call.calendar.booked[0]["start"] == "2026-11-25T09:00"


def test_a_taken_time_offers_the_nearest():
    call = Call()
    call.calendar.taken = {"2026-11-27T14:00"}
    assert "2 pm is not free, I am afraid. On Friday, November 27th I have 1:30 pm or 2:30 pm." in call.say(
        "a check-up on Friday at 2"
    )
    assert "your name" in call.say("The first one is fine.")
    assert call.slots["time"] == "13:30"


def test_other_offers_until_the_day_is_exhausted():
    call = Call()
    call.calendar.taken = {s for s in call.calendar.free(date(2026, 11, 27)) if s[11:] > "10:00"}
    assert "8 am or 8:30 am" in call.say("a check-up on Friday")
    assert "9 am or 9:30 am" in call.say("anything later?")
    assert "10 am" in call.say("No.")
    assert "other day" in call.say("something else")
    assert "8 am or noon" in call.say("Monday then")


def test_a_closed_day_offers_the_next_open_one():
    call = Call()
    assert "We are closed on Sunday, November 29th. The next day with free times is Monday" in call.say(
        "a filling on Sunday"
    )
    assert "On Monday, November 30th I have" in call.say("Yes.")


def test_nothing_in_the_wished_half_of_the_day():
    call = Call()
    call.calendar.taken = {f"2026-11-27T{h:02d}:{m}" for h in range(12, 17) for m in ("00", "30")}
    call.calendar.run = _with_part(call.calendar.run)
    assert "Nothing is free in the afternoon, I am afraid. On Friday" in call.say("a check-up on Friday afternoon")


def _with_part(run):
    def narrowed(name, arguments):
        result = run(name, arguments)
        if "part" in arguments:
            kept = [s for s in result.value["slots"] if (s[11:] < "12:00") == (arguments["part"] == "morning")]
            return ToolResult(result.status, result.value | {"slots": kept})
        return result

    return narrowed


def test_taken_between_look_and_commit():
    call = Call()
    call.say(*TO_READ_BACK)
    call.calendar.book_result = ToolResult(
        ToolStatus.FAILED, {"alternatives": ["2026-12-04T14:00", "2026-12-04T15:00"]}, "taken"
    )
    heard = call.say("yes")
    assert "2:30 pm was taken just now. On Friday, December 4th I have 2 pm or 3 pm." in heard
    assert not any(word in heard for word in DONE_WORDS)
    call.calendar.book_result = None
    assert "at 3 pm for Anna Lee" in call.say("the later one")
    assert "You are booked" in call.say("yes")


@pytest.mark.parametrize("error", ["taken", "closed", "past"])
def test_a_refusal_without_alternatives_looks_again(error):
    call = Call()
    call.say(*TO_READ_BACK)
    call.calendar.book_result = ToolResult(ToolStatus.FAILED, {}, error)
    assert "I have" in call.say("yes")
    assert call.last.transfer is None


@pytest.mark.parametrize(
    ("result", "reason", "outcome"),
    [
        (ToolResult(ToolStatus.IN_DOUBT, {}, "deadline"), "in_doubt", Outcome.IN_DOUBT),
        (ToolResult(ToolStatus.FAILED, {}, "boom"), "booking_failed", Outcome.TRANSFERRED),
    ],
)
def test_an_unknown_or_failed_booking_is_never_called_done(result, reason, outcome):
    call = Call()
    call.say(*TO_READ_BACK)
    call.calendar.book_result = result
    heard = call.say("yes")
    assert call.last.transfer == reason
    assert call.outcome is outcome
    assert not any(word in heard for word in DONE_WORDS)


def test_the_confirmation_speaks_of_the_committed_row():
    call = Call()
    call.say(*TO_READ_BACK)
    row = {
        "appointment_id": "a",
        "service": "cleaning",
        "start": "2026-12-05T09:15",
        "minutes": 45,
        "name": "Anna Leigh",
    }
    call.calendar.book_result = ToolResult(ToolStatus.DONE, row)
    assert "a cleaning on Saturday, December 5th at 9:15 am, Anna Leigh." in call.say("yes")
    assert call.slots["date"] == "2026-12-05"


def test_a_calendar_out_of_reach_goes_to_a_human():
    call = Call()
    call.calendar.run = lambda name, arguments: ToolResult(ToolStatus.FAILED, {}, "timeout")
    call.say("a check-up on Friday")
    assert call.last.transfer == "calendar_unavailable"


def test_speech_while_the_booking_is_written_changes_nothing():
    call = Call()
    call.say(*TO_READ_BACK)
    profile = call.profile
    writing = dlg.hear(call.last.dialogue, profile, "yes")
    assert writing.tool is not None
    held = dlg.hear(writing.dialogue, profile, "No, Thursday!")
    assert held.tool is None
    assert dlg.slots(held.dialogue)["date"] == "2026-12-04"
    done = dlg.tool_done(
        held.dialogue, profile, "calendar.book", call.calendar.run("calendar.book", writing.tool.arguments)
    )
    assert "You are booked" in done.clauses[0].text
    again = dlg.tool_done(done.dialogue, profile, "calendar.book", ToolResult(ToolStatus.DONE, {}))
    assert again.clauses == ()
