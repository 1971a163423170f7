"""What is said and understood: transcripts, clauses, requests to the language model."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from agent.values.ids import TurnId

DecidedBy = Literal["rule", "cached", "model"]


@dataclass(frozen=True, slots=True)
class Transcript:
    """What the recogniser makes of one stretch of speech. ``text`` is empty when it was not speech.

    ``language`` and its probability are told where it was to be found out.
    """

    text: str
    no_speech_prob: float = 0.0
    avg_logprob: float = 0.0
    took_ms: int = 0
    language: str = ""
    language_prob: float = 0.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of the caller's speech; times are the call's audio time. ``language`` is empty where nobody asked."""

    id: str
    started_ms: int
    ended_ms: int
    text: str
    confidence: float = 1.0
    language: str = ""
    language_prob: float = 0.0


@dataclass(frozen=True, slots=True)
class Clause:
    """A speakable piece of a reply. ``fixed`` phrases are synthesised ahead and cached."""

    text: str
    fixed: bool = False
    interruptible: bool = True


class ModelTask(StrEnum):
    """What the language model is asked for: it marks spans, or phrases an answer. It never decides."""

    SPANS = "spans"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request to the language model.

    ``system`` is stable per profile, so that its prefix stays cached in the worker; ``messages`` are
    (role, text) pairs with role ``user`` or ``assistant``; ``grammar`` is GBNF or empty.
    """

    task: ModelTask
    system: str
    messages: tuple[tuple[str, str], ...]
    grammar: str = ""
    max_tokens: int = 60
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptUse:
    """What a prompt cost: tokens that the worker had kept from before, and tokens it had to read."""

    cached: int
    read: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange: what the caller said, what we said, and what of it was heard. Only ``heard`` enters the history."""

    id: TurnId
    utterances: tuple[Utterance, ...]
    said: str
    heard: str
    decided_by: DecidedBy = "rule"
    interrupted_ms: int | None = None
    stages: dict[str, int] = field(default_factory=dict)
