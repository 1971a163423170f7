"""What the machine asks the shell to do, in the imperative.

DURABLE commands are carried out only after every event up to and including their cause is committed.
The others (speech, timers, model) never wait for Postgres.
"""

from dataclasses import dataclass

from agent.values.ids import CaseId, TurnId
from agent.values.talk import Clause, DecidedBy, ModelRequest
from agent.values.work import ToolCall


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the caller's channel."""


@dataclass(frozen=True, slots=True)
class OpenMedia:
    """Open our RTP line, an externalMedia channel and a bridge with the caller."""


@dataclass(frozen=True, slots=True)
class Say:
    """Queue clauses for a turn; PlayoutFinished follows when they were played.

    ``has_more``: the turn stays open, more of it follows; the last of it may be without clauses.
    """

    turn_id: TurnId
    clauses: tuple[Clause, ...]
    decided_by: DecidedBy = "rule"
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Listen:
    """What the next turn of the caller is expected to be: a slot type for endpointing, words for the recogniser."""

    expects: str
    hints: str


@dataclass(frozen=True, slots=True)
class PausePlayout:
    """Hold the playout: a barge-in is suspected."""


@dataclass(frozen=True, slots=True)
class ResumePlayout:
    """Go on where it paused, with a short rewind: it was no barge-in."""


@dataclass(frozen=True, slots=True)
class StopPlayout:
    """Drop what is queued; PlayoutStopped tells what was heard."""


@dataclass(frozen=True, slots=True)
class StartReply:
    """Ask the language model; ReplyText, ReplyEnded or ReplyFailed follow with this turn's id."""

    turn_id: TurnId
    request: ModelRequest
    timeout_ms: int = 4_000


@dataclass(frozen=True, slots=True)
class CancelReply:
    """Stop the model's work for a turn; whatever it still sends is stale."""

    turn_id: TurnId


@dataclass(frozen=True, slots=True)
class NoteRule:
    """Write into the journal that a rule fired: RuleFired follows."""

    rule: str
    words: str
    action: str


@dataclass(frozen=True, slots=True)
class JoinCase:
    """The call goes on with this case. Committed with its cause, before any write that follows it."""

    case_id: CaseId


@dataclass(frozen=True, slots=True)
class CloseCase:
    """The caller wants nothing more of this case."""

    case_id: CaseId


@dataclass(frozen=True, slots=True)
class RunTool:
    """Run a tool through the outbox (WRITE) or directly (READ)."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Record the call; emitted only when consent is GRANTED."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hand the caller over to a destination of the dialplan: a queue name."""

    destination: str
    reason: str


@dataclass(frozen=True, slots=True)
class SetTimer:
    """(Re)start the named timer."""

    name: str
    delay_ms: int


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Forget the named timer; no effect if it does not run."""

    name: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """Hang the caller's channel up."""

    reason: str


@dataclass(frozen=True, slots=True)
class CloseCall:
    """Release everything: media, bridge, port, tasks; write the call's record. Always the last command."""

    outcome: str
    reason: str


Command = (
    Answer
    | OpenMedia
    | Say
    | Listen
    | PausePlayout
    | ResumePlayout
    | StopPlayout
    | StartReply
    | CancelReply
    | NoteRule
    | JoinCase
    | CloseCase
    | RunTool
    | StartRecording
    | Transfer
    | SetTimer
    | CancelTimer
    | Hangup
    | CloseCall
)

DURABLE = (Answer, OpenMedia, RunTool, StartRecording, Transfer, Hangup, CloseCall)
