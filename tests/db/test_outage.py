"""Postgres goes away in the middle of calls: nothing acknowledged is lost, nothing blocks, order holds."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from agent.adapters.backends.calendar import CalendarBackend, seed_calendar
from agent.adapters.postgres import journal as journal_module
from agent.adapters.postgres.crypto import Cipher
from agent.adapters.postgres.database import Database, DatabaseDown
from agent.adapters.postgres.journal import JournalFull, PostgresJournal
from agent.adapters.postgres.keys import ensure_cipher
from agent.adapters.postgres.migrate import migrate
from agent.adapters.postgres.outbox import PostgresOutbox
from agent.call.events import CallAnswered
from agent.ports import Entry
from agent.setup import postgres
from agent.setup.paths import Home
from agent.tools import request
from agent.values.caller import CallerIdentity, CallRecord
from agent.values.ids import CallId, CaseId, ToolId
from agent.values.work import ToolCall, ToolResult, ToolStatus
from tests.db.test_keys import practice

pytestmark = pytest.mark.db
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CALLS = [CallId(f"call-{n}") for n in range(3)]
ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Breakable:
    """A server of the test's own, which it may stop, kill and start."""

    home: Home
    server: postgres.PostgresServer

    @property
    def dsn(self) -> str:
        return self.server.dsn

    def stop(self) -> None:
        """An orderly stop that throws every connection out."""
        self.server.stop()

    def kill(self) -> None:
        """kill -9 of the postmaster: recovery from the write-ahead log follows."""
        assert self.server.child is not None
        os.kill(self.server.child.pid, signal.SIGKILL)
        self.server.stop()

    def start(self) -> None:
        """Called from the main thread: the server ends with the thread that started it."""
        self.server = postgres.start(self.home)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breakable]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ATTENDANT_DSN", raising=False)
        home = Home(ROOT, tmp_path_factory.mktemp("breakable"))
        breakable = Breakable(home, postgres.start(home))
        migrate(breakable.dsn)
        yield breakable
        breakable.stop()


@pytest.fixture
def cipher(own: Breakable) -> Cipher:
    with psycopg.connect(own.dsn, autocommit=True) as connection:
        connection.execute("TRUNCATE cases, calls, journal, actions, tool_calls, calendars CASCADE")
    return ensure_cipher(own.dsn, own.home.var / "keys.json")


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 (what is watched has no event)
            await asyncio.sleep(0.005)


def head(call_id: CallId) -> CallRecord:
    caller = CallerIdentity("+12125550142")
    return CallRecord(call_id, CaseId("case-1"), "dental", "inbound", caller, "100", "c", "s", "sha", NOW)


def entry(seq: int) -> Entry:
    return Entry(seq, CallAnswered(seq))


def book(case: str = "case-1") -> ToolCall:
    wish = {"service": "cleaning", "start": "2026-03-02T10:00", "name": "Jane Doe", "phone": "+12125550142"}
    return request(ToolId("w1"), "calendar.book", wish, "dental", CaseId(case), "book")


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_restart_in_mid_append_loses_nothing_and_keeps_the_order(
    own: Breakable, cipher: Cipher, how: str
) -> None:
    acknowledged: dict[CallId, list[int]] = {call_id: [] for call_id in CALLS}
    waits: list[asyncio.Future[None]] = []
    is_back = asyncio.Event()

    async def keep_appending(journal: PostgresJournal, call_id: CallId) -> None:
        seq = 0
        while not is_back.is_set() or seq < 200:
            seq += 1
            wait = asyncio.ensure_future(journal.append(call_id, entry(seq)))
            wait.add_done_callback(lambda _, seq=seq: acknowledged[call_id].append(seq))
            waits.append(wait)
            await asyncio.sleep(0.002)

    async with PostgresJournal(own.dsn, cipher) as journal:
        for call_id in CALLS:
            await journal.open_call(head(call_id), "")
        async with asyncio.TaskGroup() as group:
            for call_id in CALLS:
                group.create_task(keep_appending(journal, call_id))
            await until(lambda: len(acknowledged[CALLS[0]]) >= 20)
            await asyncio.to_thread(getattr(own, how))
            known = {call_id: list(seqs) for call_id, seqs in acknowledged.items()}
            await until(lambda: not journal.is_up)
            assert journal.backlog > 0, "what is said meanwhile waits in memory"
            own.start()
            for call_id in CALLS:
                stored = [e.seq for e in await journal.load(call_id)]
                assert set(known[call_id]) <= set(stored), "acknowledged before the fall, there after it"
            is_back.set()
        await asyncio.gather(*waits)
        for call_id in CALLS:
            seqs = [e.seq for e in await journal.load(call_id)]
            assert acknowledged[call_id] == seqs == list(range(1, len(seqs) + 1))
        assert journal.is_up


async def test_appending_does_not_wait_while_postgres_is_away_and_is_bounded(own: Breakable, cipher: Cipher) -> None:
    async with PostgresJournal(own.dsn, cipher, limit=50) as journal:
        await journal.open_call(head(CALLS[0]), "")
        await asyncio.to_thread(own.stop)
        waits = [journal.append(CALLS[0], entry(seq)) for seq in range(1, 61)]
        refused = await asyncio.gather(*waits[50:], return_exceptions=True)
        assert {type(r) for r in refused} == {JournalFull}
        with pytest.raises(DatabaseDown):
            await journal.load(CALLS[0])
        own.start()
        await asyncio.gather(*waits[:50])
        assert [e.seq for e in await journal.load(CALLS[0])] == list(range(1, 51))


