"""The tables are total over their alphabets, absorb where they must, and only ratchet forward."""

import pytest

from agent.call.diagram import TABLES, as_dot, as_text
from agent.call.state import Control, Floor, Leg, WorkStatus
from agent.call.tables import (
    CONSENT,
    CONSENT_SIGNALS,
    CONTROL,
    CONTROL_SIGNALS,
    FLOOR,
    FLOOR_SIGNALS,
    LEG,
    LEG_SIGNALS,
    WORK,
    WORK_SIGNALS,
    IllegalTransition,
    follow,
)
from agent.policy.recording import Consent

ALL = [
    (Leg, LEG_SIGNALS, LEG),
    (Floor, FLOOR_SIGNALS, FLOOR),
    (Consent, CONSENT_SIGNALS, CONSENT),
    (Control, CONTROL_SIGNALS, CONTROL),
    (WorkStatus, WORK_SIGNALS, WORK),
]


@pytest.mark.parametrize(("states", "signals", "table"), ALL, ids=lambda x: getattr(x, "__name__", ""))
def test_every_pair_has_a_row_and_no_row_is_superfluous(states, signals, table):
    assert set(table) == {(state, signal) for state in states for signal in signals}


@pytest.mark.parametrize(("states", "signals", "table"), ALL, ids=lambda x: getattr(x, "__name__", ""))
def test_every_state_is_reachable(states, signals, table):
    start = next(iter(states))
    seen, todo = {start}, [start]
    while todo:
        at = todo.pop()
        for (source, _), target in table.items():
            if source is at and target not in seen:
                seen.add(target)
                todo.append(target)
    assert seen == set(states)


def test_an_ended_leg_absorbs():
    assert {LEG[Leg.ENDED, signal] for signal in LEG_SIGNALS} == {Leg.ENDED}


def test_control_is_a_ratchet():
    order = list(Control)
    assert all(order.index(to) >= order.index(at) for (at, _), to in CONTROL.items())


def test_consent_is_granted_only_when_asked_and_a_refusal_stays():
    assert [at for (at, _), to in CONSENT.items() if to is Consent.GRANTED and at is not Consent.GRANTED] == [
        Consent.ASKED
    ]
    assert {CONSENT[Consent.REFUSED, signal] for signal in CONSENT_SIGNALS} == {Consent.REFUSED}


def test_a_finished_write_never_becomes_anything_else():
    for status in (WorkStatus.DONE, WorkStatus.FAILED):
        assert {WORK[status, signal] for signal in WORK_SIGNALS} == {status}


def test_an_unknown_signal_is_illegal():
    with pytest.raises(IllegalTransition, match=r"Leg\.NEW does not allow Nonsense"):
        follow(LEG, Leg.NEW, "Nonsense")


@pytest.mark.parametrize("name", TABLES)
def test_the_diagram_shows_every_state_and_every_move(name):
    text, dot = as_text(name, TABLES[name]), as_dot(name, TABLES[name])
    for (at, signal), to in TABLES[name].items():
        assert at.value in text
        if at is not to:
            assert signal in text
            assert f"{at.value} -> {to.value}" in dot
