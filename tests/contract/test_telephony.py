"""What a Telephony promises, asked of the fake and of Asterisk alike."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from agent.adapters.asterisk import AsteriskTelephony
from agent.adapters.fake.telephony import FakeTelephony
from agent.ports.telephony import (
    ChannelArrived,
    ChannelDtmf,
    ChannelHandedOver,
    ChannelLost,
    LinkUp,
    Telephony,
    TelephonyError,
    TelephonyEvent,
)
from agent.setup.pbx_pair import PbxPair
from agent.values.ids import CallId, ChannelId
from tests.pbx.caller import Caller, Carrier
from tests.pbx.pair import STAFFED, carrier_ari, pbx_ari, start_test_pair, wait_quiet

pytestmark = pytest.mark.contract
CALL = CallId("c-contract")


class World(Protocol):
    """The callers' side. ``ring`` begins a new call; keys and hook are those of the latest caller."""

    @property
    def telephony(self) -> Telephony: ...

    async def ring(self) -> None: ...

    async def press(self, digit: str) -> None: ...

    async def hang_up(self) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.telephony = FakeTelephony()
        self._count = 0

    @property
    def _channel(self) -> ChannelId:
        return ChannelId(f"1700000000.{self._count}")

    async def ring(self) -> None:
        self._count += 1
        self.telephony.arrive(ChannelArrived(self._channel, "+4917012345", "Ann Lee", STAFFED, f"sip-{self._count}"))

    async def press(self, digit: str) -> None:
        self.telephony.press(self._channel, digit)

    async def hang_up(self) -> None:
        self.telephony.lose(self._channel)


class RealWorld:
    def __init__(self, telephony: AsteriskTelephony, carrier: Carrier) -> None:
        self.telephony = telephony
        self._carrier = carrier
        self._caller: Caller | None = None

    async def ring(self) -> None:
        self._caller = await self._carrier.dial(STAFFED)

    async def press(self, digit: str) -> None:
        assert self._caller is not None
        await self._caller.answered()
        await self._caller.press(digit)

    async def hang_up(self) -> None:
        assert self._caller is not None
        await self._caller.hang_up()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PbxPair]:
    running = start_test_pair("contract", tmp_path_factory.mktemp("prompts"))
    yield running
    running.stop()


