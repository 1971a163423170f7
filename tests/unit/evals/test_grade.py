"""Grading: a right call has no fault, and each thing that can be wrong is found."""

from dataclasses import replace

from agent.evals.grade import Evidence, booking_of, crosstalk, grade
from agent.evals.journal_view import JournalView, Spoken
from tests.unit.evals.made import BOOKING, ROW, booked, named, turn

DONE = "You are booked for"
CONFIRMED = Spoken("t4", 20_000, "You are booked for a cleaning.", "rule", {})
JOURNAL = JournalView(0, (CONFIRMED,), (), ((19_000, {"appointment_id": "a1"}),), None, (DONE,))
RIGHT = Evidence(JOURNAL, (ROW,))


def test_a_right_booking_has_no_fault_and_its_name_is_judged_loosely_too() -> None:
    graded = grade(booked(), RIGHT)
    assert graded.faults == ()
    assert graded.checks == {"date": True, "time": True, "service": True, "name_exact": False, "name_close": True}


def test_the_newest_booked_row_is_the_booking() -> None:
    assert booking_of([replace(ROW, status="cancelled"), ROW]) == BOOKING
    assert booking_of([]) is None


def test_an_outcome_that_was_not_expected() -> None:
    call = replace(booked(), outcome="answered", booking=None)
    faults = grade(call, Evidence(JOURNAL, ())).faults
    assert any("expected booked" in fault for fault in faults)


def test_two_rows_and_no_row() -> None:
    assert any("2 appointment rows" in fault for fault in grade(booked(), Evidence(JOURNAL, (ROW, ROW))).faults)
    assert any("0 appointment rows" in fault for fault in grade(booked(), Evidence(JOURNAL, ())).faults)


def test_another_slot_or_service_than_wanted() -> None:
    call = replace(booked(), booking={**BOOKING, "time": "11:00", "service": "filling"})
    faults = grade(call, RIGHT).faults
    assert "time is not what the caller wanted" in faults
    assert "service is not what the caller wanted" in faults


def test_a_read_back_that_is_not_the_row() -> None:
    call = booked()
    wrong = turn("Ten.", "So that is a cleaning on Friday, November 27th at 10:30 a.m.")
    assert any("not the committed row" in fault for fault in grade(replace(call, turns=(wrong,)), RIGHT).faults)
    silent = turn("Ten.", "All right.")
    assert "the booking was never read back" in grade(replace(call, turns=(silent,)), RIGHT).faults


def test_a_confirmation_before_the_commit_or_without_one() -> None:
    late = replace(JOURNAL, committed=((21_000, {}),))
    assert any("before the commit" in fault for fault in grade(booked(), Evidence(late, (ROW,))).faults)
    never = replace(JOURNAL, committed=())
    assert any("before the commit" in fault for fault in grade(booked(), Evidence(never, (ROW,))).faults)


def test_an_agent_that_was_spoken_over_must_have_been_cut() -> None:
    call = booked()
    over = replace(call.turns[0], was_spoken_over=True)
    assert any(
        "talked to its end" in fault for fault in grade(replace(call, turns=(over, *call.turns[1:])), RIGHT).faults
    )
    cut = replace(over, interrupted=True, stopped_after_ms=200)
    assert grade(replace(call, turns=(cut, *call.turns[1:])), RIGHT).faults == ()


def test_crosstalk_is_found_and_shared_names_are_not() -> None:
    assert crosstalk([named("Anna Miller"), named("Robert Foster")]) == []
    assert crosstalk([named("Anna Miller"), named("Robert Foster", said="Is it for Miller?")]) == [
        "the name of call 1 turns up in call 2"
    ]
    assert crosstalk([named("Anna Miller"), named("Sarah Miller")]) == []
