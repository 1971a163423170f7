"""The transition tables, as data. ``attendant diagram`` prints them.

Each small machine has an alphabet of *signals*. Some signals are events (SpeechStarted), some are what the
machine decided when it met one (Spoke, BargedIn). A pair that is in no table is illegal and raises: a row that
is meant to change nothing says so by naming its own state. The tables are total over their alphabets; a test
enumerates them.

Coupling between the machines stands in one place, ``agent.call.machine``: ENDED cancels everything, and
control other than AGENT forbids replies and writes.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from agent.call.state import Control, Floor, Leg, WorkStatus
from agent.policy.recording import Consent

State = TypeVar("State", bound=StrEnum)
Table = Mapping[tuple[State, str], State]


class IllegalTransition(RuntimeError):
    """A signal that no row allows. A test fails; in production the call goes to a human."""


def _table(rows: Mapping[State, Mapping[str, State]]) -> dict[tuple[State, str], State]:
    return {(state, signal): target for state, row in rows.items() for signal, target in row.items()}


def _absorbing(state: State, signals: tuple[str, ...]) -> dict[str, State]:
    return dict.fromkeys(signals, state)


LEG_SIGNALS = (
    "CallArrived",
    "CallAnswered",
    "MediaReady",
    "TransferDecided",
    "TransferAnswered",
    "TransferFailed",
    "CallerBack",
    "CallOver",
)
LEG: Table[Leg] = _table(
    {
        Leg.NEW: {
            "CallArrived": Leg.NEW,
            "CallAnswered": Leg.ANSWERED,
            "MediaReady": Leg.NEW,
            "TransferDecided": Leg.TRANSFERRING,
            "TransferAnswered": Leg.ENDED,  # the dialplan took an unanswered caller back
            "TransferFailed": Leg.NEW,
            "CallerBack": Leg.NEW,
            "CallOver": Leg.ENDED,
        },
        Leg.ANSWERED: {
            "CallArrived": Leg.ANSWERED,
            "CallAnswered": Leg.ANSWERED,
            "MediaReady": Leg.BRIDGED,
            "TransferDecided": Leg.TRANSFERRING,
            "TransferAnswered": Leg.ENDED,
            "TransferFailed": Leg.ANSWERED,
            "CallerBack": Leg.ANSWERED,
            "CallOver": Leg.ENDED,
        },
        Leg.BRIDGED: {
            "CallArrived": Leg.BRIDGED,
            "CallAnswered": Leg.BRIDGED,
            "MediaReady": Leg.BRIDGED,
            "TransferDecided": Leg.TRANSFERRING,
            "TransferAnswered": Leg.ENDED,  # the lease ran out: the dialplan owns the caller
            "TransferFailed": Leg.BRIDGED,
            "CallerBack": Leg.ANSWERED,
            "CallOver": Leg.ENDED,
        },
        Leg.TRANSFERRING: {
            "CallArrived": Leg.TRANSFERRING,
            "CallAnswered": Leg.TRANSFERRING,
            "MediaReady": Leg.TRANSFERRING,
            "TransferDecided": Leg.TRANSFERRING,
            "TransferAnswered": Leg.ENDED,
            "TransferFailed": Leg.TRANSFERRING,  # tried once more, then left to the dialplan
            "CallerBack": Leg.TRANSFERRING,
            "CallOver": Leg.ENDED,
        },
        Leg.ENDED: _absorbing(Leg.ENDED, LEG_SIGNALS),
    }
)

FLOOR_SIGNALS = (
    "SpeechStarted",
    "SpeechEnded",
    "TurnEnded",
    "Spoke",
    "NothingSaid",
    "PlayoutFinished",
    "BargedIn",
    "Dismissed",
    "Cut",
)
FLOOR: Table[Floor] = _table(
    {
        Floor.NOBODY: {
            "SpeechStarted": Floor.CALLER,
            "SpeechEnded": Floor.NOBODY,
            "TurnEnded": Floor.THINKING,
            "Spoke": Floor.AGENT,
            "NothingSaid": Floor.NOBODY,
            "PlayoutFinished": Floor.NOBODY,
            "BargedIn": Floor.NOBODY,
            "Dismissed": Floor.NOBODY,
            "Cut": Floor.NOBODY,
        },
        Floor.CALLER: {
            "SpeechStarted": Floor.CALLER,
            "SpeechEnded": Floor.SETTLING,
            "TurnEnded": Floor.THINKING,
            "Spoke": Floor.AGENT,  # only an escalation speaks over the caller
            "NothingSaid": Floor.CALLER,
            "PlayoutFinished": Floor.CALLER,
            "BargedIn": Floor.CALLER,
            "Dismissed": Floor.CALLER,
            "Cut": Floor.CALLER,
        },
        Floor.SETTLING: {
            "SpeechStarted": Floor.CALLER,
            "SpeechEnded": Floor.SETTLING,
            "TurnEnded": Floor.THINKING,
            "Spoke": Floor.AGENT,
            "NothingSaid": Floor.SETTLING,
            "PlayoutFinished": Floor.SETTLING,
            "BargedIn": Floor.SETTLING,
            "Dismissed": Floor.SETTLING,
            "Cut": Floor.SETTLING,
        },
        Floor.THINKING: {
            "SpeechStarted": Floor.CALLER,
            "SpeechEnded": Floor.THINKING,
            "TurnEnded": Floor.THINKING,
            "Spoke": Floor.AGENT,
            "NothingSaid": Floor.NOBODY,
            "PlayoutFinished": Floor.THINKING,
            "BargedIn": Floor.THINKING,
            "Dismissed": Floor.THINKING,
            "Cut": Floor.THINKING,
        },
        Floor.AGENT: {
            "SpeechStarted": Floor.AGENT_PAUSED,
            "SpeechEnded": Floor.AGENT,
            "TurnEnded": Floor.AGENT,  # speech over an uninterruptible text is carried, not answered at once
            "Spoke": Floor.AGENT,
            "NothingSaid": Floor.AGENT,
            "PlayoutFinished": Floor.NOBODY,
            "BargedIn": Floor.CALLER,
            "Dismissed": Floor.AGENT,
            "Cut": Floor.NOBODY,
        },
        Floor.AGENT_PAUSED: {
            "SpeechStarted": Floor.AGENT_PAUSED,
            "SpeechEnded": Floor.AGENT_PAUSED,
            "TurnEnded": Floor.THINKING,
            "Spoke": Floor.AGENT,
            "NothingSaid": Floor.AGENT_PAUSED,
            "PlayoutFinished": Floor.CALLER,  # the last frame left as the caller began
            "BargedIn": Floor.CALLER,
            "Dismissed": Floor.AGENT,
            "Cut": Floor.CALLER,
        },
    }
)

CONSENT_SIGNALS = ("ConsentAsked", "ConsentGiven", "ConsentRefused")
CONSENT: Table[Consent] = _table(
    {
        Consent.UNASKED: {
            "ConsentAsked": Consent.ASKED,
            "ConsentGiven": Consent.UNASKED,  # nobody asked: a stray yes grants nothing
            "ConsentRefused": Consent.REFUSED,
        },
        Consent.ASKED: {
            "ConsentAsked": Consent.ASKED,
            "ConsentGiven": Consent.GRANTED,
            "ConsentRefused": Consent.REFUSED,
        },
        Consent.GRANTED: {
            "ConsentAsked": Consent.GRANTED,
            "ConsentGiven": Consent.GRANTED,
            "ConsentRefused": Consent.REFUSED,
        },
        Consent.REFUSED: _absorbing(Consent.REFUSED, CONSENT_SIGNALS),
    }
)

CONTROL_SIGNALS = ("TransferDecided", "TransferAnswered")
CONTROL: Table[Control] = _table(
    {
        Control.AGENT: {"TransferDecided": Control.ESCALATING, "TransferAnswered": Control.HUMAN},
        Control.ESCALATING: {"TransferDecided": Control.ESCALATING, "TransferAnswered": Control.HUMAN},
        Control.HUMAN: _absorbing(Control.HUMAN, CONTROL_SIGNALS),
    }
)

WORK_SIGNALS = ("ToolSucceeded", "ToolFailed", "ToolTimedOut", "ToolInDoubt", "TakenBack")
WORK: Table[WorkStatus] = _table(
    {
        WorkStatus.REQUESTED: {
            "ToolSucceeded": WorkStatus.DONE,
            "ToolFailed": WorkStatus.FAILED,
            "ToolTimedOut": WorkStatus.FAILED,
            "ToolInDoubt": WorkStatus.IN_DOUBT,
            "TakenBack": WorkStatus.DROPPED,
        },
        WorkStatus.DONE: _absorbing(WorkStatus.DONE, WORK_SIGNALS),
        WorkStatus.FAILED: _absorbing(WorkStatus.FAILED, WORK_SIGNALS),
        WorkStatus.IN_DOUBT: {
            "ToolSucceeded": WorkStatus.DONE,  # reconciled: the answer came after all
            "ToolFailed": WorkStatus.FAILED,
            "ToolTimedOut": WorkStatus.IN_DOUBT,
            "ToolInDoubt": WorkStatus.IN_DOUBT,
            "TakenBack": WorkStatus.IN_DOUBT,
        },
        WorkStatus.DROPPED: _absorbing(WorkStatus.DROPPED, WORK_SIGNALS),
    }
)


def follow(table: Table[State], state: State, signal: str) -> State:
    """The next state. Raises IllegalTransition when the table has no such row."""
    target = table.get((state, signal))
    if target is None:
        raise IllegalTransition(f"{type(state).__name__}.{state.name} does not allow {signal}")
    return target
