"""The one 20 ms tick of the process: every call's line exchanges one frame per tick.

Nothing here waits for anything but the clock. A late tick is not made up for by a burst when it is very
late: Asterisk paces nothing, and the caller would hear the burst.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from agent.media.presence import Presence
from agent.ports import Clock, Line
from agent.shell.hearing import Hearing
from agent.shell.mouth import Mouth
from agent.values.audio import FRAME_MS

log = structlog.get_logger()

TOO_LATE_MS = 200.0
HEARD_LATE_MS = 20.0
"""A tick as late as this: somebody's jitter buffer may have run dry."""
TELL_EVERY_MS = 60_000
MEDIA_LOST_MS = 15_000


class Ticked(Protocol):
    """What the loop calls once a tick."""

    def tick(self) -> None:
        """Exchange one frame. Never blocks, never raises."""


class LineTick:
    """One call's tick: a frame from the mouth to the line, a frame from the line to the ear."""

    def __init__(
        self,
        line: Line,
        mouth: Mouth,
        ear: Hearing,
        lost: Callable[[int], None],
        sound_changed: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._line = line
        self._mouth = mouth
        self._ear = ear
        self._lost = lost
        self._is_lost = False
        self._presence = Presence()
        self._sound_changed = sound_changed

    def tick(self) -> None:
        """Exchange one frame; tell once when nothing has come in for too long."""
        sent = self._mouth.pop()
        frame = self._line.exchange(sent)
        if frame is not None:
            self._ear.push(frame, sent)
        is_present = self._presence.feed(frame)
        if is_present is not None:
            self._sound_changed(is_present)
        if self._line.quiet_ms >= MEDIA_LOST_MS and not self._is_lost:
            self._is_lost = True
            self._lost(self._line.quiet_ms)


class MediaLoop:
    """Ticks all that is added until it is removed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ticked: dict[str, Ticked] = {}
        self._late = Lateness()

    def add(self, name: str, ticked: Ticked) -> None:
        """Tick ``ticked`` from the next tick on."""
        self._ticked[name] = ticked

    def remove(self, name: str) -> None:
        """Stop ticking; no effect when absent."""
        self._ticked.pop(name, None)

    async def run(self) -> None:
        """Tick for ever."""
        due = self._clock.now_ms()
        while True:
            due = await self._until(due + FRAME_MS)
            if self._ticked:
                self._late.note(due, self._clock.now_ms())
            for ticked in tuple(self._ticked.values()):
                ticked.tick()

    async def _until(self, due: float) -> float:
        """Wait for the tick that is due; when it is (what is too late is left out)."""
        now = self._clock.now_ms()
        if now - due > TOO_LATE_MS:
            due = now
        if due > now:
            await self._clock.sleep(due - now)
        else:
            # Behind: the others get their turn all the same, or leases would run out and no command be heard.
            await asyncio.sleep(0)
        return due


@dataclass(slots=True)
class Lateness:
    """Counts the ticks that callers may hear, and says so once in a while."""

    ticks: int = 0
    worst_ms: float = 0.0
    told_at_ms: float | None = None

    def note(self, due_ms: float, now_ms: float) -> None:
        """A tick that was due then begins now."""
        late_ms = now_ms - due_ms
        if late_ms < HEARD_LATE_MS:
            return
        self.ticks += 1
        self.worst_ms = max(self.worst_ms, late_ms)
        if self.told_at_ms is None or now_ms - self.told_at_ms >= TELL_EVERY_MS:
            log.warning("audio was late", ticks=self.ticks, worst_ms=round(self.worst_ms))
            self.ticks, self.worst_ms, self.told_at_ms = 0, 0.0, now_ms
