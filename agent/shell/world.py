"""All the shell needs from outside, in one frozen value. ``agent.app`` builds it; simulations build another."""

from dataclasses import dataclass

from agent.ports import (
    Backends,
    Clock,
    Entropy,
    Journal,
    MediaLine,
    Outbox,
    Reasoner,
    Recogniser,
    Synthesiser,
    Telephony,
    TurnDetector,
    VoiceActivity,
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port, each with its adapter or its fake.

    ``is_serial``: calls are served one stage after the other, which is what the benches compare with.
    """

    clock: Clock
    entropy: Entropy
    journal: Journal
    outbox: Outbox
    backends: Backends
    telephony: Telephony
    media: MediaLine
    vad: VoiceActivity
    turn_detector: TurnDetector
    recogniser: Recogniser
    reasoner: Reasoner
    synthesiser: Synthesiser
    is_serial: bool = False


@dataclass(frozen=True, slots=True)
class Serial:
    """Whose calls are served serially, with which ports: those of the number ``callers``, or all with ``*``."""

    callers: str
    ports: Ports

    def is_for(self, caller_number: str) -> bool:
        """Whether this caller's call is."""
        return self.callers in ("*", caller_number)
