"""A caller who goes on just as we begin to answer: the turn was not over, and nobody has heard us."""

import pytest

from agent.call import commands as cmd
from agent.call import events as ev
from agent.call.floor import REACTION_MS
from tests.unit.call.rig import Machine, kinds


def interrupted(machine: Machine, after_ms: int, text: str, heard: str) -> tuple[cmd.Command, ...]:
    """The caller speaks ``after_ms`` after our first sound; ``heard`` of ours was heard until we stopped."""
    turn_id = machine.call.reply.turn_id
    machine.do(ev.PlayoutStarted(0, turn_id, "", "rule", {}))
    machine.at_ms += after_ms - 20
    machine.starts()
    machine.do(ev.TranscriptPartial(0, text, 400))
    machine.do(ev.PlayoutStopped(0, turn_id, heard, after_ms + 300))
    machine.ends()
    return machine.turn(text)


def at_caller_id() -> Machine:
    """Asked whether the number of the call is the right one."""
    machine = Machine().greeted()
    machine.says("I'd like a check-up tomorrow at 2 p.m.")
    machine.tool_answers()
    machine.played(all_of_it=True)
    machine.says("My name is Anna Lee.")
    machine.played(all_of_it=True)
    assert machine.call.dialogue is not None
    assert machine.call.dialogue.asked == "caller_id"
    return machine


def test_what_follows_a_turn_that_was_cut_is_no_answer_to_words_unheard() -> None:
    machine = at_caller_id()
    machine.says("Yes?")
    assert machine.call.dialogue is not None
    assert machine.call.dialogue.asked == "confirm"
    commands = interrupted(machine, 60, "Please use that one.", "")
    assert "RunTool" not in kinds(commands), "the read-back was not heard"
    assert machine.call.dialogue.asked == "confirm"
    assert machine.said()[-1].startswith("So that is a check-up")


def test_the_rest_of_a_wish_joins_its_beginning() -> None:
    machine = Machine().greeted()
    machine.says("I'd like a check-up tomorrow.")
    machine.tool_answers()
    interrupted(machine, 100, "At 3 in the afternoon.", "On")
    (work,) = machine.call.pending()
    assert work.call.arguments["time"] == "15:00"
    assert machine.call.carried == "I'd like a check-up tomorrow. At 3 in the afternoon."


@pytest.mark.parametrize("after_ms", [REACTION_MS, 2_000])
def test_who_has_heard_us_answers_us(after_ms: int) -> None:
    machine = at_caller_id()
    machine.says("Yes, please.")
    interrupted(machine, after_ms, "No, at 3 p.m.", "So that is a check-up on")
    assert machine.call.dialogue is not None
    assert machine.call.dialogue.values["time"] == "15:00"
    assert machine.call.reply.answers == "No, at 3 p.m."


def test_a_yes_to_half_a_read_back_is_none() -> None:
    machine = at_caller_id()
    machine.says("Yes, please.")
    read_back = machine.said()[-1]
    commands = interrupted(machine, 900, "Yes.", "So that is a check-up")
    assert "RunTool" not in kinds(commands)
    assert machine.said()[-1] == read_back
    machine.played(all_of_it=True)
    assert "RunTool" in kinds(machine.says("Yes."))


def test_a_yes_to_nearly_all_of_it_is_one() -> None:
    machine = at_caller_id()
    machine.says("Yes, please.")
    commands = interrupted(machine, 5_000, "Yes.", machine.said()[-1].removesuffix(" Is that right?"))
    assert "RunTool" in kinds(commands)


def test_a_write_is_not_asked_for_again_by_who_goes_on() -> None:
    machine = Machine().booking()
    machine.tool_answers()
    interrupted(machine, 40, "Thank you.", "")
    assert machine.call.pending() == ()
    assert [work.status for work in machine.call.work].count("done") == len(machine.call.work)
