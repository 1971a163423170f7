"""A caller without a voice: in simulation it looks at what the agent said last and answers, well or badly.

Words travel beside the sound: its loud frames are heard by the fake voice activity model, and the fake
recogniser asks the caller what it said.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from agent.values.audio import FRAME_MS, SILENCE

LOUD = b"\x00\x20" * (len(SILENCE) // 2)
SPEECH_MS = 320

REQUESTS = (
    "I would like to book a cleaning",
    "What are your opening hours?",
    "Can I make an appointment for a check-up next Tuesday at ten?",
    "How much is a filling?",
    "Could I speak to a person please",
    "Do you have parking for unicorns",
)
ANSWERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("calling again", ("yes", "yes, we were cut off", "no", "I would like to book a cleaning")),
    ("shall we go on", ("yes", "yes please", "no", "on Thursday rather")),
    ("is that right", ("yes", "yes that is right", "no, on Thursday", "no, my name is Bill Stone")),
    ("which would you like", ("the first one", "the second one", "half past two", "anything later", "neither")),
    ("look at that day", ("yes", "yes please", "no")),
    ("a demonstration,", ("a demo", "a consultation")),
    ("what day", ("next Tuesday", "tomorrow", "next Wednesday", "the 24th", "blue")),
    ("which day", ("next Monday", "on Thursday")),
    ("time", ("ten thirty", "half past two", "at nine", "first thing", "hm")),
    ("come in for", ("a cleaning", "a check-up", "a filling")),
    ("name", ("my name is Anna Lee", "John Smith", "it's Mary Jones")),
    ("calling from", ("yes", "no")),
    ("number", ("five one two five five five zero one four two", "512 555 0188")),
    ("anything else", ("no thanks, bye", "no", "what are your hours")),
    ("help", REQUESTS),
    ("front desk", ("no", "yes please")),
)

KEYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("press 1", ("1", "2", "3", "9")),
    ("key in the month", ("1203", "105#", "0105", "9999", "0")),
    ("key it in", ("130#", "1030", "9#", "99#", "0")),
    ("key in your phone", ("5125550188", "512#")),
)
"""What is typed where keys were offered; some of it is nonsense."""


@dataclass(slots=True)
class Microphone:
    """The caller's side of one line: a frame a tick, loud while speaking. ``gone`` ends it."""

    loud_ticks: int = 0
    is_gone: bool = False

    def frames(self) -> Iterator[bytes | None]:
        """For the fake line's script."""
        while not self.is_gone:
            if self.loud_ticks > 0:
                self.loud_ticks -= 1
                yield LOUD
            else:
                yield SILENCE


@dataclass(slots=True)
class SimulatedCaller:
    """Chooses words by a seed. ``said`` is what the recogniser hears next."""

    chance: random.Random
    said: str = ""
    is_answered: str = ""
    """The agent's words that were answered last: each is answered once, unless the agent repeats itself."""
    spoken: list[str] = field(default_factory=list)
    name: str = ""
    """As it was told first; nobody has another one in the next call."""

    def answer(self, agent_said: str) -> str:
        """Words for what the agent asked; now and then something else."""
        if self.chance.random() < 0.05:
            return self.chance.choice(REQUESTS)
        lowered = agent_said.lower()
        for key, choices in ANSWERS:
            if key in lowered:
                said = self.chance.choice(choices)
                self.name = self.name or (said if key == "name" else "")
                return self.name if key == "name" else said
        return self.chance.choice(("yes", "no", "I would like to book a cleaning"))

    def keys(self, agent_said: str) -> str:
        """Keys, every other time that the agent offered them; else empty."""
        lowered = agent_said.lower()
        offered = next((choices for key, choices in KEYS if key in lowered), ())
        return self.chance.choice(offered) if offered and self.chance.random() < 0.5 else ""

    def speak(self, microphone: Microphone, words: str) -> None:
        """Make sound, and have the words ready for the recogniser."""
        self.said = words
        self.spoken.append(words)
        microphone.loud_ticks = SPEECH_MS // FRAME_MS
