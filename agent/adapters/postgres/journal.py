"""The journal in Postgres: one background writer, commits in batches, never a wait on the turn path.

Appending only queues. The writer takes what has gathered, writes it in one transaction and then fulfils the
awaitables, so a slow commit makes the next batch larger, not the caller slower. When Postgres goes away the
batch stays in hand, in order, and is tried again until it is committed; a repeated row changes nothing.
"""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import psycopg
import structlog

from agent.adapters.postgres.calls import call_record, read_entry
from agent.adapters.postgres.crypto import Cipher, KeyTrouble
from agent.adapters.postgres.database import Connection, Database, DatabaseDown, break_off, connect, unless_stalled
from agent.adapters.postgres.prepared import PreparedLine
from agent.call.codec import CodecError, dumps, dumps_case, loads_case
from agent.ports.data import Entry, JournalDown
from agent.tools import is_same_request
from agent.values.caller import CallRecord
from agent.values.case import OpenCase
from agent.values.ids import CallId, CaseId
from agent.values.work import ToolCall

JOURNAL_CHANNEL = "attendant_journal"
OUTBOX_CHANNEL = "attendant_outbox"
BATCH = 500
RETRY_S = 0.1
STALL_MS = 5_000
FLUSH_S = 5.0
INTEND = b"intend"
NUMBER_PLACE = "cases.number_mark"
CASES_MOST = 3
CASES_WITHIN_MS = 500
_JOURNAL, _OUTBOX = JOURNAL_CHANNEL.encode(), OUTBOX_CHANNEL.encode()

_log = structlog.get_logger(__name__)


class JournalFull(RuntimeError):
    """Postgres has been away for too long: no more can be kept in memory."""


@dataclass(slots=True)
class _Item:
    """One append or head update, its statements ready to run, and who waits for it."""

    call_id: CallId
    statements: tuple[tuple[str, dict[str, Any]], ...]
    writes: tuple[ToolCall, ...]
    committed: asyncio.Future[None]


