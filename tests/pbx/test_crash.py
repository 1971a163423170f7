"""The controller is killed, Postgres is killed, in the middle of a real call: the caller keeps an owner.

The figures that are printed are measured on the caller's own received RTP.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from agent.adapters.asterisk import AriClient
from agent.call import events as ev
from agent.setup.stack import Stack
from agent.values.caller import CallRecord, Outcome
from tests.pbx.caller import Caller, Carrier
from tests.pbx.pair import carrier_ari, pbx_ari
from tests.pbx.sound import LOUD, rms
from tests.pbx.stack import nothing_left, reader

pytestmark = pytest.mark.pbx

DENTAL = "+15125550100"
GAP_BOUND_S = 3.5
"""A promise, not a figure of this machine: Asterisk's own timer keeps it (docs/architecture.md, 2)."""
HUM_HZ = 1700


@pytest.fixture
async def network(stack: Stack) -> AsyncIterator[Carrier]:
    """The public network before our stack; after the test nothing of its call is left anywhere."""
    async with Carrier(carrier_ari(stack.pair)) as carrier:
        yield carrier
    await nothing_left(stack, 20)


async def until(look: Callable[[], Awaitable[bool]], timeout_s: float) -> None:
    async with asyncio.timeout(timeout_s):
        while not await look():  # noqa: ASYNC110 (asked of others)
            await asyncio.sleep(0.05)


def tell(figure: str) -> None:
    """A measured figure: shown with ``pytest -s``, and in the report of a failure."""
    sys.stdout.write(f"\n{figure}\n")


def now() -> float:
    return asyncio.get_running_loop().time()


async def greeted(carrier: Carrier) -> Caller:
    """A caller who hears the agent speak."""
    caller = await carrier.dial(DENTAL)
    answered = await caller.answered()
    await caller.ear.hears_something(answered, 30)
    return caller


async def next_words(caller: Caller, timeout_s: float, quiet_s: float = 0.5) -> tuple[float, float]:
    """When the caller last heard something before a silence of ``quiet_s``, and when something again."""
    last = now()
    async with asyncio.timeout(timeout_s):
        async for at, samples in caller.ear.frames(last):
            if rms(samples) > LOUD:
                if at - last >= quiet_s:
                    return last, at
                last = at
    raise AssertionError("unreachable")


async def restarted(stack: Stack, old_pid: int) -> int:
    """The pid of the controller that the supervisor started in the place of a killed one."""

    async def is_new() -> bool:
        return stack.controller_pid() != old_pid

    await until(is_new, 10)
    return stack.controller_pid()


async def latest_call(stack: Stack) -> CallRecord:
    async with reader(stack) as calls:
        return (await calls.recent(1))[0]


async def closed(stack: Stack, call_id: str, timeout_s: float = 60) -> CallRecord:
    async with reader(stack) as calls:

        async def is_closed() -> bool:
            record = await calls.call(call_id)
            return record is not None and record.ended_at is not None

        await until(is_closed, timeout_s)
        record = await calls.call(call_id)
        assert record is not None
        return record


async def speaks_with_a_colleague(caller: Caller, timeout_s: float = 40) -> None:
    """The colleague echoes: who hears the own voice stands in both directions."""
    caller.mouth.hum_hz = HUM_HZ
    await caller.ear.hears(HUM_HZ, since=now(), timeout_s=timeout_s)


