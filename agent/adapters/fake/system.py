"""Time that passes only when driven, and chance that a seed decides.

Two ways to drive: ``VirtualClock.advance`` inside any event loop, for tests of single parts; and
``run_virtual``, an event loop whose own clock jumps to the next timer whenever nothing is ready, so that
``asyncio.sleep`` and every timeout are virtual too: thousands of calls a second, the same on every run.
"""

import asyncio
import heapq
import itertools
import random
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from agent.values.ids import CHANCE_BITS, sortable_id

T = TypeVar("T")

EPOCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday morning
_SETTLE_ROUNDS = 20


class VirtualClock:
    """Clock port. ``sleep`` returns only when ``advance`` passes its end."""

    def __init__(self, start: datetime = EPOCH) -> None:
        self._start = start
        self._now_ms = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now_ms(self) -> float:
        """See the port; 0 at first."""
        return self._now_ms

    def wall(self) -> datetime:
        """See the port."""
        return self._start + timedelta(milliseconds=self._now_ms)

    async def sleep(self, delay_ms: float) -> None:
        """See the port."""
        if delay_ms <= 0:
            return
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now_ms + delay_ms, next(self._order), wake))
        await wake

    async def advance(self, delay_ms: float) -> None:
        """Let ``delay_ms`` pass, waking sleepers in order; what each wakes runs before time goes on."""
        end = self._now_ms + delay_ms
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, wake = heapq.heappop(self._sleepers)
            if not wake.done():
                self._now_ms = due
                wake.set_result(None)
                await self._settle()
        self._now_ms = end
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(_SETTLE_ROUNDS):
            await asyncio.sleep(0)


class LoopClock:
    """Clock port over the running event loop's clock: virtual inside ``run_virtual``."""

    def __init__(self, start: datetime = EPOCH) -> None:
        self._start = start

    def now_ms(self) -> float:
        """See the port."""
        return asyncio.get_running_loop().time() * 1000

    def wall(self) -> datetime:
        """See the port."""
        return self._start + timedelta(milliseconds=self.now_ms())

    async def sleep(self, delay_ms: float) -> None:
        """See the port."""
        if delay_ms > 0:
            await asyncio.sleep(delay_ms / 1000)


class SeededEntropy:
    """Entropy port: the same seed gives the same ids, in rising order."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._count = itertools.count(1)

    def new_id(self, prefix: str) -> str:
        """See the port; a counter stands in for the time."""
        return sortable_id(prefix, next(self._count), self._random.getrandbits(CHANCE_BITS))


class Deadlock(RuntimeError):
    """Nothing is ready and no timer is set: the virtual world would stand still for ever."""


class _JumpingSelector(selectors.SelectSelector):
    """Never waits: a wait of n seconds moves the loop's clock n seconds on."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Poll; if nothing is ready, let the time pass. While tasks have work, nobody outside can have anything."""
        if timeout == 0:
            return []
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise Deadlock("every task waits and no timer is set")
        if timeout > 0:
            self.now_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time that starts at 0. Threads and real sockets have no place in it."""

    def __init__(self) -> None:
        self._virtual = _JumpingSelector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Virtual seconds."""
        return self._virtual.now_s


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` to its end on a fresh virtual loop. Raises Deadlock when it can never end."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