async def test_a_stalled_connection_is_broken_off_and_the_loop_goes_on(
    own: Breakable, cipher: Cipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backend is frozen: it neither answers nor closes."""
    monkeypatch.setattr(journal_module, "STALL_MS", 200)
    async with PostgresJournal(own.dsn, cipher) as journal:
        await journal.open_call(head(CALLS[0]), "")
        assert journal._connection is not None
        frozen = journal._connection.info.backend_pid
        os.kill(frozen, signal.SIGSTOP)
        try:
            await journal.append(CALLS[0], entry(1))
        finally:
            os.kill(frozen, signal.SIGCONT)
        await journal.append(CALLS[0], entry(2))
        assert [e.seq for e in await journal.load(CALLS[0])] == [1, 2]


async def test_a_stalled_read_ends_at_its_time(own: Breakable, cipher: Cipher) -> None:
    database = Database(own.dsn, size=1)
    pid = (await database.run(_pid))[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(DatabaseDown):
            await database.rows("entries", timeout_ms=100, call_id="call-1")
        assert await database.rows("entries", call_id="call-1") == []
    finally:
        os.kill(pid, signal.SIGCONT)
    await database.close()


async def _pid(connection: psycopg.AsyncConnection[dict[str, int]]) -> tuple[int]:
    return (connection.info.backend_pid,)


async def test_a_kept_connection_that_died_is_replaced_unseen(own: Breakable, cipher: Cipher) -> None:
    database = Database(own.dsn)
    assert await database.rows("live_calls") == []
    await asyncio.to_thread(own.stop)
    own.start()
    assert await database.rows("live_calls") == []
    await database.close()


async def test_leaving_the_journal_flushes_it(own: Breakable, cipher: Cipher) -> None:
    async with PostgresJournal(own.dsn, cipher) as journal:
        await journal.open_call(head(CALLS[0]), "")
        waits = [journal.append(CALLS[0], entry(seq)) for seq in range(1, 1_201)]
    assert all(wait.done() for wait in waits)  # type: ignore[attr-defined]
    async with PostgresJournal(own.dsn, cipher) as journal:
        assert len(await journal.load(CALLS[0])) == 1_200


async def test_the_outbox_goes_on_after_a_restart_and_keeps_a_result_until_it_is_stored(
    own: Breakable, cipher: Cipher
) -> None:
    done = ToolResult(ToolStatus.DONE, {"appointment_id": "apt-1"})
    async with PostgresJournal(own.dsn, cipher) as journal, PostgresOutbox(own.dsn, cipher, poll_ms=50) as outbox:
        jobs = outbox.jobs()
        await journal.open_call(head(CALLS[0]), "")
        await journal.append(CALLS[0], entry(1), [book()])
        first = await anext(jobs)  # type: ignore[arg-type]
        await asyncio.to_thread(own.stop)
        finished = asyncio.ensure_future(outbox.finish(first, done))
        await journal_is_asked_meanwhile(journal)
        own.start()
        assert await finished == done
        second = await anext(jobs)  # type: ignore[arg-type]
        assert (second.call_id, second.call.key) == (CALLS[0], book("case-2").key)
        await jobs.aclose()  # type: ignore[attr-defined]


async def journal_is_asked_meanwhile(journal: PostgresJournal) -> None:
    """A second write is queued while Postgres is away."""
    asyncio.ensure_future(journal.append(CALLS[0], entry(2), [_second()]))  # noqa: RUF006 (settled by the restart)
    await asyncio.sleep(0)


def _second() -> ToolCall:
    other = book("case-2")
    return ToolCall(ToolId("w2"), other.name, other.arguments, other.effect, other.key, other.deadline_ms)


async def test_the_calendar_is_honest_when_postgres_is_away(own: Breakable, cipher: Cipher) -> None:
    database = Database(own.dsn)
    await seed_calendar(database, practice())
    calendar = CalendarBackend(database, cipher, lambda: NOW)
    short = ToolCall(ToolId("w1"), "calendar.book", book().arguments, book().effect, book().key, deadline_ms=300)
    await asyncio.to_thread(own.stop)
    refused = await calendar.run("dental", short)
    assert refused == ToolResult(ToolStatus.FAILED, {}, "the calendar did not answer")
    own.start()
    assert (await calendar.run("dental", book())).status is ToolStatus.DONE
    await database.close()


async def test_a_booking_whose_commit_is_not_answered_is_in_doubt(own: Breakable, cipher: Cipher) -> None:
    """The backend freezes at the COMMIT: whether it happened cannot be known within the deadline."""
    database = _FreezingDatabase(own.dsn)
    await seed_calendar(database, practice())
    calendar = CalendarBackend(database, cipher, lambda: NOW)
    short = ToolCall(ToolId("w1"), "calendar.book", book().arguments, book().effect, book().key, deadline_ms=400)
    database.is_freezing = True
    try:
        assert await calendar.run("dental", short) == ToolResult(ToolStatus.IN_DOUBT, {}, "the calendar did not answer")
    finally:
        database.thaw()
    assert (await calendar.run("dental", book())).status is ToolStatus.DONE, "asked again under its key, it is known"
    with psycopg.connect(own.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM appointments").fetchall() == [(1,)]
    await database.close()


class _FreezingDatabase(Database):
    """Freezes the backend after the work and before the commit."""

    is_freezing = False
    frozen: list[int]

    async def run(self, work, timeout_ms=5_000):  # type: ignore[no-untyped-def,override]
        async def then_freeze(connection):  # type: ignore[no-untyped-def]
            result = await work(connection)
            if self.is_freezing:
                self.frozen = [*getattr(self, "frozen", []), connection.info.backend_pid]
                os.kill(self.frozen[-1], signal.SIGSTOP)
            return result

        return await super().run(then_freeze, timeout_ms)

    def thaw(self) -> None:
        self.is_freezing = False
        for pid in self.frozen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
