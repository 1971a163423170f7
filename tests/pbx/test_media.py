"""Audio between the controller and a caller, and who finds it again after a crash or a cut."""

import asyncio
import struct
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from agent.adapters.asterisk import AriClient, AriConfig, AsteriskTelephony
from agent.ports.telephony import ChannelArrived, ChannelLost, LinkDown, LinkUp, TelephonyEvent
from agent.setup.pbx_pair import PbxPair
from agent.values.ids import CallId, ChannelId
from tests.pbx.caller import Caller, Carrier
from tests.pbx.cut import CuttableLink
from tests.pbx.pair import STAFFED, pbx_ari
from tests.pbx.sound import Mouth, open_ear

pytestmark = pytest.mark.pbx
CALL = CallId("c-media")


async def answered_call(
    telephony: AsteriskTelephony, events: AsyncIterator[TelephonyEvent], carrier: Carrier
) -> tuple[Caller, ChannelId]:
    """A caller whom the controller has answered and leased for long."""
    caller = await carrier.dial(STAFFED)
    arrived = await anext(events)
    assert isinstance(arrived, ChannelArrived)
    await telephony.answer(arrived.channel_id)
    await telephony.renew_lease(arrived.channel_id, 60)
    await caller.answered()
    return caller, arrived.channel_id


async def leftovers(config: AriConfig) -> tuple[list[str], list[str]]:
    async with AriClient(config) as ari:
        channels, bridges = await ari.call("channels.list"), await ari.call("bridges.list")
        return [c["id"] for c in channels], [b["id"] for b in bridges]


async def test_both_hear_each_other_and_nothing_is_left(carrier: Carrier, pair: PbxPair) -> None:
    async with AsteriskTelephony(pbx_ari(pair)) as telephony:
        events = telephony.events()
        assert isinstance(await anext(events), LinkUp)
        caller, channel = await answered_call(telephony, events, carrier)
        ear = await open_ear()
        peer = await telephony.open_media(CALL, channel, ear.port)
        async with Mouth(ear, peer) as mouth:
            caller.mouth.hum_hz, mouth.hum_hz = 1700, 1300
            await ear.hears(1700)
            await caller.ear.hears(1300)
        await telephony.hang_up(channel)
        assert isinstance(await anext(events), ChannelLost)
        await telephony.release(CALL)
        await carrier.gone(caller.name)
        assert await leftovers(pbx_ari(pair)) == ([], [])
        ear.close()


async def test_rtp_is_what_the_line_expects(carrier: Carrier, pair: PbxPair) -> None:
    """PT 118, 640 bytes, one SSRC, timestamps in steps of 320 (RFC 3550)."""
    async with AsteriskTelephony(pbx_ari(pair)) as telephony:
        events = telephony.events()
        await anext(events)
        _, channel = await answered_call(telephony, events, carrier)
        ear = await open_ear()
        await telephony.open_media(CALL, channel, ear.port)
        frames = ear.frames(0.0)
        for _ in range(10):
            await anext(frames)
        headers = [struct.unpack("!BBHII", packet[:12]) for packet in ear.packets[:10]]
        assert {header[1] & 0x7F for header in headers} == {118}
        assert {len(packet) for packet in ear.packets[:10]} == {652}
        assert len({header[4] for header in headers}) == 1
        steps = {(after[3] - before[3]) & 0xFFFFFFFF for before, after in pairwise(headers)}
        assert steps == {320}
        await telephony.hang_up(channel)
        await telephony.release(CALL)
        ear.close()


async def test_after_a_crash_the_next_controller_finds_the_call_and_its_audio(carrier: Carrier, pair: PbxPair) -> None:
    async with AsteriskTelephony(pbx_ari(pair)) as first:
        events = first.events()
        await anext(events)
        caller, channel = await answered_call(first, events, carrier)
        await first.open_media(CALL, channel, 47_000)
    async with AsteriskTelephony(pbx_ari(pair)) as second:
        found = await anext(second.events())
        assert isinstance(found, LinkUp)
        assert set(found.channels) == {channel, f"{CALL}-media"}
        assert found.bridges == (f"{CALL}-bridge",)
        ear = await open_ear()
        await second.open_media(CALL, channel, ear.port)
        caller.mouth.hum_hz = 1700
        await ear.hears(1700)
        await second.hang_up(channel)
        await second.release(CALL)
        ear.close()


async def test_a_cut_link_comes_back_with_the_live_call(carrier: Carrier, pair: PbxPair) -> None:
    config = pbx_ari(pair)
    async with CuttableLink(pair.pbx_plan.ports.http) as link:
        through = AriConfig(link.url, config.user, config.password, config.app)
        async with AsteriskTelephony(through) as telephony:
            events = telephony.events()
            await anext(events)
            caller, channel = await answered_call(telephony, events, carrier)
            link.cut()
            async with asyncio.timeout(1.0):
                assert isinstance(await anext(events), LinkDown)
                found = await anext(events)
            assert isinstance(found, LinkUp)
            assert found.channels == (channel,)
            await caller.hang_up()
            assert await anext(events) == ChannelLost(channel, "Normal Clearing")
