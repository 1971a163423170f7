"""The dialplan alone: who has the caller when the controller does not. Each prompt is a tone."""

import asyncio

import pytest

from agent.adapters.asterisk import AriClient, Link
from agent.pbx.prompts import PROMPTS
from agent.setup.pbx_pair import PbxPair
from tests.pbx.caller import Carrier
from tests.pbx.pair import DESERTED, STAFFED, pbx_ari, wait_quiet

pytestmark = pytest.mark.pbx

TONE_HZ = {name: 500 + 100 * position for position, name in enumerate(PROMPTS)}


async def test_without_a_controller_a_colleague_answers_after_the_prompt(carrier: Carrier) -> None:
    caller = await carrier.dial(STAFFED)
    answered = await caller.answered()
    assert await caller.ear.hears_something(answered) - answered <= 1.0
    await caller.ear.hears(TONE_HZ["fallback"])
    caller.mouth.hum_hz = 1700
    # The colleague echoes: the caller hears the own voice, so both directions stand.
    await caller.ear.hears(1700, timeout_s=15)


async def test_the_lease_of_a_silent_controller_ends_in_the_fallback(carrier: Carrier, pair: PbxPair) -> None:
    """It takes the call, answers, and never speaks or renews again."""
    async with AriClient(pbx_ari(pair)) as frozen:
        events = frozen.events()
        assert await anext(events) == Link(True)
        caller = await carrier.dial(STAFFED)
        arrived = await anext(events)
        assert isinstance(arrived, dict)
        assert arrived["type"] == "StasisStart"
        await frozen.call("channels.answer", channelId=arrived["channel"]["id"])
        answered = await caller.answered()
        assert await caller.ear.hears_something(answered) - answered <= 3.5
        await caller.ear.hears(TONE_HZ["fallback"])
        await events.aclose()


async def test_with_nobody_there_a_message_is_recorded(carrier: Carrier, pair: PbxPair) -> None:
    before = set(pair.voicemail.glob("*/*.wav"))
    caller = await carrier.dial(DESERTED)
    await caller.answered()
    await caller.ear.hears(TONE_HZ["voicemail"])
    caller.mouth.hum_hz = 900
    await asyncio.sleep(2)
    await caller.hang_up()
    await carrier.gone(caller.name)
    # The file is whole when its channel is gone from the PBX, a moment after it is gone from the carrier.
    await wait_quiet(pbx_ari(pair))
    (message,) = set(pair.voicemail.glob("*/*.wav")) - before
    assert message.parent.name == "sales"
    assert "+4917012345" in message.name
    assert message.stat().st_size > 8000 * 2


async def test_key_one_skips_the_queue(carrier: Carrier) -> None:
    caller = await carrier.dial(STAFFED)
    await caller.answered()
    await caller.ear.hears(TONE_HZ["fallback"])
    await caller.press("1")
    await caller.ear.hears(TONE_HZ["voicemail"], timeout_s=3)


async def test_an_unknown_number_is_refused(carrier: Carrier) -> None:
    caller = await carrier.dial("+49999")
    await carrier.gone(caller.name)


async def test_a_missing_prompt_does_not_lose_the_caller(carrier: Carrier, pair: PbxPair) -> None:
    prompt = pair.pbx.directory / "data/sounds/attendant/fallback.wav"
    away = prompt.rename(prompt.with_suffix(".away"))
    try:
        caller = await carrier.dial(STAFFED)
        await caller.answered()
        caller.mouth.hum_hz = 1700
        await caller.ear.hears(1700, timeout_s=15)
    finally:
        away.rename(prompt)
