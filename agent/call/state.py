"""The state of a call: five small machines side by side, and what the conversation has come to."""

from dataclasses import dataclass, field
from enum import StrEnum

from agent.dialogue import Dialogue
from agent.policy.recording import Consent
from agent.values.caller import Outcome
from agent.values.ids import CallId, CaseId, TurnId
from agent.values.profile import AgentProfile
from agent.values.talk import Clause, ModelRequest, Utterance
from agent.values.work import ToolCall

NO_CALL, NO_CASE, NO_TURN = CallId(""), CaseId(""), TurnId("t0")


class Leg(StrEnum):
    """The caller's channel. ENDED absorbs: nothing we do reaches the caller any more."""

    NEW = "new"
    ANSWERED = "answered"
    BRIDGED = "bridged"
    TRANSFERRING = "transferring"
    ENDED = "ended"


class Floor(StrEnum):
    """Whose turn it is. SETTLING: the endpoint is undecided. AGENT_PAUSED: a barge-in is undecided."""

    NOBODY = "nobody"
    CALLER = "caller"
    SETTLING = "settling"
    THINKING = "thinking"
    AGENT = "agent"
    AGENT_PAUSED = "agent_paused"


class Control(StrEnum):
    """Who is responsible. A ratchet: what was given to a human stays with the human."""

    AGENT = "agent"
    ESCALATING = "escalating"
    HUMAN = "human"


class WorkStatus(StrEnum):
    """A tool call. DROPPED is a READ whose turn was taken back before it answered."""

    REQUESTED = "requested"
    DONE = "done"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Work:
    """One tool call and where it stands."""

    call: ToolCall
    status: WorkStatus


@dataclass(frozen=True, slots=True)
class Reply:
    """The agent's reply, under way until it ``is_over``. ``queued`` clauses wait behind an uninterruptible turn."""

    turn_id: TurnId = NO_TURN
    said: str = ""
    is_over: bool = True
    is_interruptible: bool = True
    queued: tuple[Clause, ...] = ()
    request: ModelRequest | None = None
    asked: TurnId = NO_TURN
    """The turn the model was asked in: a filler may speak meanwhile, under a turn of its own."""
    dismissed: int = 0
    """How often this turn was paused for a sound that was nothing."""
    has_waited: bool = False
    """It is paused for longer than usual, for words that are on their way."""
    began_ms: int | None = None
    """When its first frame left; None before."""
    is_open: bool = False
    """The model is still writing what is being said."""
    written: tuple[str, ...] = ()
    """Clauses of the model that were let through, in the turn that is open."""
    waiting: tuple[str, ...] = ()
    """Clauses of the model that came while the caller had the floor: not judged yet."""
    answers: str = ""
    """The words of the caller that it answers."""
    before: Dialogue | None = None
    """The dialogue before those words: restored when it turns out that they were not all. None after a write."""


@dataclass(frozen=True, slots=True)
class Call:
    """All the machine knows. Folding the journal over ``Call(profile)`` gives it back at any time."""

    profile: AgentProfile
    call_id: CallId = NO_CALL
    case_id: CaseId = NO_CASE
    own_case_id: CaseId = NO_CASE
    """The case that began with this call; another than ``case_id`` when it goes on with an earlier one."""
    leg: Leg = Leg.NEW
    floor: Floor = Floor.NOBODY
    consent: Consent = Consent.UNASKED
    control: Control = Control.AGENT
    work: tuple[Work, ...] = ()
    dialogue: Dialogue | None = None
    taken_back: Dialogue | None = None
    """The dialogue before the unanswered turn: restored when the caller goes on speaking before we did."""
    carried: str = ""
    """Words of the caller not yet answered: an unfinished turn, or speech over an uninterruptible text."""
    reply: Reply = field(default_factory=Reply)
    cut: TurnId = NO_TURN
    """The turn that was stopped, until we know what of it was heard."""
    latest: Utterance | None = None
    """The caller's latest turn: told twice, it is one turn."""
    turns: int = 0
    speech_started_ms: int = 0
    overlap: str | None = None
    """The words of the caller's speech over ours so far; empty when the recogniser found none, None not asked yet."""
    sure_ms: int = 0
    """How much of that is speech beyond doubt, when the words were last told."""
    is_caller_speaking: bool = False
    silences: int = 0
    is_line_silent: bool = False
    """Nothing at all comes from the caller's side."""
    has_asked_if_heard: bool = False
    recordings: int = 0
    """Turns that only a machine says."""
    keys: str = ""
    next_step: str = ""
    """What follows when the playout is over: ``hang_up``, ``transfer`` or nothing."""
    reason: str = ""
    transfer_attempts: int = 0
    is_resumed: bool = False
    is_broken: bool = False
    """We had to let go of the call, or lost it to the dialplan: an error, whoever has the caller now."""
    outcome: Outcome | None = None
    end_reason: str = ""

    def pending(self) -> tuple[Work, ...]:
        """Tool calls not yet answered."""
        return tuple(work for work in self.work if work.status is WorkStatus.REQUESTED)
