"""Hostile RTP at the controller's media port during a real call: nothing of it is heard, and the call ends properly.

What is sent is speech: were it let in, the recogniser would make words of it, as it does when the caller says it.
"""

import asyncio
import os
import random
import socket
import struct
import wave
from array import array
from collections.abc import Callable

import pytest

from agent.adapters.asterisk import AriClient
from agent.call import events as ev
from agent.setup.stack import Stack
from agent.values.caller import Outcome
from tests.pbx.caller import Carrier
from tests.pbx.pair import carrier_ari, pbx_ari
from tests.pbx.stack import nothing_left, reader, udp_ports
from tests.pbx.test_crash import closed, greeted, latest_call, until

pytestmark = pytest.mark.pbx

PT_SLIN16 = 118
HOST = "127.0.0.1"


def speech(stack: Stack) -> list[int]:
    """A prompt of the dialplan, as 8 kHz samples."""
    (path,) = sorted((stack.home.var / "prompts").rglob("voicemail.wav"))[:1]
    with wave.open(str(path)) as source:
        assert (source.getframerate(), source.getnchannels(), source.getsampwidth()) == (8000, 1, 2)
        return list(array("h", source.readframes(source.getnframes())))


def frames(samples: list[int], repeat: int) -> list[bytes]:
    """Big-endian frames of 20 ms; each sample ``repeat`` times makes 8 kHz into 16."""
    whole = array("h", (value for value in samples for _ in range(repeat)))
    whole.byteswap()
    size = 2 * 160 * repeat
    return [whole.tobytes()[at : at + size] for at in range(0, 2 * len(whole) - size, size)]


def packet(number: int, payload: bytes, ssrc: int, payload_type: int = PT_SLIN16) -> bytes:
    return struct.pack("!BBHII", 0x80, payload_type, number & 0xFFFF, 320 * number, ssrc) + payload


class Forger:
    """Sends UDP as if from another port: over a raw socket the header is ours (raw(7))."""

    def __init__(self, source_port: int) -> None:
        self._source_port = source_port
        self._raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)

    def send(self, data: bytes, port: int) -> None:
        # A checksum of 0 is none (RFC 768).
        self._raw.sendto(struct.pack("!HHHH", self._source_port, port, 8 + len(data), 0) + data, (HOST, 0))

    def close(self) -> None:
        self._raw.close()


async def asterisk_port(stack: Stack, call_id: str) -> int:
    """From where the PBX sends the call's audio to us."""
    async with AriClient(pbx_ari(stack.pair)) as pbx:
        return int(await pbx.get_variable(f"{call_id}-media", "UNICASTRTP_LOCAL_PORT"))


async def attack(words: list[bytes], send: Callable[[bytes], None]) -> None:
    """A word a frame, each in all shapes: whole streams of other sources, bursts, wrong types, wreckage."""
    chance = random.Random(3)
    for number, payload in enumerate(words):
        send(packet(number, payload, ssrc=0xBAD))
        for burst in range(5):
            send(packet(5 * number + burst, payload, ssrc=0xBAD2))
        send(packet(number, payload, ssrc=0xBAD3, payload_type=0))
        send(packet(number, payload[: chance.randrange(len(payload))], ssrc=0xBAD))
        send(chance.randbytes(chance.randrange(1, 700)))
        send(b"\xbf" + packet(number, payload, ssrc=0xBAD)[1:])
        await asyncio.sleep(0.02)


async def heard(stack: Stack, call_id: str) -> list[str]:
    """What our side made of sound in the call so far."""
    async with reader(stack) as calls:
        events = [entry.event for entry in await calls.events(call_id)]
    return [repr(e) for e in events if isinstance(e, ev.SpeechStarted | ev.TranscriptPartial | ev.TurnEnded)]


async def test_hostile_rtp_is_not_heard_and_the_call_ends_properly(stack: Stack) -> None:
    words = speech(stack)
    async with Carrier(carrier_ari(stack.pair)) as network:
        caller = await greeted(network)
        record = await latest_call(stack)
        (port,) = udp_ports(stack.controller_pid())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            await attack(frames(words, 2), lambda data: stranger.sendto(data, (HOST, port)) and None)
        if os.geteuid() == 0:  # nobody else may forge an address
            forger = Forger(await asterisk_port(stack, record.call_id))
            await attack(frames(words, 2), lambda data: forger.send(data, port))
            forger.close()
        assert await heard(stack, record.call_id) == []

        caller.mouth.words = frames(words, 1)

        async def is_understood() -> bool:
            return any("TurnEnded" in event for event in await heard(stack, record.call_id))

        await until(is_understood, 40)  # the same words, said by the caller, are heard

        await caller.hang_up()
        done = await closed(stack, record.call_id)
        assert done.outcome in (Outcome.DROPPED, Outcome.ANSWERED, Outcome.TRANSFERRED)
        assert "caller_hung_up" in done.end_reason or "transferred" in done.end_reason
    await nothing_left(stack)


async def test_hostile_rtp_at_asterisk_itself_does_not_end_a_call(stack: Stack) -> None:
    """Noise at the PBX's media port from a stranger: the agent is heard on, and a hang-up closes all."""
    async with Carrier(carrier_ari(stack.pair)) as network:
        caller = await greeted(network)
        record = await latest_call(stack)
        port = await asterisk_port(stack, record.call_id)
        chance = random.Random(5)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for _ in range(500):
                stranger.sendto(chance.randbytes(chance.randrange(1, 700)), (HOST, port))
        # A second later, so that nothing of it was under way before.
        since = asyncio.get_running_loop().time() + 1.0
        await caller.ear.hears_something(since, 30)
        await caller.hang_up()
        assert (await closed(stack, record.call_id)).outcome is Outcome.DROPPED
    await nothing_left(stack)
