"""The outbox in Postgres: claimed with SKIP LOCKED under a lease, woken by NOTIFY, with a poll as a net.

The first result stored under a key wins. A second call that asks for the same action waits while it is on its
way and is then told the stored result; one that uses the key for something else is told so. Neither has an effect.
A write in doubt is given to whoever reconciles, with growing pauses; when it is known, all who asked are told again.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self, TypeVar

import psycopg
import structlog

from agent.adapters.postgres.crypto import Cipher
from agent.adapters.postgres.database import Connection, Database, DatabaseDown, connect
from agent.ports.data import OutboxJob
from agent.values.ids import CallId, ToolId
from agent.values.work import Effect, ToolCall, ToolResult, ToolStatus

CHANNEL = "attendant_outbox"
RETRY_S = 0.2
KEY_REUSED = ToolResult(ToolStatus.FAILED, {}, "key reused")
ASK_FIRST_S, ASK_MOST_S = 1.0, 300.0
"""The pause before a backend is asked about a doubt: doubled each time, and never more than that."""

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class PostgresOutbox:
    """Outbox port. A claimed job that is not finished within its lease is given out again.

    The lease is ``lease_ms`` or twice the job's deadline, whichever is longer.
    """

    def __init__(self, dsn: str, cipher: Cipher, lease_ms: int = 30_000, poll_ms: int = 1_000) -> None:
        self._database = Database(dsn, size=4)
        self._cipher = cipher
        self._lease_ms = lease_ms
        self._poll_ms = poll_ms

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._database.close()

    async def take_over(self) -> None:
        """Give out again what is claimed, at once: the caller knows that no other controller lives. DatabaseDown."""

        async def release(connection: Connection) -> None:
            await connection.execute(self._database.sql["take_over"])

        await self._database.run(release)

    async def jobs(self) -> AsyncIterator[OutboxJob]:
        """See the port. Survives a restart of Postgres."""
        while True:
            try:
                listener = await connect(self._database.dsn)
            except DatabaseDown:
                await asyncio.sleep(RETRY_S)
                continue
            try:
                await listener.execute(f"LISTEN {CHANNEL}".encode())
                while True:
                    while (job := await self._database.run(self._claim)) is not None:
                        yield job
                    async for _ in listener.notifies(timeout=self._poll_ms / 1000, stop_after=1):
                        pass
            except (DatabaseDown, psycopg.OperationalError) as error:
                _log.warning("outbox: Postgres is away", cause=" ".join(str(error).split()))
                await asyncio.sleep(RETRY_S)
            finally:
                listener.pgconn.finish()

    async def doubts(self) -> AsyncIterator[OutboxJob]:
        """See the port. Survives a restart of Postgres; polls, since nobody waits on the line for a doubt."""
        while True:
            try:
                while (job := await self._database.run(self._claim_doubt)) is not None:
                    yield job
            except DatabaseDown as error:
                _log.warning("outbox: Postgres is away", cause=str(error))
            await asyncio.sleep(self._poll_ms / 1000)

    async def finish(self, job: OutboxJob, result: ToolResult) -> ToolResult:
        """See the port. Waits as long as Postgres is away: a result is spoken of only when it is stored."""
        values = {"tenant": job.tenant, "key": job.call.key, "call_id": job.call_id, "tool_id": job.call.id}

        async def store(connection: Connection) -> ToolResult:
            return await self._store(connection, values, result)

        return await self._insist(store, job)

    async def put_back(self, job: OutboxJob, after_ms: int) -> None:
        """See the port. Waits as long as Postgres is away."""
        values = {"tenant": job.tenant, "key": job.call.key, "attempt": job.attempt, "after_s": after_ms / 1000}

        async def store(connection: Connection) -> None:
            sql = self._database.sql
            if (await connection.execute(sql["put_back"], values)).rowcount:
                await connection.execute(sql["tell_again"], values)

        await self._insist(store, job)

    async def result(self, call_id: CallId, tool_id: ToolId) -> ToolResult | None:
        """See the port. Raises DatabaseDown."""
        rows = await self._database.rows("tool_result", call_id=call_id, tool_id=tool_id)
        if not rows:
            return None
        return KEY_REUSED if rows[0]["is_reused"] else self._open(rows[0]["key"], rows[0]["result_sealed"])

    async def _claim(self, connection: Connection) -> OutboxJob | None:
        sql = self._database.sql
        row = await (await connection.execute(sql["claim"])).fetchone()
        if row is None:
            return None
        settled = KEY_REUSED if row["is_reused"] else self._open(row["key"], row["result_sealed"])
        if settled is not None:
            await connection.execute(sql["settle"], row)
        else:
            lease_s = max(self._lease_ms, 2 * row["deadline_ms"]) / 1000
            await connection.execute(sql["lease"], {**row, "lease_s": lease_s})
        return self._job(row, row["attempt"] + (settled is None), settled)

    async def _claim_doubt(self, connection: Connection) -> OutboxJob | None:
        sql = self._database.sql
        row = await (await connection.execute(sql["claim_doubt"])).fetchone()
        if row is None:
            return None
        lease_s = max(self._lease_ms, 2 * row["deadline_ms"]) / 1000
        await connection.execute(sql["lease_doubt"], {**row, "lease_s": lease_s})
        return self._job(row, row["attempt"], None)

    async def _insist(self, store: Callable[[Connection], Awaitable[T]], job: OutboxJob) -> T:
        while True:
            try:
                return await self._database.run(store)
            except DatabaseDown as error:
                _log.warning("outbox: a result waits for Postgres", call_id=job.call_id, cause=str(error))
                await asyncio.sleep(RETRY_S)

    async def _store(self, connection: Connection, values: dict[str, Any], result: ToolResult) -> ToolResult:
        sql = self._database.sql
        asked = await (await connection.execute(sql["tool_result"], values)).fetchone()
        if asked is None:
            raise LookupError(f"{values['call_id']}: no tool call {values['tool_id']}")
        await connection.execute(sql["settle"], values)
        if asked["is_reused"]:
            return KEY_REUSED
        await self._store_result(connection, values, result)
        await connection.execute(sql["notify_waiting"], {**values, "channel": CHANNEL})
        row = await (await connection.execute(sql["action_result"], values)).fetchone()
        stored = self._open(values["key"], row["result_sealed"]) if row else None
        return stored if stored is not None else result

    async def _store_result(self, connection: Connection, values: dict[str, Any], result: ToolResult) -> None:
        sql, is_doubt = self._database.sql, result.status is ToolStatus.IN_DOUBT
        is_undelivered = result.status is ToolStatus.FAILED and result.again_ms is not None
        sealed = seal_result(self._cipher, values["key"], result)
        new = {**values, "status": result.status, "result": sealed, "is_undelivered": is_undelivered}
        changed = await (await connection.execute(sql["finish"], new)).fetchone()
        if changed and changed["was_in_doubt"]:
            await connection.execute(sql["tell_again"], values)
        if is_doubt:
            pause = {"after_s": (result.again_ms or 0) / 1000, "first_s": ASK_FIRST_S, "most_s": ASK_MOST_S}
            await connection.execute(sql["still_in_doubt"], {**values, **pause})

    def _job(self, row: dict[str, Any], attempt: int, settled: ToolResult | None) -> OutboxJob:
        call = ToolCall(
            id=ToolId(row["tool_id"]),
            name=row["name"],
            arguments=json.loads(self._cipher.open(row["arguments_sealed"], f"actions.arguments_sealed:{row['key']}")),
            effect=Effect.WRITE,
            key=row["key"],
            deadline_ms=row["deadline_ms"],
        )
        times = {"age_ms": row["age_ms"], "tried_ms_ago": row["tried_ms_ago"]}
        return OutboxJob(CallId(row["call_id"]), row["tenant"], call, attempt, settled, **times)

    def _open(self, key: str, sealed: bytes | None) -> ToolResult | None:
        if sealed is None:
            return None
        data = json.loads(self._cipher.open(sealed, f"actions.result_sealed:{key}"))
        return ToolResult(ToolStatus(data["status"]), data["value"], data["error"])


def seal_result(cipher: Cipher, key: str, result: ToolResult) -> bytes:
    """A result as its action's row holds it."""
    body = json.dumps({"status": result.status, "value": result.value, "error": result.error})
    return cipher.seal(body.encode(), f"actions.result_sealed:{key}")
