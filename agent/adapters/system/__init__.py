"""The machine's clock and randomness."""

import asyncio
import secrets
import time
from datetime import UTC, datetime

from agent.values.ids import CHANCE_BITS, sortable_id

__all__ = ["SystemClock", "SystemEntropy"]


class SystemClock:
    """Clock port on the machine's clocks."""

    def now_ms(self) -> float:
        """See the port; unaffected by changes of the wall clock."""
        return time.monotonic_ns() / 1_000_000

    def wall(self) -> datetime:
        """See the port."""
        return datetime.now(UTC)

    async def sleep(self, delay_ms: float) -> None:
        """See the port."""
        if delay_ms > 0:
            await asyncio.sleep(delay_ms / 1000)


class SystemEntropy:
    """Entropy port: unguessable ids that never go backwards within a process, even when the wall clock does."""

    def __init__(self) -> None:
        self._last_ms = 0
        self._last_chance = 0

    def new_id(self, prefix: str) -> str:
        """See the port."""
        wall_ms = time.time_ns() // 1_000_000
        if wall_ms > self._last_ms:
            # The top bit stays free, so that counting up within a millisecond cannot overflow.
            self._last_ms, self._last_chance = wall_ms, secrets.randbits(CHANCE_BITS - 1)
        else:
            self._last_chance += 1 + secrets.randbits(32)
        return sortable_id(prefix, self._last_ms, self._last_chance)
