"""A caller with ears and a mouth behind the carrier: enough to test a PBX with, not a conversation partner."""

from __future__ import annotations

import asyncio
import itertools
import math
import struct
from array import array
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self, cast

from agent.adapters.asterisk import AriClient, AriConfig, Link

FRAME_S = 0.02
LOUD = 500
_NUMBERS = itertools.count(1)


class Ear(asyncio.DatagramProtocol):
    """Hears 16 kHz frames from externalMedia (PT 118, big-endian) and notes when each arrived and how loud it was."""

    def __init__(self) -> None:
        self.transport: asyncio.DatagramTransport | None = None
        self.heard: list[tuple[float, array[int]]] = []
        self.more = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        samples = array("h", data[12:])
        samples.byteswap()
        self.heard.append((asyncio.get_running_loop().time(), samples))
        self.more.set()

    @property
    def port(self) -> int:
        assert self.transport is not None
        return int(self.transport.get_extra_info("sockname")[1])

    async def frames(self, since: float) -> AsyncIterator[tuple[float, array[int]]]:
        """What was heard from ``since`` on, then what comes, for ever."""
        position = 0
        while True:
            while position < len(self.heard):
                if self.heard[position][0] >= since:
                    yield self.heard[position]
                position += 1
            self.more.clear()
            await self.more.wait()


def rms(samples: array[int]) -> float:
    return math.sqrt(sum(s * s for s in samples) / max(len(samples), 1))


def _share(frames: list[array[int]], hz: int) -> float:
    """Goertzel: the part of the energy at ``hz``."""
    samples = [s for frame in frames for s in frame]
    energy = sum(s * s for s in samples)
    if energy < LOUD * LOUD * len(samples):
        return 0.0
    turn = 2 * math.pi * hz / 16_000
    real = sum(s * math.cos(turn * i) for i, s in enumerate(samples))
    imaginary = sum(s * math.sin(turn * i) for i, s in enumerate(samples))
    return 2 * (real * real + imaginary * imaginary) / (len(samples) * energy)


class Carrier:
    """The simulated public network's ARI, and the callers on it."""

    def __init__(self, config: AriConfig) -> None:
        self.ari = AriClient(config)
        self._started: dict[str, asyncio.Event] = {}
        self._gone: dict[str, asyncio.Event] = {}
        self._callers: list[Caller] = []
        self._reader: asyncio.Task[None] | None = None
        self._up = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.ari.__aenter__()
        self._reader = asyncio.create_task(self._read())
        await asyncio.wait_for(self._up.wait(), 5)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for caller in self._callers:
            await caller.close()
        assert self._reader is not None
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self.ari.__aexit__(kind, error, trace)

    async def dial(self, number: str, caller_id: str = "Ann Lee <+4917012345>") -> Caller:
        """Dial ``number``; returns at once, with the ear open."""
        caller = Caller(self, f"caller-{next(_NUMBERS)}")
        for channel in (caller.name, caller.media):
            self._started[channel], self._gone[channel] = asyncio.Event(), asyncio.Event()
        self._callers.append(caller)
        await caller.open(number, caller_id)
        return caller

    async def started(self, channel_id: str, timeout_s: float = 10) -> None:
        await asyncio.wait_for(self._started[channel_id].wait(), timeout_s)

    async def gone(self, channel_id: str, timeout_s: float = 10) -> None:
        await asyncio.wait_for(self._gone[channel_id].wait(), timeout_s)

    async def _read(self) -> None:
        async for event in self.ari.events():
            if isinstance(event, Link):
                self._up.set()
                continue
            channel = event.get("channel", {}).get("id", "")
            if event["type"] == "StasisStart" and channel in self._started:
                self._started[channel].set()
            if event["type"] == "ChannelDestroyed" and channel in self._gone:
                self._gone[channel].set()


class Caller:
    """One caller: an ear that is open from the first ring, a mouth that hums or is silent, keys and a hook."""

    def __init__(self, carrier: Carrier, name: str) -> None:
        # Asterisk looks ids up by their beginning too: "caller-1" would be found in "caller-1-media".
        self.name, self.media, self.bridge = f"{name}-line", f"{name}-media", f"{name}-bridge"
        self.carrier = carrier
        self.ear = Ear()
        self.hum_hz = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, number: str, caller_id: str) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self.ear, local_addr=("127.0.0.1", 0))
        ari, media = self.carrier.ari, self.media
        channel = await ari.call(
            "channels.externalMedia",
            channelId=media,
            app=ari.config.app,
            external_host=f"127.0.0.1:{self.ear.port}",
            format="slin16",
        )
        await self.carrier.started(media)
        await ari.call("bridges.createWithId", bridgeId=self.bridge, type="mixing")
        await ari.call("bridges.addChannel", bridgeId=self.bridge, channel=media)
        variables = channel["channelvars"]
        to = (variables["UNICASTRTP_LOCAL_ADDRESS"], int(variables["UNICASTRTP_LOCAL_PORT"]))
        self._tasks.append(asyncio.create_task(self._speak(to)))
        await ari.originate(f"PJSIP/{number}@to-pbx", self.name, caller_id)

    async def answered(self) -> float:
        """Wait for the answer; from then on the caller hears. Returns the loop's time of it."""
        await self.carrier.started(self.name)
        at = asyncio.get_running_loop().time()
        await self.carrier.ari.call("bridges.addChannel", bridgeId=self.bridge, channel=self.name)
        return at

    async def press(self, digit: str) -> None:
        await self.carrier.ari.call("channels.sendDTMF", channelId=self.name, dtmf=digit)

    async def hang_up(self) -> None:
        await self.carrier.ari.call("channels.hangup", channelId=self.name)

    async def hears_something(self, since: float, timeout_s: float = 10) -> float:
        """When the first loud frame after ``since`` came."""
        async with asyncio.timeout(timeout_s):
            async for at, samples in self.ear.frames(since):
                if rms(samples) > LOUD:
                    return at
        raise AssertionError("unreachable")

    async def hears(self, hz: int, since: float = 0.0, timeout_s: float = 10) -> None:
        """Wait for a tone: 100 ms in which most of the energy is at ``hz``."""
        stretch: list[array[int]] = []
        async with asyncio.timeout(timeout_s):
            async for _, samples in self.ear.frames(since):
                stretch.append(samples)
                if len(stretch) == 5:
                    if _share(stretch, hz) > 0.5:
                        return
                    stretch.clear()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        ari = self.carrier.ari
        for operation, parameters in (
            ("channels.hangup", {"channelId": self.name}),
            ("channels.hangup", {"channelId": self.media}),
            ("bridges.destroy", {"bridgeId": self.bridge}),
        ):
            await asyncio.gather(ari.call(operation, **parameters), return_exceptions=True)
        if self.ear.transport is not None:
            self.ear.transport.close()

    async def _speak(self, to: tuple[str, int]) -> None:
        """A frame of linear audio (PT 11, 8 kHz, big-endian) every 20 ms, silent or humming, from the ear's socket."""
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for number in itertools.count():
            level = 6000 if self.hum_hz else 0
            turn = 2 * math.pi * self.hum_hz / 8000
            samples = array("h", (int(level * math.sin(turn * (160 * number + i))) for i in range(160)))
            samples.byteswap()
            header = struct.pack("!BBHII", 0x80, 11, number & 0xFFFF, 160 * number & 0xFFFFFFFF, 4711)
            assert self.ear.transport is not None
            self.ear.transport.sendto(header + samples.tobytes(), to)
            await asyncio.sleep(max(0.0, begin + FRAME_S * (number + 1) - loop.time()))
