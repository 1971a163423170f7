"""A case outlives its call: what is left of it, who goes on with it, and that one wish stays one write."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.call import commands as cmd
from agent.call import events as ev
from agent.call.case import left_open
from agent.call.codec import dumps_case, loads_case
from agent.call.state import Floor, Leg, WorkStatus
from agent.values.caller import Outcome
from agent.values.case import OpenCase
from agent.values.ids import CallId, CaseId
from agent.values.work import Effect, ToolCall
from tests.unit.call.rig import Machine, arrival, spoken
from tests.unit.dialogue.rig import Calendar

GONE = ev.HangupSeen(0, "Normal Clearing")
CASE = CaseId("case-1")
SLOTS = {"service": "checkup", "date": "2026-11-25", "time": "14:00", "name": "Anna Lee", "phone": "+15125554567"}


def again(*left: OpenCase | None, n: int = 2) -> Machine:
    """The next call of the same caller, with what was left before."""
    machine = Machine()
    kept = tuple(loads_case(dumps_case(case)) for case in left if case)
    first = replace(arrival(machine.profile), call_id=CallId(f"call-{n}"), case_id=CaseId(f"case-{n}"), open_cases=kept)
    machine.do(first, ev.CallAnswered(0), ev.MediaReady(0))
    machine.played(all_of_it=True)
    return machine


def write_of(machine: Machine) -> ToolCall:
    (work,) = [work for work in machine.call.work if work.call.effect is Effect.WRITE]
    return work.call


def goes_on(machine: Machine) -> Machine:
    machine.says("Yes.")
    machine.played(all_of_it=True)
    machine.says("My name is Anna Lee.")
    machine.played(all_of_it=True)
    return machine


# --- what is left


def test_a_live_call_leaves_nothing() -> None:
    assert left_open(Machine().to_read_back().call) is None


def test_a_call_that_dropped_at_the_read_back_leaves_all_that_stood() -> None:
    machine = Machine().to_read_back()
    machine.do(GONE)
    assert left_open(machine.call) == OpenCase(CASE, "book", SLOTS)


@pytest.mark.parametrize("how", ["never mind", "goodbye", "can I speak to a person?"])
def test_what_was_dropped_or_given_to_a_person_is_not_left(how: str) -> None:
    machine = Machine().to_read_back()
    machine.says(how)
    machine.do(GONE)
    assert left_open(machine.call) is None


def test_a_call_without_a_wish_leaves_nothing() -> None:
    machine = Machine().greeted()
    machine.says("What are your opening hours?")
    machine.do(GONE)
    assert left_open(machine.call) is None


def test_a_write_under_way_is_left_with_its_arguments_whatever_becomes_of_it_then() -> None:
    machine = Machine().booking()
    machine.do(GONE)
    left = left_open(machine.call)
    assert left is not None
    assert (left.case_id, left.slots, left.write) == (CASE, SLOTS, write_of(machine).arguments)
    machine.tool_answers()
    assert machine.call.outcome is Outcome.BOOKED
    assert left_open(machine.call) == left


def test_a_booking_that_the_caller_was_told_of_is_not_left() -> None:
    machine = Machine().booking()
    machine.tool_answers()
    machine.played(all_of_it=True)
    machine.do(GONE)
    assert left_open(machine.call) is None


def test_a_booking_of_which_the_caller_heard_half_is_left() -> None:
    machine = Machine().booking()
    machine.tool_answers()
    machine.do(ev.PlayoutStarted(0, machine.call.reply.turn_id), GONE)
    machine.do(ev.PlayoutStopped(0, machine.call.reply.turn_id, "You are booked for a", 700))
    left = left_open(machine.call)
    assert left is not None
    assert left.write == write_of(machine).arguments


def test_a_write_that_failed_while_nobody_listened_leaves_the_wish_without_the_time_that_was_taken() -> None:
    machine = Machine().booking()
    machine.do(GONE)
    machine.do(ev.ToolFailed(0, machine.call.work[-1].call.id, "taken", {"slots": []}))
    assert left_open(machine.call) == OpenCase(CASE, "book", {k: v for k, v in SLOTS.items() if k != "time"})


# --- who goes on with it


def test_going_on_has_the_case_of_the_earlier_call_and_its_key() -> None:
    first = Machine().to_read_back()
    first.do(GONE)
    second = goes_on(again(left_open(first.call)))
    assert second.call.case_id == "case-2"
    second.says("Yes.")
    assert second.of(cmd.JoinCase) == [cmd.JoinCase(CASE)]
    second.tool_answers()
    second.played(all_of_it=True)
    second.says("Yes.")
    first_would = Machine().booking()
    assert write_of(second).key == write_of(first_would).key


def test_what_was_sent_is_asked_for_under_the_same_key_once_the_name_is_known() -> None:
    first = Machine().booking()
    first.do(GONE)
    second = again(left_open(first.call))
    second.says("Yes.")
    assert second.call.work == ()
    second.played(all_of_it=True)
    commands = second.says("My name is Anna Lee.")
    assert [type(c) for c in commands if isinstance(c, cmd.JoinCase | cmd.RunTool)] == [cmd.JoinCase, cmd.RunTool]
    assert write_of(second) == replace(write_of(first), id=write_of(second).id)
    assert "You are booked" in spoken(second.tool_answers())


def test_another_name_writes_nothing_and_keeps_its_own_case() -> None:
    first = Machine().booking()
    first.do(GONE)
    second = again(left_open(first.call))
    second.says("Yes.")
    second.played(all_of_it=True)
    second.says("My name is Bill Stone.")
    assert (second.call.work, second.call.case_id) == ((), "case-2")
    assert second.of(cmd.JoinCase) == []


def test_words_that_are_taken_back_take_the_case_back() -> None:
    first = Machine().to_read_back()
    first.do(GONE)
    left = left_open(first.call)
    second = goes_on(again(left))
    second.says("Yes")
    assert second.call.case_id == CASE
    assert second.call.floor is Floor.THINKING
    second.starts()
    hung_up = Machine()
    hung_up.call = second.call
    hung_up.do(GONE)
    assert left_open(hung_up.call) == left
    second.ends()
    second.turn("or rather no.")
    assert second.call.case_id == "case-2"
    assert second.of(cmd.JoinCase) == [cmd.JoinCase(CASE), cmd.JoinCase(CaseId("case-2"))]


def test_what_the_caller_wants_no_more_is_closed_once() -> None:
    first = Machine().to_read_back()
    first.do(GONE)
    second = goes_on(again(left_open(first.call)))
    second.says("No.")
    second.played(all_of_it=True)
    second.says("What are your opening hours?")
    assert second.of(cmd.CloseCase) == [cmd.CloseCase(CASE)]
    assert second.call.case_id == "case-2"


def test_a_second_drop_leaves_the_same_case_again() -> None:
    first = Machine().to_read_back()
    first.do(GONE)
    second = goes_on(again(left_open(first.call)))
    second.says("Yes.")
    second.do(GONE)
    assert left_open(second.call) == OpenCase(CASE, "book", SLOTS)


# --- one wish is one write, wherever the line drops and however often


ANSWERS = {
    "start": "I'd like a check-up tomorrow at 2 p.m.",
    "name": "My name is Anna Lee.",
    "caller_id": "Yes, please.",
    "again": "Yes, we were cut off.",
    "who": "Anna Lee.",
    "go_on": "Yes, please.",
    "confirm": "Yes.",
    "more": "No, thank you. Goodbye.",
}


class Books:
    """A backend that carries a key out once, and says the same of it ever after."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.by_key: dict[str, dict] = {}

    def answer(self, call: ToolCall) -> dict:
        if call.effect is Effect.READ:
            return dict(self.calendar.run(call.name, call.arguments).value)
        if call.key not in self.by_key:
            self.calendar.taken.add(call.arguments["start"])
            self.by_key[call.key] = dict(self.calendar.run(call.name, call.arguments).value)
        return self.by_key[call.key]


