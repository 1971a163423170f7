"""What a scenario file says, as values. Times are milliseconds of the caller's own tick clock."""

from dataclasses import dataclass, field
from typing import Literal

Check = Literal["", "day", "read_back"]
Takes = Literal["", "offer", "slot2"]
Part = Literal["", "day", "time"]
NoiseKind = Literal["none", "white", "babble"]


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the caller does when it has heard something.

    ``when`` and ``unless`` are patterns (see agent.evals.match), ``say`` wordings of which one is drawn per
    call, and another for the second time; ``rephrase``, if given, is said from the second time on, in order.
    ``dtmf`` are keys to press, with variables like a wording. ``repeat`` is how often it may fire, 0 for any
    number. ``again`` repeats the caller's last line. ``check`` compares the day, or day and time, heard with what
    the caller wants; ``correct`` is said when they differ, the next wording each time. ``wrong`` restricts a reaction
    to when the last read-back was wrong in that, ``slot = "taken"`` to when the caller has taken another slot than was
    drawn, of which no wording speaks. In a wording ``|`` is a breath: the parts are rendered, and kept
    for other calls, one by one. ``takes`` changes what the caller wants: the first slot offered, or the second slot
    drawn. ``hang_up_after_ms`` counts from the end of what was said.
    """

    id: str
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    say: tuple[str, ...] = ()
    rephrase: tuple[str, ...] = ()
    correct: tuple[str, ...] = ()
    wrong: Part = ""
    slot: Literal["", "taken"] = ""
    clip: Literal["", "cough"] = ""
    dtmf: str = ""
    priority: int = 0
    repeat: int = 1
    again: bool = False
    check: Check = ""
    takes: Takes = ""
    hang_up_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Speak over the agent: ``after_ms`` after it began its ``utterance``-th answer (1 is the greeting)."""

    utterance: int
    after_ms: int
    reaction: Reaction


@dataclass(frozen=True, slots=True)
class Noise:
    """What is in the caller's room, at ``level_db`` dBFS (root mean square)."""

    kind: NoiseKind = "none"
    level_db: float = -50.0


@dataclass(frozen=True, slots=True)
class Network:
    """How badly the caller is connected, both ways: packets lost by chance, and how long one may be held up."""

    loss_percent: float = 0.0
    jitter_ms: int = 0

    @property
    def is_good(self) -> bool:
        """Whether nothing happens to a packet."""
        return not self.loss_percent and not self.jitter_ms


@dataclass(frozen=True, slots=True)
class Choice:
    """One value to draw: ``says`` goes into the wording, ``value`` into the expectation."""

    says: str
    value: str


@dataclass(frozen=True, slots=True)
class SlotDraw:
    """Draw a start time in opening hours: ``from_days`` to ``within_days`` ahead, on a grid of ``step_min``."""

    from_days: int = 1
    within_days: int = 21
    step_min: int = 30


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario file. ``expect`` are the outcomes that count as right.

    ``caller`` may hold ``#``: each is drawn as a digit, so that calls are told apart. ``patience_ms`` is how
    long the agent must be silent before the caller takes the turn; ``nudge_ms`` how long nothing at all is
    borne before the caller speaks up. Who hung up without a word rings back once, ``redial_after_ms`` later, from the
    same number and for the same; then the opening is not said, for the caller begins in the middle.
    """

    name: str
    about: str
    dial: str
    caller: str
    expect: tuple[str, ...]
    voices: tuple[str, ...]
    reactions: tuple[Reaction, ...]
    opening: Reaction | None = None
    nudge: Reaction | None = None
    lost: Reaction | None = None
    interrupts: tuple[Interrupt, ...] = ()
    choices: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    slot: SlotDraw | None = None
    noise: Noise = Noise()
    network: Network = Network()
    pause_ms: tuple[int, int] = (200, 900)
    patience_ms: int = 600
    nudge_ms: int = 6_000
    max_ms: int = 120_000
    hang_up_at_ms: int | None = None
    stay_silent: bool = False
    redial_after_ms: int | None = None
