"""Clock and entropy: the machine's own and the driven ones keep the same contract."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.adapters.fake.system import (
    EPOCH,
    Deadlock,
    LoopClock,
    SeededEntropy,
    VirtualClock,
    run_virtual,
)
from agent.adapters.system import SystemClock, SystemEntropy
from agent.ports import Clock, Entropy
from agent.values.ids import CHANCE_BITS, sortable_id

pytestmark = pytest.mark.contract


@dataclass(frozen=True, slots=True)
class Timed:
    """A clock and what makes it go on: nothing for real ones."""

    clock: Clock
    drive: Callable[[float], Awaitable[None]]


async def _by_itself(_: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture(params=["system", "virtual", "loop"])
def timed(request: pytest.FixtureRequest) -> Timed:
    if request.param == "virtual":
        clock = VirtualClock()
        return Timed(clock, clock.advance)
    return Timed({"system": SystemClock, "loop": LoopClock}[request.param](), _by_itself)


@pytest.fixture(params=["system", "seeded"])
def entropy(request: pytest.FixtureRequest) -> Entropy:
    return SystemEntropy() if request.param == "system" else SeededEntropy(7)


async def test_sleeping_takes_its_time(timed: Timed) -> None:
    before, wall = timed.clock.now_ms(), timed.clock.wall()
    sleeper = asyncio.ensure_future(timed.clock.sleep(20))
    await timed.drive(20)
    await sleeper
    assert timed.clock.now_ms() - before >= 19.9
    assert timed.clock.wall() > wall


async def test_no_delay_is_no_wait(timed: Timed) -> None:
    before = timed.clock.now_ms()
    for delay_ms in (0, -5):
        await timed.clock.sleep(delay_ms)
    assert timed.clock.now_ms() >= before


async def test_sleepers_wake_in_the_order_of_their_ends(timed: Timed) -> None:
    woken: list[int] = []

    async def sleep(n: int, delay_ms: float) -> None:
        await timed.clock.sleep(delay_ms)
        woken.append(n)

    sleepers = [asyncio.ensure_future(sleep(n, delay_ms)) for n, delay_ms in enumerate((60, 5, 30))]
    await timed.drive(60)
    await asyncio.gather(*sleepers)
    assert woken == [1, 2, 0]


def test_the_wall_is_aware_and_utc(timed: Timed) -> None:
    if not isinstance(timed.clock, LoopClock):
        assert timed.clock.wall().utcoffset() == timedelta(0)


def test_ids_are_fresh_sortable_and_readable(entropy: Entropy) -> None:
    ids = [entropy.new_id("call") for _ in range(2_000)]
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids)
    assert all(re.fullmatch(r"call-[0-9a-hjkmnp-tv-z]{26}", i) for i in ids)
    assert entropy.new_id("case").startswith("case-")


def test_a_seed_decides_the_ids() -> None:
    first, again, other = SeededEntropy(1), SeededEntropy(1), SeededEntropy(2)
    ids = [first.new_id("x") for _ in range(5)]
    assert [again.new_id("x") for _ in range(5)] == ids
    assert [other.new_id("x") for _ in range(5)] != ids


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**CHANCE_BITS - 1))
def test_an_id_holds_its_time_and_chance(wall_ms: int, chance: int) -> None:
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    number = 0
    for letter in sortable_id("x", wall_ms, chance)[2:]:
        number = number * 32 + alphabet.index(letter)
    assert (number >> CHANCE_BITS, number & (2**CHANCE_BITS - 1)) == (wall_ms, chance)


async def test_virtual_time_stands_still_until_driven() -> None:
    clock = VirtualClock()
    sleeper = asyncio.ensure_future(clock.sleep(50))
    await clock.advance(49)
    assert not sleeper.done()
    assert (clock.now_ms(), clock.wall()) == (49, EPOCH + timedelta(milliseconds=49))
    await clock.advance(1)
    assert sleeper.done()


async def test_a_sleeper_that_was_cancelled_wakes_nobody() -> None:
    clock = VirtualClock()
    sleeper = asyncio.ensure_future(clock.sleep(10))
    await asyncio.sleep(0)
    sleeper.cancel()
    await clock.advance(20)
    assert clock.now_ms() == 20


async def test_what_a_sleeper_starts_may_sleep_within_the_same_drive() -> None:
    clock = VirtualClock()
    seen: list[float] = []

    async def tick() -> None:
        for _ in range(5):
            await clock.sleep(20)
            seen.append(clock.now_ms())

    task = asyncio.ensure_future(tick())
    await clock.advance(70)
    assert seen == [20, 40, 60]
    await clock.advance(1_000)
    await task
    assert seen == [20, 40, 60, 80, 100]


def test_a_virtual_loop_makes_days_pass_at_once() -> None:
    async def live() -> tuple[float, str]:
        clock = LoopClock()
        await clock.sleep(86_400_000)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3_600):
                await asyncio.Event().wait()
        return clock.now_ms(), (clock.wall() - EPOCH).__str__()

    assert run_virtual(live()) == (90_000_000, "1 day, 1:00:00")


def test_a_virtual_world_that_cannot_go_on_says_so() -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        run_virtual(wait())
