"""The model's answer is spoken as it is written: clause by clause, each through the gate, in one turn."""

import pytest

from agent.call import commands as cmd
from agent.call import events as ev
from agent.call.state import Call, Floor
from agent.values.caller import Outcome
from agent.values.ids import TurnId
from tests.unit.call.rig import Machine, kinds, spoken

QUESTION = "What kind of toothbrush would you recommend?"


@pytest.fixture
def asked() -> Machine:
    machine = Machine().greeted()
    machine.says(QUESTION)
    assert machine.call.reply.request is not None
    return machine


def writes(machine: Machine, *clauses: str) -> tuple[cmd.Command, ...]:
    turn = machine.call.reply.asked
    return machine.do(*(ev.ReplyText(0, turn, clause) for clause in clauses))


def ends(machine: Machine, text: str = "") -> tuple[cmd.Command, ...]:
    return machine.do(ev.ReplyEnded(0, machine.call.reply.asked, text))


def says_of(commands: tuple[cmd.Command, ...]) -> list[cmd.Say]:
    return [command for command in commands if isinstance(command, cmd.Say)]


def test_the_first_clause_is_spoken_before_the_second_is_written(asked: Machine) -> None:
    (first,) = says_of(writes(asked, "Our dentists recommend"))
    assert (spoken((first,)), first.decided_by, first.has_more) == ("Our dentists recommend", "model", True)
    (second,) = says_of(writes(asked, "a soft toothbrush."))
    assert (second.turn_id, second.has_more) == (first.turn_id, True)
    (rest,) = says_of(ends(asked))
    assert (rest.turn_id, rest.has_more) == (first.turn_id, False)
    assert "anything else" in spoken((rest,))
    assert asked.call.reply.said.startswith("Our dentists recommend a soft toothbrush. Is there")
    assert asked.call.reply.request is None


def test_what_was_spoken_counts_as_an_answer(asked: Machine) -> None:
    writes(asked, "Our dentists recommend a soft toothbrush.")
    ends(asked)
    asked.played(all_of_it=True)
    asked.do(ev.HangupSeen(0, "Normal Clearing"))
    assert asked.call.outcome is Outcome.ANSWERED


def test_a_clause_that_claims_too_much_is_dropped_and_the_model_with_it(asked: Machine) -> None:
    writes(asked, "Our dentists recommend a soft toothbrush,")
    commands = writes(asked, "it costs 40 dollars.")
    assert "CancelReply" in kinds(commands)
    (rest,) = says_of(commands)
    assert not rest.has_more
    assert "40" not in spoken(commands)
    assert "front desk" in spoken(commands)
    assert writes(asked, "And it is free.") == ()


def test_a_claim_over_two_clauses_is_seen(asked: Machine) -> None:
    writes(asked, "A soft toothbrush, and your appointment")
    assert "is booked" not in spoken(writes(asked, "is booked for you."))


def test_an_answer_that_begins_with_a_lie_is_not_begun(asked: Machine) -> None:
    commands = writes(asked, "You are booked for noon,")
    assert "do not know" in spoken(commands)
    assert not any(say.has_more for say in says_of(commands))


def test_two_sentences_are_enough(asked: Machine) -> None:
    writes(asked, "A soft one.")
    commands = writes(asked, "Changed every three months.")
    assert "CancelReply" in kinds(commands)
    assert "anything else" in spoken(commands)


def test_whoever_speaks_over_a_half_written_answer_stops_the_model_too(asked: Machine) -> None:
    writes(asked, "Our dentists recommend a soft toothbrush,")
    asked.do(ev.PlayoutStarted(0, asked.call.reply.turn_id))
    asked.at_ms += 1_000
    asked.starts()
    asked.at_ms += 900
    commands = asked.do(ev.TranscriptPartial(0, "no wait I want to ask something else entirely"))
    assert {"StopPlayout", "CancelReply"} <= set(kinds(commands))
    assert asked.call.floor is Floor.CALLER
    assert writes(asked, "changed every three months.") == ()
    assert ends(asked) == ()


def test_a_pause_that_is_no_interruption_keeps_the_answer_going(asked: Machine) -> None:
    writes(asked, "Our dentists recommend a soft toothbrush,")
    asked.starts()
    assert asked.call.floor is Floor.AGENT_PAUSED
    (more,) = says_of(writes(asked, "changed every three months."))
    assert more.turn_id == asked.call.reply.turn_id


def test_an_answer_that_comes_behind_a_filler_has_a_turn_of_its_own(asked: Machine) -> None:
    asked.fires("filler")
    filler = asked.call.reply.turn_id
    (first,) = says_of(writes(asked, "A soft toothbrush."))
    assert first.turn_id != filler
    assert ends(asked)


def test_a_model_that_breaks_off_leaves_an_answer_with_an_end(asked: Machine) -> None:
    writes(asked, "Our dentists recommend a soft toothbrush,")
    commands = asked.do(ev.ReplyFailed(0, asked.call.reply.asked, "timeout"))
    assert not says_of(commands)[-1].has_more
    assert "front desk" in spoken(commands)


def test_a_whole_answer_without_clauses_is_judged_whole(asked: Machine) -> None:
    commands = ends(asked, "Our dentists recommend a soft toothbrush. And then")
    assert spoken(commands).startswith("Our dentists recommend a soft toothbrush. Is there")


def test_a_later_question_goes_on_from_the_answer(asked: Machine) -> None:
    first = asked.call.reply.request
    assert first is not None
    writes(asked, "A soft toothbrush.")
    ends(asked)
    asked.played(all_of_it=True)
    asked.says("How often should a toothbrush be looked at?")
    request = asked.call.reply.request
    assert request is not None
    assert request.messages[:2] == (*first.messages, ("assistant", "A soft toothbrush."))
    assert request.system == first.system


def test_a_stale_clause_changes_nothing(asked: Machine) -> None:
    before: Call = asked.call
    assert asked.do(ev.ReplyText(0, TurnId("t0-old"), "You are booked.")) == ()
    assert asked.call == before
