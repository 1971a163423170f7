"""Which slot of llama-server serves whom. A slot keeps one prompt read: a call that comes back finds its own there."""

import itertools
from dataclasses import dataclass


@dataclass(slots=True)
class Slot:
    """One slot: whose words it holds after which system prompt, how many requests it serves, and when it began the
    last one."""

    id: int
    system: str = ""
    call: str = ""
    busy: int = 0
    used: int = 0


class Slots:
    """Lends slots to requests. A call keeps its slot until there are more calls than slots; then the longest unused
    one that has the same system prompt is taken over, since reading a call's words again costs less than a prompt."""

    def __init__(self, count: int) -> None:
        self._slots = [Slot(number) for number in range(count)]
        self._clock = itertools.count(1)

    def take(self, system: str, call: str) -> Slot:
        """The slot for a request; give it back with ``release``."""
        slot = min(self._slots, key=lambda s: (s.call != call or not call, s.system != system, s.busy, s.used))
        slot.system, slot.call, slot.used = system, call, next(self._clock)
        slot.busy += 1
        return slot

    def next(self) -> Slot:
        """The slot that was never used, or not for longest: for reading a system prompt ahead."""
        slot = min(self._slots, key=lambda s: s.used)
        slot.used = next(self._clock)
        return slot

    def release(self, slot: Slot) -> None:
        """The request is over, or was cut short."""
        slot.busy -= 1
