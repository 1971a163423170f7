"""A tenant's agent as data: what it says, knows and may do. Parsed and checked in agent.profiles."""

from dataclasses import dataclass
from typing import Literal

from agent.values.escalation import Limits, Rule

_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Service:
    """A bookable service. ``aliases`` are the words callers use; ``price`` is a speakable text."""

    id: str
    name: str
    minutes: int
    price: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A question callers ask and its fixed answer. ``keywords`` are word groups; each group is one way to ask."""

    id: str
    keywords: tuple[tuple[str, ...], ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening on one weekday (0 = Monday), minutes since midnight, tenant's zone."""

    weekday: int
    opens_min: int
    closes_min: int


@dataclass(frozen=True, slots=True)
class SlotSpec:
    """A slot of a task: its type and how it is asked for, read back and repaired."""

    name: str
    type: Literal["person_name", "phone", "email", "date", "time", "service", "yes_no", "free_text"]
    ask: str
    required: bool = True
    reask: str = ""


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """What a caller may want done. ``check`` is a READ tool, ``commit`` a WRITE tool."""

    id: str
    intent_words: tuple[tuple[str, ...], ...]
    slots: tuple[SlotSpec, ...]
    read_back: str
    done: str
    check: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Tongue:
    """What a caller of another language (ISO 639-1) is told before a person takes over, in a voice of that language."""

    language: str
    voice: str
    to_human: str


@dataclass(frozen=True, slots=True)
class Patience:
    """When the agent speaks up in silence, in ms, and how long a call may be.

    ``turn_end_percent`` stretches the silence after which a caller's turn counts as over: 100 is usual.
    """

    reprompt_ms: int = 8_000
    second_reprompt_ms: int = 15_000
    max_call_ms: int = 900_000
    turn_end_percent: int = 100


@dataclass(frozen=True, slots=True)
class Resume:
    """How a caller who rings again may go on with what was left unfinished.

    It is kept in mind for ``within_min`` minutes, 0 for never. Before anything of it is told the caller gives a second
    ``factor``, beside the number: the name that was given (compared loosely), or the last four digits of the phone
    number that was given, where that is another one than the caller's.
    """

    within_min: int = 120
    factor: Literal["none", "name", "digits"] = "name"


@dataclass(frozen=True, slots=True)
class WebhookSpec:
    """An HTTP endpoint of the tenant's that serves ``tools`` (docs/webhook.md).

    The shared secret stands in ``secret_file``, or in the environment variable ``secret_env``. ``knows_keys``: it keeps
    Idempotency-Keys. Else ``find`` may name a URL that finds a wish by its arguments ``natural_key``. A request that it
    has not acted on after ``settles_ms`` it never will.
    """

    tools: tuple[str, ...]
    url: str
    secret_file: str = ""
    secret_env: str = ""
    connect_ms: int = 2_000
    knows_keys: bool = True
    find: str = ""
    natural_key: tuple[str, ...] = ()
    settles_ms: int = 30_000


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """One tenant's agent. ``sha`` is the sha256 of the files it was parsed from; a call keeps its snapshot.

    ``country`` (ISO 3166, two letters) says how callers' numbers and numeric dates are read. ``languages`` are those
    that callers may be expected to speak, the agent's own first; ``tongues`` has those that it has a voice for.
    ``rules`` are added to the shipped rules of escalation, and ``limits`` may be lower than theirs. ``webhooks`` serve
    tools in place of the built-in backends.
    """

    tenant: str
    name: str
    business: str
    timezone: str
    numbers: tuple[str, ...]
    disclosure: str
    greeting: str
    goodbye: str
    voice: str
    queue: str
    services: tuple[Service, ...]
    facts: tuple[Fact, ...]
    hours: tuple[Hours, ...]
    tasks: tuple[TaskSpec, ...]
    phrases: dict[str, str]
    persona: str
    recording: Literal["off", "ask"] = "off"
    patience: Patience = Patience()
    sha: str = ""
    country: str = "US"
    languages: tuple[str, ...] = ("en",)
    tongues: tuple[Tongue, ...] = ()
    rules: tuple[Rule, ...] = ()
    limits: Limits = _LIMITS
    webhooks: tuple[WebhookSpec, ...] = ()
    resume: Resume = Resume()