@pytest.fixture(params=["fake", "asterisk"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    pair: PbxPair = request.getfixturevalue("pair")
    async with AsteriskTelephony(pbx_ari(pair)) as telephony, Carrier(carrier_ari(pair)) as carrier:
        yield RealWorld(telephony, carrier)
        await telephony.release(CALL)
    await wait_quiet(pbx_ari(pair))


@pytest.fixture
async def events(world: World) -> AsyncIterator[TelephonyEvent]:
    """The stream after its first event, which says that the link stands."""
    stream = world.telephony.events()
    assert isinstance(await anext(stream), LinkUp)
    return stream


async def next_of(events: AsyncIterator[TelephonyEvent], kind: type[Any]) -> Any:
    event = await anext(events)
    assert isinstance(event, kind), event
    return event


async def a_call(world: World, events: AsyncIterator[TelephonyEvent]) -> ChannelId:
    await world.ring()
    arrived: ChannelArrived = await next_of(events, ChannelArrived)
    return arrived.channel_id


async def test_an_arrival_says_who_calls_whom(world: World, events: AsyncIterator[TelephonyEvent]) -> None:
    await world.ring()
    arrived: ChannelArrived = await next_of(events, ChannelArrived)
    assert (arrived.caller_number, arrived.caller_name, arrived.dialled) == ("+4917012345", "Ann Lee", STAFFED)
    assert arrived.sip_call_id


async def test_a_callers_hang_up_is_told_once(world: World, events: AsyncIterator[TelephonyEvent]) -> None:
    channel = await a_call(world, events)
    await world.telephony.answer(channel)
    await world.hang_up()
    lost: ChannelLost = await next_of(events, ChannelLost)
    assert lost == ChannelLost(channel, "Normal Clearing")
    # The next event is the next call's: nothing more was said of the first.
    assert await a_call(world, events) != channel


async def test_a_caller_who_gives_up_before_the_answer_is_lost(
    world: World, events: AsyncIterator[TelephonyEvent]
) -> None:
    channel = await a_call(world, events)
    await world.hang_up()
    assert (await next_of(events, ChannelLost)).channel_id == channel


async def test_our_hang_up_is_told_once_and_may_be_repeated(
    world: World, events: AsyncIterator[TelephonyEvent]
) -> None:
    channel = await a_call(world, events)
    await world.telephony.answer(channel)
    await world.telephony.hang_up(channel)
    assert (await next_of(events, ChannelLost)).channel_id == channel
    await world.telephony.hang_up(channel)
    assert await a_call(world, events) != channel


async def test_commands_to_a_lost_channel_are_refused(world: World, events: AsyncIterator[TelephonyEvent]) -> None:
    channel = await a_call(world, events)
    await world.hang_up()
    await next_of(events, ChannelLost)
    with pytest.raises(TelephonyError):
        await world.telephony.answer(channel)
    with pytest.raises(TelephonyError):
        await world.telephony.renew_lease(channel, 3)
    with pytest.raises(TelephonyError):
        await world.telephony.hand_over(channel, "dental-desk")
    with pytest.raises(TelephonyError):
        await world.telephony.open_media(CALL, channel, 45_000)


async def test_a_key_is_told(world: World, events: AsyncIterator[TelephonyEvent]) -> None:
    channel = await a_call(world, events)
    await world.telephony.answer(channel)
    await world.press("0")
    assert await next_of(events, ChannelDtmf) == ChannelDtmf(channel, "0")


async def test_media_opens_again_and_is_released_wholly(
    world: World, events: AsyncIterator[TelephonyEvent], unused_ports: Iterator[int]
) -> None:
    channel = await a_call(world, events)
    await world.telephony.answer(channel)
    for _ in range(2):
        host, port = await world.telephony.open_media(CALL, channel, next(unused_ports))
        assert host == "127.0.0.1"
        assert 1024 <= port <= 65535
    for _ in range(2):
        await world.telephony.release(CALL)
    with pytest.raises(TelephonyError):
        await world.telephony.record(CALL, "after-release")


async def test_a_call_with_media_is_recorded(
    world: World, events: AsyncIterator[TelephonyEvent], unused_ports: Iterator[int]
) -> None:
    channel = await a_call(world, events)
    await world.telephony.answer(channel)
    await world.telephony.open_media(CALL, channel, next(unused_ports))
    await world.telephony.record(CALL, "contract")


async def test_a_hand_over_ends_our_part(world: World, events: AsyncIterator[TelephonyEvent]) -> None:
    channel = await a_call(world, events)
    await world.telephony.answer(channel)
    await world.telephony.renew_lease(channel, 3)
    await world.telephony.hand_over(channel, "dental-desk")
    assert await next_of(events, ChannelHandedOver) == ChannelHandedOver(channel)
    await world.hang_up()
    assert await a_call(world, events) != channel


async def test_a_lease_that_runs_out_gives_the_caller_to_the_dialplan(
    world: World, events: AsyncIterator[TelephonyEvent]
) -> None:
    channel = await a_call(world, events)
    await world.telephony.answer(channel)
    await world.telephony.renew_lease(channel, 1)
    assert await next_of(events, ChannelHandedOver) == ChannelHandedOver(channel)


async def test_releasing_what_never_was_is_no_error(world: World) -> None:
    await world.telephony.release(CallId("c-never"))


@pytest.fixture
def unused_ports(tmp_path: Path) -> Iterator[int]:
    """Where nobody listens: the media of these tests is not heard."""
    return itertools.count(46_000, 2)
