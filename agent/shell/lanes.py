"""Durable commands in order: each waits until its cause is committed, then is carried out."""

import asyncio
from collections.abc import Awaitable, Callable

from agent.call.commands import Command


class DurableLane:
    """One lane per call. A failed command is reported, the lane goes on: the machine decides what follows."""

    def __init__(
        self, perform: Callable[[Command], Awaitable[None]], report: Callable[[Command, Exception], None]
    ) -> None:
        self._perform = perform
        self._report = report
        self._queue: asyncio.Queue[tuple[Awaitable[None], Command]] = asyncio.Queue()

    def put(self, committed: Awaitable[None], command: Command) -> None:
        """Queue a command behind the commit of the event that caused it."""
        self._queue.put_nowait((committed, command))

    async def run(self, refusals: tuple[type[Exception], ...]) -> None:
        """Carry commands out until cancelled; ``refusals`` are what the outside may answer."""
        while True:
            committed, command = await self._queue.get()
            try:
                await committed
                await self._perform(command)
            except refusals as refusal:
                self._report(command, refusal)
            finally:
                self._queue.task_done()

    async def drained(self) -> None:
        """Return when all that was queued has been carried out."""
        await self._queue.join()
