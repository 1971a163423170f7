"""Clock and randomness: the only sources of time and chance above the pure rooms."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Monotonic and wall time."""

    def now_ms(self) -> float:
        """Monotonic milliseconds, arbitrary origin."""

    def wall(self) -> datetime:
        """Aware wall time, UTC."""

    async def sleep(self, delay_ms: float) -> None:
        """Return after ``delay_ms``; at once when it is not positive."""


class Entropy(Protocol):
    """Identifiers."""

    def new_id(self, prefix: str) -> str:
        """A fresh id ``<prefix>-<26 lower-case base32 characters>``, sortable by time of creation."""
