"""The processes of the bench ``exactly-once``: ``python -m agent.evals.exactly_once_parts ROLE PLAN``, PLAN being JSON.

``controller`` commits wishes by the journal and says ``ack KEY`` for each that is committed; ``outbox`` carries them
out and asks after doubts; ``endpoint`` is the tenant's system, which counts what it did. Each says ``up`` at work.
The first two are killed at any moment, the last one never: it is the world outside.
"""

import asyncio
import contextlib
import json
import random
import signal
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from agent.adapters.backends import RoutedBackends
from agent.adapters.backends.webhook import WebhookBackend
from agent.adapters.fake.webhook import FakeEndpoint, Trouble
from agent.adapters.postgres.crypto import Cipher, load_cipher
from agent.adapters.postgres.database import DatabaseDown
from agent.adapters.postgres.journal import PostgresJournal
from agent.adapters.postgres.outbox import PostgresOutbox
from agent.call.events import CallAnswered
from agent.ports import Backends, Entry
from agent.shell.outbox import run_outbox
from agent.tools import request
from agent.values.caller import CallerIdentity, CallRecord
from agent.values.ids import CallId, CaseId, ToolId
from agent.values.profile import WebhookSpec
from agent.values.work import ToolCall, ToolResult, ToolStatus

TOOL = "calendar.book"
NATURAL_KEY = ("service", "start", "phone")
SECRET = b"the secret of a bench"
DEADLINE_MS = 700
SETTLES_MS = 1_500
LATE_S = 1.0
LINES = 4
PAUSE_S = (0.01, 0.15)
ASK_AGAIN = 0.15
REFUSED_EVERY = 19
_TROUBLES = {None: 70, Trouble.BUSY: 4, Trouble.REFUSED: 1, Trouble.DROPPED: 4, Trouble.LOST: 5, Trouble.SLOW: 3,
             Trouble.BROKEN: 3, Trouble.HTML: 1, Trouble.HALF: 2, Trouble.PENDING: 2, Trouble.CUT: 2,
             Trouble.LATE: 3}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What a process must know. ``tenants`` are KEYED, or FOUND and BLIND: how an endpoint without keys is asked.

    ``first`` is the number of the controller's first wish; each life has its own thousand. ``is_forgetful`` plants a
    defect that the bench must find: what is in doubt is sent again without asking.
    """

    dsn: str
    key_file: str
    seed: int
    knows_keys: bool
    tenants: tuple[str, ...]
    port: int = 0
    first: int = 0
    is_forgetful: bool = False

    def dumps(self) -> str:
        """As an argument."""
        return json.dumps(asdict(self))


KEYED, FOUND, BLIND = "keyed", "found", "blind"


def wish(plan: Plan, number: int) -> ToolCall:
    """The wish of that number: its case, its caller's telephone number, and so its key."""
    start = datetime(2027, 1, 4, 9, tzinfo=UTC) + timedelta(minutes=30 * number)
    arguments = {
        "service": "checkup",
        "start": start.strftime("%Y-%m-%dT%H:%M"),
        "name": f"Caller {number}",
        "phone": f"+1212{number:07d}",
    }
    return request(ToolId("w1"), TOOL, arguments, tenant_of(plan, number), CaseId(f"case-{number}"), "book")


def tenant_of(plan: Plan, number: int) -> str:
    """Whose wish it is."""
    return plan.tenants[number % len(plan.tenants)]


async def controller(plan: Plan, cipher: Cipher) -> None:
    """Commit wishes, now and then one that was asked for before, until killed."""
    chance, numbers = random.Random(plan.seed + plan.first), iter(range(plan.first, plan.first + 1_000))
    async with PostgresJournal(plan.dsn, cipher) as journal:
        say("up")

        async def line() -> None:
            for fresh in numbers:
                await asyncio.sleep(chance.uniform(*PAUSE_S))
                is_again = fresh > plan.first and chance.random() < ASK_AGAIN
                number = chance.randrange(plan.first, fresh) if is_again else fresh
                await ask(journal, plan, number, CallId(f"call-{fresh}"))

        await asyncio.gather(*(line() for _ in range(LINES)))


