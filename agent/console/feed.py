"""Changes of calls, fanned out to open pages. What piles up for a slow page is merged, never queued."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import structlog

from agent.console.reader import CallsReader

log = structlog.get_logger()

PAGES_MOST = 32
MERGE_S = 0.2


class TooManyPages(RuntimeError):
    """PAGES_MOST pages listen already."""


class Subscription:
    """One open page: the ids that changed since it last asked."""

    def __init__(self) -> None:
        self._changed: set[str] = set()
        self._wake = asyncio.Event()

    def add(self, call_id: str) -> None:
        """Note a change."""
        self._changed.add(call_id)
        self._wake.set()

    async def take(self, timeout_s: float) -> frozenset[str]:
        """The ids that changed; empty when none did within ``timeout_s``."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout_s)
            await asyncio.sleep(MERGE_S)
        changed = frozenset(self._changed)
        self._changed.clear()
        self._wake.clear()
        return changed


class Feed:
    """Listens to the journal once, for all pages."""

    def __init__(self, reader: CallsReader) -> None:
        self._reader = reader
        self._pages: set[Subscription] = set()
        self.is_over = False

    async def run(self) -> None:
        """Fan out until cancelled. Pages ask anew by themselves from time to time, should this fail."""
        async for call_id in self._reader.changes():
            for page in self._pages:
                page.add(call_id)

    @contextlib.contextmanager
    def subscription(self) -> Iterator[Subscription]:
        """One page's share. Raises TooManyPages."""
        if len(self._pages) >= PAGES_MOST:
            raise TooManyPages
        page = Subscription()
        self._pages.add(page)
        try:
            yield page
        finally:
            self._pages.discard(page)

    def close(self) -> None:
        """Let every page go: the console stops."""
        self.is_over = True
        for page in self._pages:
            page.add("")


@contextlib.asynccontextmanager
async def running(feed: Feed) -> AsyncIterator[None]:
    """Keep ``feed`` running meanwhile."""
    task = asyncio.create_task(feed.run(), name="console feed")
    task.add_done_callback(_note_end)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def _note_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("live updates ended; pages poll instead", error=type(error).__name__)
