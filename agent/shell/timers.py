"""The named timers of a call. Setting one again restarts it."""

import asyncio
from collections.abc import Callable

from agent.ports import Clock


class Timers:
    """Timers as tasks of the call's group; ``fire`` is called with the name when one runs out."""

    def __init__(self, clock: Clock, group: asyncio.TaskGroup, fire: Callable[[str], None]) -> None:
        self._clock = clock
        self._group = group
        self._fire = fire
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def set(self, name: str, delay_ms: int) -> None:
        """(Re)start the timer."""
        self.cancel(name)
        self._tasks[name] = self._group.create_task(self._run(name, delay_ms))

    def cancel(self, name: str) -> None:
        """Forget the timer; no effect if it does not run."""
        if task := self._tasks.pop(name, None):
            task.cancel()

    def cancel_all(self) -> None:
        """Forget every timer."""
        for name in tuple(self._tasks):
            self.cancel(name)

    async def _run(self, name: str, delay_ms: int) -> None:
        await self._clock.sleep(delay_ms)
        self._tasks.pop(name, None)
        self._fire(name)
