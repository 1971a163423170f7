"""Work done ahead of the decision: audio and model text that the caller's turn will probably need.

The machine is pure, so "what would we do if the turn ended now?" is a call of ``step`` whose result is thrown
away. What it would say is synthesised, what it would ask the model is asked; nothing else is ever started from
a guess. When the guess was right the work is taken over where it stands, when it was wrong it is cancelled.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
P = TypeVar("P")


def _unseen(_piece: object) -> None:
    """Nobody looks."""


class _Flight(Generic[P]):
    """One stream under way: its pieces wait here until somebody takes them; until then ``glimpse`` sees them too."""

    def __init__(self, source: AsyncIterator[P], group: asyncio.TaskGroup, glimpse: Callable[[P], None]) -> None:
        self._pieces: asyncio.Queue[P | BaseException | None] = asyncio.Queue()
        self._glimpse = glimpse
        self._is_taken = False
        self.task = group.create_task(self._collect(source))

    async def _collect(self, source: AsyncIterator[P]) -> None:
        try:
            async for piece in source:
                self._pieces.put_nowait(piece)
                if not self._is_taken:
                    self._glimpse(piece)
        except RuntimeError as error:  # ModelUnavailable: for whoever takes the stream, nobody else
            self._pieces.put_nowait(error)
        else:
            self._pieces.put_nowait(None)

    async def pieces(self) -> AsyncIterator[P]:
        """What came and what comes; raises what the source raised."""
        self._is_taken = True
        try:
            while (piece := await self._pieces.get()) is not None:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece
        finally:
            self.task.cancel()


class Ahead(Generic[K, P]):
    """Streams started before they are asked for."""

    def __init__(self, source: Callable[[K], AsyncIterator[P]], group: asyncio.TaskGroup) -> None:
        self._source = source
        self._group = group
        self._flights: dict[K, _Flight[P]] = {}

    def expect(self, *keys: K, glimpse: Callable[[P], None] = _unseen) -> None:
        """Begin ``keys`` unless they are under way; what an earlier guess began and nobody took is cancelled.

        ``glimpse`` is shown each piece that comes before its stream is taken: a guess may go on from there.
        """
        for key in self._flights.keys() - set(keys):
            self._flights.pop(key).task.cancel()
        self.also(*keys, glimpse=glimpse)

    def also(self, *keys: K, glimpse: Callable[[P], None] = _unseen) -> None:
        """Begin ``keys`` too."""
        for key in keys:
            if key not in self._flights:
                self._flights[key] = _Flight(self._source(key), self._group, glimpse)

    async def stream(self, key: K) -> AsyncIterator[P]:
        """The stream of ``key``: the one under way if there is one, else a fresh one."""
        flight = self._flights.pop(key, None)
        async for piece in flight.pieces() if flight is not None else self._source(key):
            yield piece
