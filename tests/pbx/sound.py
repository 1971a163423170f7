"""An ear and a mouth on RTP: 16 kHz frames from externalMedia in, tones out."""

from __future__ import annotations

import asyncio
import itertools
import math
import struct
from array import array
from typing import TYPE_CHECKING, Self, cast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

FRAME_S = 0.02
CLOCK_HZ = 16_000
LOUD = 500


class Ear(asyncio.DatagramProtocol):
    """Hears 16 kHz frames (PT 118, big-endian) and notes when each arrived."""

    def __init__(self) -> None:
        self.transport: asyncio.DatagramTransport | None = None
        self.heard: list[tuple[float, array[int]]] = []
        self.packets: list[bytes] = []
        self.more = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        samples = array("h", data[12:])
        samples.byteswap()
        self.packets.append(data)
        self.heard.append((asyncio.get_running_loop().time(), samples))
        self.more.set()

    @property
    def port(self) -> int:
        assert self.transport is not None
        return int(self.transport.get_extra_info("sockname")[1])

    def close(self) -> None:
        assert self.transport is not None
        self.transport.close()

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

    async def gap_s(self, since: float, quiet_s: float = 0.5, timeout_s: float = 15) -> float:
        """From ``since`` to the first sound after a silence of ``quiet_s``, in the audio's own time.

        Counted in RTP timestamps from the last packet that had come by ``since``: however late this process gets to
        read what has arrived, the figure is what a caller hears.
        """
        first = max(place for place, (at, _) in enumerate(self.heard) if at <= since)
        last_s = 0.0
        async with asyncio.timeout(timeout_s):
            for place in itertools.count(first + 1):
                while place >= len(self.heard):
                    self.more.clear()
                    await self.more.wait()
                if rms(self.heard[place][1]) > LOUD:
                    at_s = (self._stamp(place) - self._stamp(first)) % 2**32 / CLOCK_HZ
                    if at_s - last_s >= quiet_s:
                        return at_s
                    last_s = at_s
        raise AssertionError("unreachable")

    def _stamp(self, place: int) -> int:
        """The RTP timestamp of a packet (RFC 3550, 5.1)."""
        return int.from_bytes(self.packets[place][4:8])

    async def hears_something(self, since: float, timeout_s: float = 10) -> float:
        """When the first loud frame after ``since`` came."""
        async with asyncio.timeout(timeout_s):
            async for at, samples in self.frames(since):
                if rms(samples) > LOUD:
                    return at
        raise AssertionError("unreachable")

    async def hears(self, hz: int, since: float = 0.0, timeout_s: float = 10) -> None:
        """Wait for a tone: 100 ms in which most of the energy is at ``hz``."""
        stretch: list[array[int]] = []
        async with asyncio.timeout(timeout_s):
            async for _, samples in self.frames(since):
                stretch.append(samples)
                if len(stretch) == 5:
                    if _share(stretch, hz) > 0.5:
                        return
                    stretch.clear()


async def open_ear() -> Ear:
    """An ear on a free port of loopback."""
    ear = Ear()
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: ear, local_addr=("127.0.0.1", 0))
    return ear


class Mouth:
    """Sends a frame of linear audio (PT 11, 8 kHz, big-endian) every 20 ms: silence, or a hum at ``hum_hz``.

    ``words`` are frames to send before anything else.
    """

    def __init__(self, ear: Ear, peer: tuple[str, int]) -> None:
        self.hum_hz = 0
        self.words: list[bytes] = []
        self._ear = ear
        self._peer = peer
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._speak())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for number in itertools.count():
            header = struct.pack("!BBHII", 0x80, 11, number & 0xFFFF, 160 * number & 0xFFFFFFFF, 4711)
            assert self._ear.transport is not None
            frame = self.words.pop(0) if self.words else _tone(self.hum_hz, 160 * number)
            self._ear.transport.sendto(header + frame, self._peer)
            await asyncio.sleep(max(0.0, begin + FRAME_S * (number + 1) - loop.time()))


def _tone(hz: int, first: int) -> bytes:
    turn = 2 * math.pi * hz / 8000
    samples = array("h", (int(6000 * math.sin(turn * (first + i))) for i in range(160)))
    samples.byteswap()
    return samples.tobytes()


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
