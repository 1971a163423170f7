"""Durable commands in order: each waits until its cause is committed, then is carried out."""

import asyncio
from collections.abc import Awaitable, Callable

from agent.call.commands import CloseCall, Command, Hangup

COMMIT_WITHIN_S = 1.5
"""With the dialplan's prompt after it, a caller waits less than 3.5 s for a database that is away."""
NEED_NO_CAUSE = (Hangup, CloseCall)
"""Whatever a restart finds in the journal, a call that is gone is closed: these do not wait for ever."""


class CommitLate(RuntimeError):
    """The cause of a command is not committed in time: Postgres is away, and the caller must not wait for it."""


class DurableLane:
    """One lane per call. A failed command is reported, the lane goes on: the machine decides what follows.

    A command whose cause is not committed within COMMIT_WITHIN_S ends the lane with CommitLate.
    """

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
                await self._cause(committed, command)
                await self._perform(command)
            except refusals as refusal:
                self._report(command, refusal)
            finally:
                self._queue.task_done()

    async def _cause(self, committed: Awaitable[None], command: Command) -> None:
        try:
            await asyncio.wait_for(committed, COMMIT_WITHIN_S)
        except TimeoutError:
            if not isinstance(command, NEED_NO_CAUSE):
                raise CommitLate(f"{type(command).__name__}: its cause is not committed") from None

    async def drained(self) -> None:
        """Return when all that was queued has been carried out."""
        await self._queue.join()