class PostgresJournal:
    """Journal port. ``async with`` it: leaving flushes what is queued, for at most FLUSH_S.

    ``limit`` bounds the entries held while Postgres is away; beyond it an append fails with JournalFull.
    """

    def __init__(self, dsn: str, cipher: Cipher, limit: int = 100_000) -> None:
        self._database = Database(dsn, size=2)
        self._cipher = cipher
        self._limit = limit
        self._queue: deque[_Item] = deque()
        self._in_hand = 0
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._connection: Connection | None = None
        self._line: PreparedLine | None = None
        self._writer: asyncio.Task[None] | None = None
        self.is_up = True
        """Whether the last attempt to commit reached Postgres."""

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._write_for_ever(), name="journal writer")
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.flush(), FLUSH_S)
        if self._writer is not None:
            if self._in_hand and self._connection is not None:
                break_off(self._connection)  # before the writer is cancelled: psycopg would wait for the server
            self._writer.cancel()
            await asyncio.wait({self._writer})
        if self.backlog:
            _log.error("journal entries were lost at shutdown: Postgres is away", entries=self.backlog)
        self._discard_connection()
        await self._database.close()

    @property
    def backlog(self) -> int:
        """How many entries wait for their commit."""
        return len(self._queue) + self._in_hand

    async def flush(self) -> None:
        """Return when all that is queued now is committed or refused."""
        await self._empty.wait()

    async def open_call(self, record: CallRecord, profile_text: str) -> None:
        """See the port."""
        profile = {"sha": record.profile_sha, "tenant": record.tenant, "body": profile_text}
        mark = self._cipher.mark(record.caller.number, NUMBER_PLACE)
        case = {"case_id": record.case_id, "tenant": record.tenant, "number_mark": mark}
        head = self._head(record)
        await self._put(record.call_id, ("keep_profile", profile), ("keep_case", case), ("open_call", head))

    def append(self, call_id: CallId, entry: Entry, writes: Sequence[ToolCall] = ()) -> Awaitable[None]:
        """See the port. The awaitable raises CodecError for an event the journal cannot carry."""
        try:
            body = dumps(entry.event)
        except CodecError as error:
            return _failed(error)
        row = {
            "call_id": call_id,
            "seq": entry.seq,
            "at_ms": entry.event.at_ms,
            "kind": type(entry.event).__name__,
            "body": self._cipher.seal(body, f"journal.body_sealed:{call_id}/{entry.seq}"),
            "key_id": self._cipher.current,
        }
        return self._put(call_id, ("append", row), writes=writes)

    async def load(self, call_id: CallId) -> list[Entry]:
        """See the port. Raises DatabaseDown, KeyTrouble, CodecError."""
        rows = await self._database.rows("entries", call_id=call_id)
        return [read_entry(self._cipher, call_id, row) for row in rows]

    async def profile_text(self, profile_sha: str) -> str:
        """See the port. Raises LookupError when there is no such snapshot."""
        rows = await self._database.rows("profile_text", sha=profile_sha)
        if not rows:
            raise LookupError(f"no profile snapshot {profile_sha}")
        return str(rows[0]["body"])

    async def open_calls(self) -> list[CallRecord]:
        """See the port."""
        return [call_record(self._cipher, row) for row in await self._database.rows("live_calls")]

    async def set_rtp_port(self, call_id: CallId, port: int) -> None:
        """See the port."""
        await self._put(call_id, ("set_rtp_port", {"call_id": call_id, "port": port}))

    async def close_call(self, record: CallRecord) -> None:
        """See the port. Raises ValueError when the record has no end."""
        if record.ended_at is None:
            raise ValueError(f"{record.call_id}: a call is closed with its end time")
        await self._put(record.call_id, ("close_call", self._head(record)))

    async def open_cases(self, tenant: str, number: str, since: datetime) -> list[OpenCase]:
        """See the port."""
        marks = self._cipher.marks(number, NUMBER_PLACE)
        wanted = {"tenant": tenant, "marks": marks, "since": since, "n": CASES_MOST}
        try:
            rows = await self._database.rows("open_cases", CASES_WITHIN_MS, **wanted)
            return [loads_case(self._cipher.open(row["open_sealed"], _case_place(row["case_id"]))) for row in rows]
        except (DatabaseDown, KeyTrouble, CodecError) as error:
            raise JournalDown(str(error)) from error

    def leave_case(self, call_id: CallId, case_id: CaseId, left: OpenCase | None, at: datetime) -> Awaitable[None]:
        """See the port."""
        state = self._cipher.seal(dumps_case(left), _case_place(case_id)) if left else None
        values = {"call_id": call_id, "case_id": case_id, "state": state, "left_at": at if left else None}
        return self._put(call_id, ("leave_case", values))

    def join_case(self, call_id: CallId, case_id: CaseId) -> Awaitable[None]:
        """See the port."""
        values = {"call_id": call_id, "case_id": case_id}
        return self._put(call_id, ("join_case", values), ("close_case", values))

    def close_case(self, call_id: CallId, case_id: CaseId) -> Awaitable[None]:
        """See the port."""
        return self._put(call_id, ("close_case", {"case_id": case_id}))

    def _head(self, record: CallRecord) -> dict[str, Any]:
        seal, call_id, caller = self._cipher.seal_text, record.call_id, record.caller
        return {
            "call_id": call_id,
            "case_id": record.case_id,
            "tenant": record.tenant,
            "direction": record.direction,
            "number": seal(caller.number, f"calls.number_sealed:{call_id}"),
            "display": seal(caller.display, f"calls.display_sealed:{call_id}"),
            "attestation": caller.attestation,
            "is_verified": caller.verified,
            "trust": caller.trust,
            "dialled": _plain(record.dialled),
            "channel_id": _plain(record.channel_id),
            "sip_call_id": _plain(record.sip_call_id),
            "profile_sha": record.profile_sha,
            "rtp_port": record.rtp_port,
            "started_at": record.started_at,
            "ended_at": record.ended_at,
            "outcome": record.outcome,
            "end_reason": _plain(record.end_reason),
        }

    def _put(
        self, call_id: CallId, *statements: tuple[str, dict[str, Any]], writes: Sequence[ToolCall] = ()
    ) -> asyncio.Future[None]:
        if self.backlog >= self._limit:
            return _failed(JournalFull(f"{self._limit} entries wait: Postgres is away"))
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(_Item(call_id, statements, tuple(writes), committed))
        self._empty.clear()
        self._wake.set()
        return committed

    async def _write_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
                self._in_hand = len(batch)
                await self._commit(batch)
                self._in_hand = 0
            self._empty.set()

    async def _commit(self, batch: list[_Item]) -> None:
        """Commit the batch, however long it takes; an item the database refuses fails alone."""
        while True:
            try:
                await self._try_commit(batch)
            except DatabaseDown as error:
                self._note_down(error)
                await asyncio.sleep(RETRY_S)
            except (psycopg.Error, KeyTrouble) as error:
                if len(batch) == 1:
                    _log.error("the database refused a journal entry", call_id=batch[0].call_id, error=str(error))
                    _settle(batch[0].committed, error)
                    return
                for item in batch:
                    await self._commit([item])
                return
            else:
                for item in batch:
                    _settle(item.committed, None)
                return

    async def _try_commit(self, batch: list[_Item]) -> None:
        async def work(connection: Connection) -> None:
            if await self._intended(batch):
                return
            # One round trip for the whole transaction, unless an action has to be compared.
            async with connection.pipeline(), connection.transaction():
                await self._write(connection, batch)

        try:
            await unless_stalled(await self._connected(), work, STALL_MS)
        except BaseException:
            self._discard_connection()
            raise
        if not self.is_up:
            _log.warning("journal: Postgres is back", entries=self.backlog)
        self.is_up = True

    async def _connected(self) -> Connection:
        """The connection, with its statement prepared. Raises DatabaseDown."""
        if self._connection is None or self._connection.closed:
            self._discard_connection()
            self._connection = await connect(self._database.dsn)
            self._line = line = PreparedLine(self._connection)
            query = self._database.sql[INTEND.decode()]
            await unless_stalled(self._connection, lambda _: line.prepare(INTEND, query), STALL_MS)
        return self._connection

    async def _intended(self, batch: list[_Item]) -> bool:
        """Commit a lone event with one write whose key is new: the caller waits for that, so it is one statement."""
        (item, *others) = batch
        if others or len(item.writes) != 1 or len(item.statements) != 1 or self._line is None:
            return False
        ((_, entry),), (call,) = item.statements, item.writes
        values = (
            item.call_id.encode(),
            call.id.encode(),
            call.key.encode(),
            call.name.encode(),
            self._sealed_arguments(call),
            call.deadline_ms.to_bytes(4),
            entry["seq"].to_bytes(4),
            entry["at_ms"].to_bytes(8, signed=True),
            entry["kind"].encode(),
            entry["body"],
            entry["key_id"].encode(),
            _JOURNAL,
            _OUTBOX,
        )
        return await self._line.run(INTEND, values) == 1

    async def _write(self, connection: Connection, batch: list[_Item]) -> None:
        sql = self._database.sql
        for item in batch:
            for name, values in item.statements:
                await connection.execute(sql[name], values)
            for call in item.writes:
                await self._ask(connection, item.call_id, call)
        for call_id in dict.fromkeys(item.call_id for item in batch):
            await connection.execute(sql["notify"], {"channel": JOURNAL_CHANNEL, "call_id": call_id})
        for call_id in dict.fromkeys(item.call_id for item in batch if item.writes):
            await connection.execute(sql["notify"], {"channel": OUTBOX_CHANNEL, "call_id": call_id})

    async def _ask(self, connection: Connection, call_id: CallId, call: ToolCall) -> None:
        """The outbox rows of one write; a key taken by other arguments is marked, never overwritten."""
        values = {
            "call_id": call_id,
            "tool_id": call.id,
            "key": call.key,
            "name": call.name,
            "arguments": self._sealed_arguments(call),
            "deadline_ms": call.deadline_ms,
        }
        sql = self._database.sql
        is_reused = False
        if await (await connection.execute(sql["ask_action"], values)).fetchone() is None:
            row = await (await connection.execute(sql["action_arguments"], values)).fetchone()
            if row is not None:
                place = f"actions.arguments_sealed:{call.key}"
                others = json.loads(self._cipher.open(row["arguments_sealed"], place))
                is_reused = not is_same_request(call.name, call.arguments, row["name"], others)
        await connection.execute(sql["ask_tool"], {**values, "is_reused": is_reused})

    def _sealed_arguments(self, call: ToolCall) -> bytes:
        return self._cipher.seal(json.dumps(call.arguments).encode(), f"actions.arguments_sealed:{call.key}")

    def _note_down(self, error: DatabaseDown) -> None:
        if self.is_up:
            _log.warning("journal: Postgres is away, entries wait in memory", cause=str(error))
        self.is_up = False

    def _discard_connection(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._connection is not None:
            self._connection.pgconn.finish()
            self._connection = None


def _case_place(case_id: str) -> str:
    return f"cases.open_sealed:{case_id}"


def _plain(text: str) -> str:
    """Text from the wire as Postgres takes it: no NUL, no lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _failed(error: Exception) -> asyncio.Future[None]:
    refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    refused.set_exception(error)
    return refused


def _settle(committed: asyncio.Future[None], error: Exception | None) -> None:
    if committed.done():  # whoever waited was cancelled
        return
    if error is None:
        committed.set_result(None)
    else:
        committed.set_exception(error)
