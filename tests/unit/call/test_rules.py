"""Rules of escalation in a call: what they do, and that each firing is noted for the journal."""

from dataclasses import replace

import pytest

from agent.call import commands as cmd
from agent.call import events as ev
from agent.call.state import Control
from agent.values.escalation import Action, Limits, Rule
from tests.unit.call.rig import Machine, spoken

TEXT = "We know of the recall; our web site has the details."


def with_rule(action: Action) -> Machine:
    machine = Machine()
    rule = Rule("recall", action, "to_human", ("product recall",), text=TEXT)
    machine.call = replace(machine.call, profile=replace(machine.call.profile, rules=(rule,)))
    return machine.greeted()


def noted(machine: Machine) -> list[tuple[str, str, str]]:
    return [(c.rule, c.words, c.action) for c in machine.done if isinstance(c, cmd.NoteRule)]


def test_a_firing_is_noted_with_rule_and_words_and_the_model_is_not_asked() -> None:
    machine = Machine().greeted()
    commands = machine.says("Well, my chest hurts and I'd like to know something")
    assert noted(machine) == [("emergency", "chest hurts", "transfer")]
    assert not machine.of(cmd.StartReply)
    assert "9 1 1" in spoken(commands)
    machine.played(all_of_it=True)
    assert isinstance(machine.of(cmd.Transfer)[-1], cmd.Transfer)


def test_the_note_changes_nothing() -> None:
    machine = Machine().greeted()
    before = machine.call
    assert machine.do(ev.RuleFired(0, "refund", "my money back", "transfer")) == ()
    assert machine.call == before


def test_key_zero_is_noted_as_a_wish_for_a_person() -> None:
    machine = Machine().greeted()
    machine.keys("0")
    assert noted(machine) == [("human", "", "transfer")]


def test_repeated_failure_is_noted() -> None:
    machine = Machine()
    limits = Limits(repairs_per_slot=1)
    machine.call = replace(machine.call, profile=replace(machine.call.profile, limits=limits))
    machine.greeted()
    for said in ("blue", "green", "yellow", "orange"):
        if machine.call.control is Control.AGENT:
            machine.says(said)
            machine.played(all_of_it=True)
    assert ("repeated_failure", "", "transfer") in noted(machine)


@pytest.mark.parametrize(
    ("action", "control", "ends"), [("say", Control.AGENT, False), ("hang_up", Control.AGENT, True),
                                    ("transfer", Control.ESCALATING, False)]
)  # fmt: skip
def test_each_action_says_its_text_and_does_what_it_says(action: Action, control: Control, ends: bool) -> None:
    machine = with_rule(action)
    assert TEXT in spoken(machine.says("Is this about the product recall?"))
    assert machine.call.control is control
    machine.played(all_of_it=True)
    assert bool(machine.of(cmd.Hangup)) is ends
    assert bool(machine.of(cmd.Transfer)) is (action == "transfer")
