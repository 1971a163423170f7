"""The telephone's keys: 0 for a person, digits for an answer, and what they do to the agent's speech."""

import pytest

from agent.call import commands as cmd
from agent.call import events as ev
from agent.call.keys import KEYS_MS
from agent.call.replay import fold
from agent.call.state import Call, Control, Floor
from tests.unit.call.rig import Machine, spoken, timers
from tests.unit.dialogue.rig import SALES, tenant


def asked_for_a_day(failures: int = 0) -> Machine:
    """The day is asked for, and that many answers were not understood."""
    machine = Machine().greeted()
    for text in ("I'd like to book a cleaning", *("blue",) * failures):
        machine.says(text)
        machine.played(all_of_it=True)
    return machine


def slots(call: Call) -> dict[str, str]:
    assert call.dialogue is not None
    return dict(call.dialogue.slots)


def test_the_first_key_stops_the_agent_and_the_last_one_is_answered_at_once() -> None:
    machine = asked_for_a_day()
    machine.says("What are your opening hours?")
    assert machine.call.floor is Floor.AGENT
    first = machine.keys("1")
    assert cmd.StopPlayout() in first
    assert cmd.SetTimer("keys", KEYS_MS) in first
    assert not machine.call.pending()
    machine.keys("20")
    last = machine.keys("3")
    assert cmd.CancelTimer("keys") in last
    assert slots(machine.call)["date"] == "2026-12-03"
    assert len(machine.call.pending()) == 1


@pytest.mark.parametrize("end", [lambda m: m.keys("#"), lambda m: m.fires("keys")], ids=["hash", "pause"])
def test_a_shorter_entry_ends_by_hash_or_by_a_pause(end) -> None:
    machine = asked_for_a_day()
    machine.keys("105")
    assert not machine.call.pending()
    end(machine)
    assert slots(machine.call)["date"] == "2027-01-05"
    assert machine.call.keys == ""


def test_a_read_that_was_typed_is_not_taken_back_by_speech() -> None:
    machine = asked_for_a_day()
    machine.keys("1203")
    (work,) = machine.call.pending()
    machine.starts()
    assert machine.call.pending() == (work,)


@pytest.mark.parametrize(("failures", "is_at_once"), [(0, True), (1, True), (2, False)])
def test_zero_first_calls_a_person_unless_digits_were_just_asked_for(failures: int, is_at_once: bool) -> None:
    machine = asked_for_a_day(failures)
    machine.keys("0")
    assert (machine.call.control is Control.ESCALATING) is is_at_once


def test_zero_alone_calls_a_person_after_the_pause_where_digits_were_asked_for() -> None:
    machine = asked_for_a_day(failures=2)
    machine.keys("0")
    machine.fires("keys")
    assert machine.call.control is Control.ESCALATING
    assert machine.call.reason == "dtmf_0"


def test_zero_may_begin_a_date_that_was_asked_for() -> None:
    machine = asked_for_a_day(failures=2)
    machine.keys("0105")
    assert machine.call.control is Control.AGENT
    assert slots(machine.call)["date"] == "2027-01-05"


def test_a_wrong_entry_is_told_and_asked_for_again() -> None:
    machine = asked_for_a_day()
    assert spoken(machine.keys("1399")).startswith("I cannot make sense of these keys.")


def test_keys_over_a_text_that_no_caller_may_interrupt_answer_nothing() -> None:
    machine = Machine(tenant(SALES)).bridged()
    assert machine.keys("1") == ()
    assert machine.call.keys == ""
    assert "record" in spoken(machine.played())


def test_a_booking_by_keys_alone_but_for_the_name() -> None:
    machine = Machine().greeted()
    machine.says("I'd like an appointment")
    machine.played(all_of_it=True)
    for keys in ("2", "1203", "130"):
        machine.keys(keys)
        machine.fires("keys") if machine.call.keys else None
        if machine.call.pending():
            machine.tool_answers()
        machine.played(all_of_it=True)
    machine.says("Anna Lee")
    machine.played(all_of_it=True)
    machine.keys("1")
    machine.played(all_of_it=True)
    machine.keys("1")
    machine.tool_answers()
    assert any("You are booked for a cleaning on Thursday, December 3rd at 1:30 pm" in text for text in machine.said())
    assert fold(machine.profile, machine.events) == machine.call


def test_typed_answers_are_journalled_as_keys_and_nothing_else() -> None:
    machine = asked_for_a_day()
    before = len(machine.events)
    machine.keys("1203")
    assert {type(event) for event in machine.events[before:]} == {ev.DtmfReceived}


def test_keys_outside_a_conversation_wait_for_nothing() -> None:
    machine = Machine().arrived()
    assert timers(machine.keys("5")) == {"keys"}
    assert machine.fires("keys") == ()
