"""The one 20 ms tick of the process: every call's line exchanges one frame per tick.

Nothing here waits for anything but the clock. A late tick is not made up for by a burst when it is very
late: Asterisk paces nothing, and the caller would hear the burst.
"""

from collections.abc import Callable
from typing import Protocol

from agent.ports import Clock, Line
from agent.shell.ear import Ear
from agent.shell.mouth import Mouth
from agent.values.audio import FRAME_MS

TOO_LATE_MS = 200.0
MEDIA_LOST_MS = 15_000


class Ticked(Protocol):
    """What the loop calls once a tick."""

    def tick(self) -> None:
        """Exchange one frame. Never blocks, never raises."""


class LineTick:
    """One call's tick: a frame from the mouth to the line, a frame from the line to the ear."""

    def __init__(self, line: Line, mouth: Mouth, ear: Ear, lost: Callable[[int], None]) -> None:
        self._line = line
        self._mouth = mouth
        self._ear = ear
        self._lost = lost
        self._is_lost = False

    def tick(self) -> None:
        """Exchange one frame; tell once when nothing has come in for too long."""
        sent = self._mouth.pop()
        frame = self._line.exchange(sent)
        if frame is not None:
            self._ear.push(frame, sent)
        if self._line.quiet_ms >= MEDIA_LOST_MS and not self._is_lost:
            self._is_lost = True
            self._lost(self._line.quiet_ms)


class MediaLoop:
    """Ticks all that is added until it is removed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ticked: dict[str, Ticked] = {}
        self.late_ticks = 0

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
            due += FRAME_MS
            now = self._clock.now_ms()
            if now - due > TOO_LATE_MS:
                self.late_ticks += 1
                due = now
            await self._clock.sleep(due - now)
            for ticked in tuple(self._ticked.values()):
                ticked.tick()