async def ask(journal: PostgresJournal, plan: Plan, number: int, call_id: CallId) -> None:
    """One call that asks for a wish."""
    tenant, now = tenant_of(plan, number), datetime.now(UTC)
    caller = CallerIdentity(f"+1212{number:07d}")
    case = CaseId(f"case-{number}")
    head = CallRecord(call_id, case, tenant, "inbound", caller, "100", f"channel-{call_id}", "", f"sha-{tenant}", now)
    call = wish(plan, number)
    call = ToolCall(call.id, call.name, call.arguments, call.effect, call.key, DEADLINE_MS)
    await journal.open_call(head, "")
    await journal.append(call_id, Entry(1, CallAnswered(0)), [call])
    say(f"ack {call.key}")


async def outbox(plan: Plan, cipher: Cipher) -> None:
    """What the controller runs of writes, until killed."""
    there = f"http://127.0.0.1:{plan.port}"
    keyless = {"knows_keys": False, "settles_ms": SETTLES_MS}
    specs = {
        KEYED: WebhookSpec((TOOL,), f"{there}/tool", settles_ms=SETTLES_MS),
        FOUND: WebhookSpec((TOOL,), f"{there}/tool", find=f"{there}/find", natural_key=NATURAL_KEY, **keyless),  # type: ignore[arg-type]
        BLIND: WebhookSpec((TOOL,), f"{there}/tool", **keyless),  # type: ignore[arg-type]
    }
    async with contextlib.AsyncExitStack() as stack:
        own: dict[tuple[str, str], Backends] = {}
        for tenant in plan.tenants:
            backend = WebhookBackend(specs[tenant], SECRET, lambda: datetime.now(UTC))
            await stack.enter_async_context(backend)
            own[tenant, TOOL] = Forgetful(backend) if plan.is_forgetful else backend
        box = await stack.enter_async_context(PostgresOutbox(plan.dsn, cipher, poll_ms=200))
        await taken_over(box)
        say("up")
        await run_outbox(box, RoutedBackends({}, own), lambda _call_id, _make: None)


class Forgetful:
    """A planted defect: claims to know that nothing happened."""

    def __init__(self, backend: Backends) -> None:
        self._backend = backend

    async def run(self, tenant: str, call: ToolCall) -> ToolResult:
        """The port."""
        return await self._backend.run(tenant, call)

    async def ask(self, _tenant: str, _call: ToolCall) -> ToolResult:
        """The port, broken."""
        return ToolResult(ToolStatus.FAILED, {}, "not there", again_ms=0)


async def taken_over(box: PostgresOutbox) -> None:
    """As the controller does at its start, however long Postgres is away."""
    while True:
        try:
            return await box.take_over()
        except DatabaseDown:
            await asyncio.sleep(0.05)


async def endpoint(plan: Plan) -> None:
    """The tenant's system; what it did is said when it is told to end."""
    chance = random.Random(plan.seed)
    troubles, weights = list(_TROUBLES), list(_TROUBLES.values())

    async def act(_tenant: str, call: ToolCall) -> ToolResult:
        await asyncio.sleep(chance.uniform(0, 0.05))
        if int(call.arguments["phone"][-7:]) % REFUSED_EVERY == 0:
            return ToolResult(ToolStatus.FAILED, {}, "taken")
        return ToolResult(ToolStatus.DONE, {"appointment_id": f"apt-{call.key}"})

    there = FakeEndpoint(
        act,
        SECRET,
        lambda: datetime.now(UTC),
        plan.knows_keys,
        lambda: chance.choices(troubles, weights)[0],
        slow_s=LATE_S,
    )
    is_over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, is_over.set)
    async with there:
        say(f"up {there.port}")
        await is_over.wait()
    say("did " + json.dumps({"effects": [e.arguments["phone"] for e in there.effects], "requests": there.requests}))


def say(line: str) -> None:
    """To the bench."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(role: str, text: str) -> None:
    """Run one part."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    fields = json.loads(text)
    plan = Plan(**{**fields, "tenants": tuple(fields["tenants"])})
    if role == "endpoint":
        asyncio.run(endpoint(plan))
        return
    part = controller if role == "controller" else outbox
    asyncio.run(part(plan, load_cipher(Path(plan.key_file))))


if __name__ == "__main__":
    main(*sys.argv[1:])