async def test_a_killed_controller_leaves_the_caller_to_the_dialplan(stack: Stack, network: Carrier) -> None:
    """The next controller is frozen until the lease has run out; then it closes the books and sweeps."""
    caller = await greeted(network)
    record = await latest_call(stack)
    dead = stack.controller_pid()
    os.kill(dead, signal.SIGKILL)
    killed = now()
    frozen = await restarted(stack, dead)
    os.kill(frozen, signal.SIGSTOP)
    try:
        gap_s = await caller.ear.gap_s(killed)
        clock_ms = (now() - killed) * 1000
        tell(f"kill -9 to the dialplan's prompt at the caller's ear: {gap_s * 1000:.0f} ms (our clock: {clock_ms:.0f})")
        assert gap_s <= GAP_BOUND_S
        await speaks_with_a_colleague(caller)
    finally:
        os.kill(frozen, signal.SIGCONT)
    done = await closed(stack, record.call_id)
    assert "dropped" in done.end_reason

    async with AriClient(pbx_ari(stack.pair)) as pbx:

        async def is_swept() -> bool:
            channels, bridges = await pbx.call("channels.list"), await pbx.call("bridges.list")
            return not [i["id"] for i in (*channels, *bridges) if i["id"].startswith(record.call_id)]

        await until(is_swept, 15)
    await speaks_with_a_colleague(caller)  # whom the sweeping did not touch
    await caller.hang_up()


async def test_a_controller_that_is_back_within_the_lease_goes_on_with_the_call(stack: Stack, network: Carrier) -> None:
    """How fast it is back depends on the machine, so the test lengthens the lease in its place."""
    caller = await greeted(network)
    record = await latest_call(stack)
    dead = stack.controller_pid()
    os.kill(dead, signal.SIGKILL)
    killed = now()
    async with AriClient(pbx_ari(stack.pair)) as pbx:
        lease = {"channelId": record.channel_id, "variable": "TIMEOUT(absolute)", "value": 60}
        await pbx.call("channels.setChannelVar", **lease)
    await restarted(stack, dead)
    _, again = await next_words(caller, 50)
    tell(f"kill -9 to our own words again: {(again - killed) * 1000:.0f} ms")
    async with reader(stack) as calls:
        events = [entry.event for entry in await calls.events(record.call_id)]
    assert [e.is_caller_alive for e in events if isinstance(e, ev.ControllerRestarted)] == [True]
    await caller.press("0")
    await speaks_with_a_colleague(caller)
    assert (await closed(stack, record.call_id)).outcome is Outcome.TRANSFERRED
    await caller.hang_up()


def postmaster(stack: Stack) -> int:
    return int((stack.folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])


def family(pid: int) -> list[int]:
    """A process and its children, by proc(5)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


@contextmanager
def frozen_postgres(stack: Stack) -> Iterator[None]:
    """The worst of outages: every backend stands still and none closes its connection."""
    pids = family(postmaster(stack))
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)


async def test_a_killed_postgres_is_started_again_and_the_call_goes_on(stack: Stack, network: Carrier) -> None:
    caller = await greeted(network)
    record = await latest_call(stack)
    dead = postmaster(stack)
    os.kill(dead, signal.SIGKILL)

    async def is_new() -> bool:
        with suppress(FileNotFoundError, IndexError):
            return postmaster(stack) != dead
        return False

    await until(is_new, 30)
    # The greeting went on; whoever says nothing then is asked whether they are there.
    await next_words(caller, 40, quiet_s=3.0)
    await caller.press("0")
    await speaks_with_a_colleague(caller)
    assert (await closed(stack, record.call_id)).outcome is Outcome.TRANSFERRED
    await caller.hang_up()


async def test_while_postgres_stands_still_the_agent_speaks_and_a_human_is_reached(
    stack: Stack, network: Carrier
) -> None:
    caller = await greeted(network)
    record = await latest_call(stack)
    with frozen_postgres(stack):
        frozen = now()
        last, again = await next_words(caller, 40, quiet_s=3.0)
        assert last > frozen, "the greeting stopped"
        await caller.press("0")
        await speaks_with_a_colleague(caller)
        tell(f"key 0 to a colleague's echo without Postgres: {now() - again:.1f} s")
    await closed(stack, record.call_id)
    await caller.hang_up()


async def test_who_rings_while_postgres_stands_still_gets_the_dialplan(stack: Stack, network: Carrier) -> None:
    with frozen_postgres(stack):
        caller = await network.dial(DENTAL)
        answered = await caller.answered()
        assert await caller.ear.hears_something(answered) - answered <= GAP_BOUND_S
        await speaks_with_a_colleague(caller)
        await caller.hang_up()
        await network.gone(caller.name)
