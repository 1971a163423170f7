"""What the shell needs from the world, as Protocols only. Each has a real and a fake adapter, one contract suite."""

from agent.ports.data import Backends, Entry, Journal, JournalDown, Outbox, OutboxJob
from agent.ports.media import Line, MediaLine
from agent.ports.models import (
    Reasoner,
    Recogniser,
    Synthesiser,
    TurnDetector,
    VadStream,
    VoiceActivity,
)
from agent.ports.system import Clock, Entropy
from agent.ports.telephony import (
    ChannelArrived,
    ChannelDtmf,
    ChannelHandedOver,
    ChannelLost,
    LinkDown,
    LinkUp,
    Telephony,
    TelephonyEvent,
)

__all__ = [
    "Backends",
    "ChannelArrived",
    "ChannelDtmf",
    "ChannelHandedOver",
    "ChannelLost",
    "Clock",
    "Entropy",
    "Entry",
    "Journal",
    "JournalDown",
    "Line",
    "LinkDown",
    "LinkUp",
    "MediaLine",
    "Outbox",
    "OutboxJob",
    "Reasoner",
    "Recogniser",
    "Synthesiser",
    "Telephony",
    "TelephonyEvent",
    "TurnDetector",
    "VadStream",
    "VoiceActivity",
]
