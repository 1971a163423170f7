"""A pair of Asterisks for tests: two tenants, one whose colleague answers, one with nobody there."""

import asyncio
import math
import wave
from array import array
from pathlib import Path

from agent.adapters.asterisk import AriClient, AriConfig
from agent.pbx.plan import Number, Phone, Queue, QueueMember
from agent.pbx.prompts import PROMPTS
from agent.setup.asterisk_root import install
from agent.setup.paths import home
from agent.setup.pbx_pair import CARRIER_TRUNK, PairWish, PbxPair, start_pair

STAFFED = "+493012345"
DESERTED = "+493054321"


def write_tone(path: Path, hz: int, seconds: float) -> None:
    """A prompt as the dialplan wants it: 8 kHz, 16 bit, mono; a tone that a test can tell from others."""
    samples = array("h", (int(8000 * math.sin(2 * math.pi * hz * i / 8000)) for i in range(int(8000 * seconds))))
    with wave.open(str(path), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(8000)
        target.writeframes(samples.tobytes())


def start_test_pair(name: str, prompts: Path) -> PbxPair:
    """Start ``<name>-pbx`` and ``<name>-carrier``; every prompt is half a second of tone."""
    for position, prompt in enumerate(PROMPTS):
        write_tone(prompts / f"{prompt}.wav", 500 + 100 * position, 0.5)
    wish = PairWish(
        prompts=prompts,
        numbers=(Number(STAFFED, "dental", "dental-desk"), Number(DESERTED, "sales", "sales-desk")),
        queues=(
            Queue("dental-desk", (QueueMember("2000"), QueueMember("colleague", CARRIER_TRUNK))),
            Queue("sales-desk", (QueueMember("2000"),), ring_s=2, wait_s=4),
        ),
        phones=(Phone("1000", "phone-1000-test"), Phone("2000", "phone-2000-test", "Colleague")),
        name=name,
    )
    here = home()
    return start_pair(here, install(here), wish)


async def wait_quiet(config: AriConfig) -> None:
    """Until no channel is left: the next test is to meet none of this one's."""
    async with asyncio.timeout(10), AriClient(config) as ari:
        while await ari.call("channels.list"):  # noqa: ASYNC110 - asked over HTTP
            await asyncio.sleep(0.02)


def pbx_ari(pair: PbxPair) -> AriConfig:
    login = pair.pbx_plan.ari
    return AriConfig(pair.pbx_url, login.user, login.password, login.app)


def carrier_ari(pair: PbxPair) -> AriConfig:
    login = pair.carrier_plan.ari
    return AriConfig(pair.carrier_url, login.user, login.password, login.app)
