"""Everything that can happen to a call, in the past tense. The list of them is the call's truth.

Each event carries ``at_ms``: milliseconds of the call's own time since it arrived. Frames are never
events, only edges are. The union is closed: a new member needs a row in every table that meets it.
"""

from dataclasses import dataclass, field
from typing import Any

from agent.values.case import OpenCase
from agent.values.ids import CallId, CaseId, ToolId, TurnId
from agent.values.talk import Utterance


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A channel entered Stasis. ``wall`` is the tenant's local time, ISO 8601: all the wall time there is.

    ``open_cases`` are what earlier calls from the same number left unfinished, the newest first.
    """

    at_ms: int
    call_id: CallId
    case_id: CaseId
    tenant: str
    caller_number: str
    dialled: str
    wall: str
    profile_sha: str
    open_cases: tuple[OpenCase, ...] = ()


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """Asterisk answered the channel for us."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class MediaReady:
    """Our RTP line and the caller are in one bridge; we may speak."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class MediaLost:
    """No RTP from the caller's side for longer than the line tolerates."""

    at_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class SoundChanged:
    """From the caller's side comes sound again, or for seconds nothing at all: no RTP, or digital silence."""

    at_ms: int
    is_present: bool


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The gate opened: the caller makes speech-like sound."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The gate closed: silence, the turn is not yet decided. ``speech_ms`` is the length of the voiced stretch."""

    at_ms: int
    speech_ms: int


@dataclass(frozen=True, slots=True)
class TranscriptPartial:
    """What the recogniser makes of the speech so far. Newer replaces older.

    ``sure_ms`` of it is speech beyond doubt, whatever it says; counted over the agent's speech only.
    """

    at_ms: int
    text: str
    sure_ms: int = 0


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The endpointer decided that the caller's turn is over. ``utterance.text`` may be empty: noise, a cough."""

    at_ms: int
    utterance: Utterance


@dataclass(frozen=True, slots=True)
class ReplyText:
    """A piece of the model's reply: one speakable clause."""

    at_ms: int
    turn_id: TurnId
    text: str


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """The model finished. ``text`` is the whole of it."""

    at_ms: int
    turn_id: TurnId
    text: str


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    """The model did not answer in time, or at all."""

    at_ms: int
    turn_id: TurnId
    reason: str


@dataclass(frozen=True, slots=True)
class PlayoutStarted:
    """The first frame of a turn's audio left for the caller.

    ``text`` is all that was queued so far, ``decided_by`` is rule, cached or model, ``stages`` are the
    latencies of this turn by stage in ms, counted from the end of the caller's speech.
    """

    at_ms: int
    turn_id: TurnId
    text: str = ""
    decided_by: str = "rule"
    stages: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlayoutFinished:
    """All that was queued for a turn was played."""

    at_ms: int
    turn_id: TurnId


@dataclass(frozen=True, slots=True)
class PlayoutStopped:
    """Playout was cut; ``heard`` is the text that really left, ``heard_ms`` its length."""

    at_ms: int
    turn_id: TurnId
    heard: str
    heard_ms: int


@dataclass(frozen=True, slots=True)
class PlayoutFailed:
    """The synthesiser gave no audio for a turn."""

    at_ms: int
    turn_id: TurnId
    reason: str


@dataclass(frozen=True, slots=True)
class RuleFired:
    """A rule of escalation fired on ``words`` (empty where none did it: a key, failures). ``action`` was decided."""

    at_ms: int
    rule: str
    words: str
    action: str


@dataclass(frozen=True, slots=True)
class ToolSucceeded:
    """The backend committed, and its result is committed with us: only now may it be spoken of as done."""

    at_ms: int
    tool_id: ToolId
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolFailed:
    """The backend refused; nothing was changed there. ``value`` may hold alternatives."""

    at_ms: int
    tool_id: ToolId
    error: str
    value: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolTimedOut:
    """The deadline of a READ passed unanswered. A WRITE never times out, it becomes in doubt."""

    at_ms: int
    tool_id: ToolId


@dataclass(frozen=True, slots=True)
class ToolInDoubt:
    """A WRITE was sent and its answer is unknown."""

    at_ms: int
    tool_id: ToolId
    error: str


@dataclass(frozen=True, slots=True)
class DtmfReceived:
    """A key was pressed: ``0``-``9``, ``*``, ``#``, ``A``-``D``."""

    at_ms: int
    digit: str


@dataclass(frozen=True, slots=True)
class TransferAnswered:
    """The dialplan owns the caller: by our hand-over, or, when we decided on none, because our lease ran out.

    Whether a human answered there, nobody tells us.
    """

    at_ms: int
    destination: str


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """The hand-over was refused: the caller is still with us."""

    at_ms: int
    destination: str
    reason: str


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer set by the machine ran out."""

    at_ms: int
    name: str


@dataclass(frozen=True, slots=True)
class HangupSeen:
    """The caller's channel is gone. ``cause`` is Asterisk's hangup cause text."""

    at_ms: int
    cause: str


@dataclass(frozen=True, slots=True)
class ControllerRestarted:
    """We crashed and are back. ``is_caller_alive`` says whether the caller's channel still stands."""

    at_ms: int
    is_caller_alive: bool


@dataclass(frozen=True, slots=True)
class ModelStepped:
    """Requests to the ``model`` (stt, tts, vad, llm) go to another host's worker from now on, or to our own:
    a rung of the ladder, down or up."""

    at_ms: int
    model: str
    is_far: bool


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """A durable command could not be carried out, or a task of the call broke: the call goes to a human."""

    at_ms: int
    command: str
    error: str


@dataclass(frozen=True, slots=True)
class CallBroke:
    """Our part of the call could not go on, and the shell has given the caller to the dialplan. ``error`` is a kind
    of error, never its text: that may hold what the caller said."""

    at_ms: int
    error: str


Event = (
    CallArrived
    | CallAnswered
    | MediaReady
    | MediaLost
    | SoundChanged
    | SpeechStarted
    | SpeechEnded
    | TranscriptPartial
    | TurnEnded
    | ReplyText
    | ReplyEnded
    | ReplyFailed
    | PlayoutStarted
    | PlayoutFinished
    | PlayoutStopped
    | PlayoutFailed
    | RuleFired
    | ToolSucceeded
    | ToolFailed
    | ToolTimedOut
    | ToolInDoubt
    | DtmfReceived
    | TransferAnswered
    | TransferFailed
    | TimerFired
    | HangupSeen
    | ControllerRestarted
    | ModelStepped
    | CommandFailed
    | CallBroke
)
