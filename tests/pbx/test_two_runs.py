"""Two runs of simulated callers against one carrier, at once: each hears its own calls, and leaves nothing."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from agent.adapters.asterisk import AriClient
from agent.adapters.rtp.line import RtpLine, RtpMedia
from agent.evals.address import CarrierAddress
from agent.evals.dial import Carrier, CarrierLeg
from agent.evals.tape import VOICED_DBFS, level_dbfs
from agent.setup.pbx_pair import PbxPair
from agent.values.audio import FRAME_MS, SILENCE
from tests.pbx.pair import STAFFED, carrier_ari, pbx_ari, wait_quiet

pytestmark = pytest.mark.pbx

CALLS_OF_A_RUN = 2


def address(pair: PbxPair) -> CarrierAddress:
    login = pair.carrier_plan.ari
    return CarrierAddress(pair.carrier_url, login.user, login.password, login.app)


async def until_heard(line: RtpLine, leg: CarrierLeg) -> bool:
    """Exchange frames until sound comes in; False when the call ends before that."""
    while leg.end_reason is None:
        frame = line.exchange(SILENCE)
        if leg.is_answered and frame is not None and level_dbfs(frame.pcm) > VOICED_DBFS:
            return True
        await asyncio.sleep(FRAME_MS / 1000)
    return False


async def one_call(carrier: Carrier, number: int) -> bool:
    """Whether the caller was answered and heard something on their own line."""
    line = await RtpMedia().open()
    try:
        leg = await carrier.dial(STAFFED, f"+1415555{number:04d}", line)
        try:
            return await asyncio.wait_for(until_heard(line, leg), 10)
        finally:
            await leg.hang_up()
    finally:
        line.close()


async def test_two_runs_at_once_do_not_disturb_each_other(pair: PbxPair) -> None:
    async with AsyncExitStack() as exits:
        # Both are connected before the first dials: whoever came last would get the events of both.
        runs = [await exits.enter_async_context(Carrier(address(pair))) for _ in range(2)]
        calls = [(run, place * 100 + n) for place, run in enumerate(runs) for n in range(CALLS_OF_A_RUN)]
        heard = await asyncio.gather(*(one_call(run, number) for run, number in calls))
    assert heard == [True] * len(calls)


async def test_they_leave_neither_channel_nor_bridge_nor_application(pair: PbxPair) -> None:
    for config in (pbx_ari(pair), carrier_ari(pair)):
        await wait_quiet(config)
        async with AriClient(config) as ari:
            assert await ari.call("bridges.list") == []
            assert await ari.call("applications.list") == []
