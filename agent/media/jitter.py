"""The jitter buffer, counted in packets of one frame each: one ``pop`` per tick, no clock.

On a quiet loopback it holds nothing: a frame leaves on the tick after it came. It grows only by what the
network does, in three ways, and gives the delay back when it is not needed any more:

- *dry*: nothing to pop. The tick is concealed and the position stays, so the delay grows by a frame and the
  late packet still plays.
- *hole*: a later packet is there. Packets that came late before buy patience (up to MAX_PATIENCE ticks) for
  the missing one; without, or afterwards, it is lost.
- *standing depth*: when every tick of a window left a frame over, two frames are merged into one.

Sequence numbers alone order packets (RFC 3550, A.1). Timestamps jump over a DTMF digit without loss, so they
are not consulted.
"""

from collections import deque
from dataclasses import dataclass

from agent.media.rtp import SEQUENCE_MODULO

MAX_SPAN = 25
"""Frames held at most; the oldest go first."""
MAX_PATIENCE = 3
MAX_DROPOUT = 3_000
MAX_MISORDER = 100
CALM_TICKS = 250
"""Ticks without a late packet after which patience shrinks by one."""
WINDOW_TICKS = 25
MAX_WINDOW_TICKS = 400


@dataclass(frozen=True, slots=True)
class Taken:
    """What one tick gives: a payload, or None to conceal. ``merged`` is to be blended into ``payload``."""

    payload: bytes | None
    merged: bytes | None = None


_CONCEAL = Taken(None)


@dataclass(slots=True)
class JitterCounts:
    """Packets since the buffer was made. ``lost`` ones were concealed or skipped, ``late`` ones came after that."""

    received: int = 0
    late: int = 0
    lost: int = 0
    duplicate: int = 0
    merged: int = 0


class JitterBuffer:
    """Reorders, drops duplicates and late packets, and tells when to conceal."""

    def __init__(self) -> None:
        self.counts = JitterCounts()
        self._slots: dict[int, bytes] = {}
        self._missed: deque[int] = deque(maxlen=MAX_MISORDER)
        self._next: int | None = None
        self._highest = 0
        self._jump_to: int | None = None
        self._dry = 0
        self._patience = 0
        self._calm = 0
        self._shrinker = _Shrinker()

    @property
    def is_started(self) -> bool:
        """Whether a packet ever came."""
        return self._next is not None

    @property
    def span(self) -> int:
        """Frames between the play position and the newest packet, holes included."""
        return 0 if self._next is None or not self._slots else self._highest - self._next + 1

    def restart(self) -> None:
        """Forget the stream but not the counts: another source took over."""
        self._slots.clear()
        self._missed.clear()
        self._next = self._jump_to = None

    def push(self, sequence_number: int, payload: bytes) -> None:
        """Take a packet in. Any 16-bit ``sequence_number`` is allowed."""
        if self._next is None:
            self._begin_at(sequence_number)
        number = self._extend(sequence_number)
        if number is None:
            self.counts.late += 1
            return
        assert self._next is not None
        if number < self._next:
            self._came_late(number)
        elif number in self._slots:
            self.counts.duplicate += 1
        else:
            self.counts.received += 1
            self._slots[number] = payload
            self._highest = max(self._highest, number)
            self._bound()

    def pop(self) -> Taken:
        """One tick's frame; conceal while nothing plays."""
        self._calm += 1
        if self._calm >= CALM_TICKS:
            self._calm = 0
            self._patience = max(0, self._patience - 1)
        if self._next is None or not self._slots:
            if self._dry == 0:
                self._shrinker.ran_dry()
            self._dry += 1
            return _CONCEAL
        if self._next not in self._slots and not self._cross_hole(self._next):
            return _CONCEAL
        return self._take()

    def _cross_hole(self, at: int) -> bool:
        """Step over the missing packet at ``at``. False when this tick is to be concealed."""
        if self._dry < self._patience:
            self._dry += 1
            return False
        gap = min(self._slots) - at
        # Ticks concealed while dry have already stood for some of the missing frames.
        skipped = min(gap, max(self._dry, 1))
        self._lose(at, skipped)
        is_filled = skipped == gap and self._dry > 0
        self._dry = 0
        return is_filled

    def _take(self) -> Taken:
        assert self._next is not None
        payload = self._slots.pop(self._next)
        self._next += 1
        self._dry = 0
        if self._shrinker.should_merge(self.span) and self._next in self._slots:
            merged = self._slots.pop(self._next)
            self._next += 1
            self.counts.merged += 1
            return Taken(payload, merged)
        return Taken(payload)

    def _lose(self, first: int, count: int) -> None:
        self._missed.extend(range(max(first, first + count - MAX_MISORDER), first + count))
        self.counts.lost += count
        self._next = first + count

    def _came_late(self, number: int) -> None:
        if number not in self._missed:
            self.counts.duplicate += 1
            return
        self._missed.remove(number)
        self.counts.late += 1
        self._patience = min(MAX_PATIENCE, self._patience + 1)
        self._calm = 0

    def _bound(self) -> None:
        assert self._next is not None
        if self._highest - self._next < MAX_SPAN:
            return
        oldest = min(n for n in self._slots if self._highest - n < MAX_SPAN)
        for n in [n for n in self._slots if n < oldest]:
            del self._slots[n]
        self._lose(self._next, oldest - self._next)

    def _begin_at(self, sequence_number: int) -> None:
        # An epoch of head room keeps extended numbers positive when an older packet follows the first.
        self._next = self._highest = SEQUENCE_MODULO + sequence_number
        self._dry = 0

    def _extend(self, sequence_number: int) -> int | None:
        """The packet's number counted on over wraps, None while a jump is unproven (RFC 3550, A.1)."""
        ahead = (sequence_number - self._highest) % SEQUENCE_MODULO
        if ahead >= SEQUENCE_MODULO // 2:
            ahead -= SEQUENCE_MODULO
        if -MAX_MISORDER <= ahead <= MAX_DROPOUT:
            self._jump_to = None
            return self._highest + ahead
        if sequence_number != self._jump_to:
            self._jump_to = (sequence_number + 1) % SEQUENCE_MODULO
            return None
        self.restart()
        self._begin_at(sequence_number)
        return self._highest


class _Shrinker:
    """Finds standing depth. A window in which each tick left a frame over shows delay nobody needs; running dry
    soon after a merge shows it was needed, and doubles the window."""

    __slots__ = ("_excess", "_least", "_may_merge", "_since_merge", "_ticks", "_window")

    def __init__(self) -> None:
        self._window = WINDOW_TICKS
        self._ticks = 0
        self._least = MAX_SPAN
        self._excess = 0
        self._since_merge = MAX_WINDOW_TICKS
        self._may_merge = True

    def ran_dry(self) -> None:
        if self._since_merge < MAX_WINDOW_TICKS:
            self._window = min(MAX_WINDOW_TICKS, self._window * 2)
        self._ticks = self._excess = 0
        self._least = MAX_SPAN

    def should_merge(self, left_over: int) -> bool:
        self._ticks += 1
        self._since_merge += 1
        self._least = min(self._least, left_over)
        if self._ticks >= self._window:
            self._excess, self._ticks, self._least = self._least, 0, MAX_SPAN
            if self._since_merge >= 4 * MAX_WINDOW_TICKS:
                self._window = max(WINDOW_TICKS, self._window // 2)
        # Every other frame at most: a third faster is still speech.
        if self._excess == 0 or left_over == 0 or not self._may_merge:
            self._may_merge = True
            return False
        self._excess -= 1
        self._since_merge = 0
        self._may_merge = False
        return True
