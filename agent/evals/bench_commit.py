"""``attendant bench commit``: what it costs to make an intent durable, against one bare insert on the same cluster.

A appends an event with a write to the journal and waits until it is committed: the event, the action, the asking call
and the word to the outbox, sealed. B inserts one row of as many bytes, in a transaction of its own, on a connection of
the same kind. One at a time, in turn.
"""

import secrets
import statistics
import time
from datetime import UTC, datetime

from agent.adapters.postgres.database import connect
from agent.adapters.postgres.journal import PostgresJournal
from agent.adapters.postgres.keys import ensure_cipher
from agent.call.codec import dumps
from agent.call.events import TurnEnded
from agent.evals.cluster import Cluster
from agent.evals.compare import BenchResult, Comparison, compare
from agent.ports import Entry
from agent.tools import canonical, request
from agent.values.caller import CallerIdentity, CallRecord
from agent.values.ids import CallId, CaseId, ToolId
from agent.values.talk import Utterance
from agent.values.work import ToolCall

CALL, CASE = CallId("call-bench"), CaseId("case-bench")
SEALING = 37
"""What sealing adds to a field, in bytes."""
RAW_TABLE = "CREATE TABLE raw_inserts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL)"
RAW_INSERT = "INSERT INTO raw_inserts (body) VALUES (%s)"
WARM_UP = 20
"""The driver prepares a statement once it has met it a few times."""


async def bench_commit(n: int, cluster: Cluster) -> BenchResult:
    """``n`` pairs; ``ratio`` is what an intent costs in bare inserts."""
    cipher = ensure_cipher(cluster.dsn, cluster.folder / "keys.json")
    raw = await connect(cluster.dsn)
    count, costs = 0, {"intent": list[float](), "raw": list[float]()}

    def took(arm: str, started: float) -> float:
        costs[arm].append((time.perf_counter() - started) * 1000)
        return costs[arm][-1]

    try:
        await raw.execute(RAW_TABLE)
        async with PostgresJournal(cluster.dsn, cipher) as journal:
            await journal.open_call(_head(), "")

            async def intent(_round: int) -> float:
                nonlocal count
                count += 1
                entry, call = Entry(count, _said(count)), _wish(count)
                started = time.perf_counter()
                await journal.append(CALL, entry, [call])
                return took("intent", started)

            async def insert(_round: int) -> float:
                body = secrets.token_bytes(_size(_said(count), _wish(count)))
                started = time.perf_counter()
                await raw.execute(RAW_INSERT, [body])
                return took("raw", started)

            for place in range(WARM_UP):
                await intent(place)
                await insert(place)
            result = await compare(Comparison("commit", "ms", ("intent", intent), ("raw_insert", insert)), n)
    finally:
        await raw.close()
    p50 = {arm: round(statistics.median(of_arm[-n:]), 3) for arm, of_arm in costs.items()}
    result.results.update({"p50_ms": p50["intent"], "raw_p50_ms": p50["raw"]})
    return result


def _head() -> CallRecord:
    now = datetime.now(UTC)
    return CallRecord(CALL, CASE, "bench", "inbound", CallerIdentity("+12125550142"), "100", "c", "s", "sha", now)


def _said(number: int) -> TurnEnded:
    return TurnEnded(number, Utterance(f"u{number}", 0, 1_000, f"Yes, that is right, number {number}.", 0.9))


def _wish(number: int) -> ToolCall:
    start = f"2027-{1 + number // 672 % 12:02}-{1 + number // 24 % 28:02}T{number % 24:02}:00"
    wish = {"service": "checkup", "start": start, "name": f"Caller {number}", "phone": "+12125550142"}
    return request(ToolId(f"w{number}"), "calendar.book", wish, "bench", CASE, f"book {number}")


def _size(event: TurnEnded, call: ToolCall) -> int:
    """The bytes of an intent's sealed fields."""
    return len(dumps(event)) + len(canonical(call.arguments)) + 2 * SEALING
