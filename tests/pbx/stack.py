"""A whole stack of the tests' own, real calls through it, and what they must leave behind: nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from agent.adapters.asterisk import AriClient
from agent.adapters.postgres.calls import CallReader
from agent.adapters.postgres.crypto import load_cipher
from agent.call.replay import fold
from agent.call.state import Call
from agent.evals.address import CarrierAddress, StackAddress
from agent.evals.draw import draw
from agent.evals.result import CallResult
from agent.evals.run import open_parts, opening_of, place
from agent.evals.scenario_file import load
from agent.profiles import parse_bundle
from agent.setup.paths import home
from agent.setup.stack import Stack, StackWish, address_of, start_stack
from agent.values.caller import CallRecord
from tests.pbx.pair import carrier_ari, pbx_ari

NAME = "tests"
TABLES = "cases, calls, journal, actions, tool_calls, appointments"


def start_test_stack() -> Stack:
    """A stack without calls in its books; its name is the tests' own, so that ``talk`` may run beside it."""
    stack = start_stack(home(), StackWish(NAME), print)
    with psycopg.connect(stack.dsn, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES} CASCADE".encode())
    return stack


def address(stack: Stack, out_dir: Path) -> StackAddress:
    """Where the simulated caller finds the stack."""
    data = json.loads(json.dumps(address_of(stack)))
    folders = (Path(data[name]) for name in ("key_file", "tenants_dir", "workers_dir", "models_dir", "cache_dir"))
    return StackAddress(CarrierAddress(**data["carrier"]), data["dsn"], *folders, out_dir)


async def place_mixed(stack: Stack, wanted: list[tuple[str, int]], parallel: int, out_dir: Path) -> list[CallResult]:
    """One call per (scenario, seed), at most ``parallel`` at once, in this order."""
    where = address(stack, out_dir)
    scripts = []
    for index, (name, seed) in enumerate(wanted):
        scenario = load(name)
        (script,) = draw(scenario, 1, seed, opening_of(where.tenants_dir, scenario.dial))
        scripts.append(replace(script, index=index))
    async with open_parts(where) as parts:
        return list((await place(parts, scripts, parallel, out_dir)).calls)


@dataclass(frozen=True, slots=True)
class Books:
    """What Postgres keeps of one call: its head, and the state its journal folds to."""

    record: CallRecord
    state: Call


@asynccontextmanager
async def reader(stack: Stack) -> AsyncIterator[CallReader]:
    """The read model, closed with the block."""
    calls = CallReader(stack.dsn, load_cipher(stack.key_file))
    try:
        yield calls
    finally:
        await calls.close()


async def books(stack: Stack, call_id: str) -> Books:
    """Fold the journal of a call with the profile it was opened with."""
    async with reader(stack) as calls:
        record = await calls.call(call_id)
        assert record is not None, f"{call_id} is not in the books"
        text = await calls.profile_text(record.profile_sha)
        assert text is not None
        return Books(record, fold(parse_bundle(text), [entry.event for entry in await calls.events(call_id)]))


async def nothing_left(stack: Stack, timeout_s: float = 10) -> None:
    """Until neither Asterisk has a channel or a bridge, nor the controller a media port."""
    async with AriClient(pbx_ari(stack.pair)) as pbx, AriClient(carrier_ari(stack.pair)) as carrier:

        async def left() -> list[str]:
            found = [f"UDP port {port}" for port in udp_ports(stack.controller_pid())]
            for side, ari in (("pbx", pbx), ("carrier", carrier)):
                for kind in ("channels", "bridges"):
                    found += [f"{side}: {kind[:-1]} {item['id']}" for item in await ari.call(f"{kind}.list")]
            return found

        await until_empty(left, timeout_s)


async def until_empty(look: Callable[[], Awaitable[list[str]]], timeout_s: float) -> None:
    """Look again until there is nothing; says what was left when the time is up."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + timeout_s
    while found := await look():
        assert loop.time() < give_up, f"left after {timeout_s:g} s: {found}"
        await asyncio.sleep(0.1)


def udp_ports(pid: int) -> set[int]:
    """The UDP ports a process holds, by proc(5)."""
    folder = Path(f"/proc/{pid}/fd")
    inodes = set()
    for entry in folder.iterdir() if folder.exists() else ():
        try:
            target = str(entry.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    rows = (line.split() for line in Path(f"/proc/{pid}/net/udp").read_text().splitlines()[1:])
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[9] in inodes}
