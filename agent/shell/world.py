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
    """Every port, each with its adapter or its fake."""

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