def one_event(machine: Machine, books: Books) -> None:
    """What happens next in a call where all goes well."""
    call, turn_id = machine.call, machine.call.reply.turn_id
    if call.pending():
        (work,) = call.pending()
        machine.do(ev.ToolSucceeded(0, work.call.id, books.answer(work.call)))
    elif call.floor is Floor.AGENT and call.reply.began_ms is None:
        machine.do(ev.PlayoutStarted(0, turn_id))
    elif call.floor is Floor.AGENT:
        machine.do(ev.PlayoutFinished(0, turn_id))
    elif call.floor is Floor.CALLER:
        machine.ends()
    elif call.floor is Floor.SETTLING:
        assert call.dialogue is not None
        machine.turn(ANSWERS[call.dialogue.asked])
    else:
        machine.starts()


def lived(machine: Machine, books: Books, most: int) -> Machine:
    """The call until its goodbye, or until it drops after ``most`` events."""
    while most and machine.call.leg is not Leg.ENDED:
        if machine.call.next_step == "hang_up" and machine.call.floor is Floor.NOBODY:
            break
        one_event(machine, books)
        most -= 1
    machine.do(GONE)
    return machine


class Kept:
    """What the journal keeps of cases between calls."""

    def __init__(self) -> None:
        self.cases: dict[str, OpenCase] = {}

    def left_by(self, machine: Machine) -> None:
        for command in machine.of(cmd.JoinCase) + machine.of(cmd.CloseCase):
            self.cases.pop(command.case_id, None)  # type: ignore[attr-defined]
        left = left_open(machine.call)
        self.cases |= {left.case_id: left} if left else {}


def told(machine: Machine) -> bool:
    return machine.call.outcome is Outcome.BOOKED and left_open(machine.call) is None


DROPS = st.tuples(st.integers(0, 45), st.sampled_from(["lost", "sent", "lands"]))


@settings(max_examples=150, deadline=None)
@given(st.lists(DROPS, max_size=3))
def test_one_wish_is_one_write_wherever_the_line_drops(drops: list[tuple[int, str]]) -> None:
    books, kept = Books(Calendar(Machine().profile)), Kept()
    for n, (most, fate) in enumerate([*drops, (200, "lands")], 1):
        machine = lived(again(*kept.cases.values(), n=n), books, most)
        for work in machine.call.pending():
            if fate != "lost" and work.call.effect is Effect.WRITE:
                value = books.answer(work.call)
                if fate == "lands":
                    machine.do(ev.ToolSucceeded(0, work.call.id, value))
        kept.left_by(machine)
        if told(machine):
            break
    assert told(machine)
    assert not any(case.write for case in kept.cases.values())
    assert len(books.by_key) == len(books.calendar.booked) == 1
    assert [w.status for w in machine.call.work if w.call.effect is Effect.WRITE] == [WorkStatus.DONE]


@pytest.mark.parametrize("most", range(16, 26))
def test_the_drops_that_matter_are_among_those(most: int) -> None:
    """Around the write every place is reached: the read-back, the yes, the write, its answer, the words about it."""
    books = Books(Calendar(Machine().profile))
    machine = lived(again(), books, most)
    left = left_open(machine.call)
    assert (left is None) == told(machine)
    assert left is None or bool(left.write) == any(work.call.effect is Effect.WRITE for work in machine.call.work)
