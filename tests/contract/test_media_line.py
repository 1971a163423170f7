"""One suite for every MediaLine: the fake, and RTP over UDP against a plain socket in Asterisk's place."""

import asyncio
import random
import socket
from collections.abc import Iterator
from itertools import pairwise
from typing import Protocol

import numpy as np
import pytest

from agent.adapters.fake.media import FakeLine, FakeMedia
from agent.adapters.rtp.line import RtpMedia
from agent.media import pcm
from agent.media.rtp import PT_SLIN, PT_SLIN16, RtpPacket, build, parse
from agent.ports import Line, MediaLine
from agent.values.audio import FRAME_BYTES, FRAME_MS, FRAME_SAMPLES, SILENCE, AudioFrame

pytestmark = pytest.mark.contract

COUNTERS = {"received", "late", "lost", "concealed", "foreign", "malformed", "sent"}


def tone(n: int) -> bytes:
    """Frame ``n`` of a steady 500 Hz tone."""
    at = np.arange(n * FRAME_SAMPLES, (n + 1) * FRAME_SAMPLES)
    return pcm.clip(8_000 * np.sin(2 * np.pi * 500 / 16_000 * at))


class Bench(Protocol):
    """A line's maker, and the far end of one line."""

    @property
    def media(self) -> MediaLine:
        """Opens the lines under test."""

    def join(self, line: Line) -> None:
        """Connect the line with this far end."""

    def send(self, n: int, pcm: bytes) -> None:
        """Send a frame as packet number ``n``."""

    def intrude(self) -> None:
        """Send a packet from a source that is not the peer."""

    def received(self) -> int:
        """How many packets of ours came."""


class FakeBench:
    def __init__(self) -> None:
        self.media = FakeMedia()
        self._line: FakeLine

    def join(self, line: Line) -> None:
        assert isinstance(line, FakeLine)
        self._line = line
        line.connect("127.0.0.1", 9)

    def send(self, n: int, pcm: bytes) -> None:
        self._line.deliver(n, pcm)

    def intrude(self) -> None:
        self._line.intrude()

    def received(self) -> int:
        return len(self._line.sent)

    def close(self) -> None:
        pass


class RtpBench:
    def __init__(self) -> None:
        self.media = RtpMedia()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self._line: Line

    def join(self, line: Line) -> None:
        self._line = line
        line.connect(*self.socket.getsockname())

    def send(self, n: int, pcm: bytes) -> None:
        self.send_raw(build(RtpPacket(PT_SLIN16, n, 320 * n, 77, swapped(pcm))))

    def send_raw(self, data: bytes) -> None:
        self.socket.sendto(data, ("127.0.0.1", self._line.port))

    def intrude(self) -> None:
        # The right address, but a source that is not the locked one.
        self.send_raw(build(RtpPacket(PT_SLIN16, 1, 320, 78, bytes(FRAME_BYTES))))

    def packets(self) -> list[RtpPacket]:
        got = []
        self.socket.setblocking(False)
        try:
            while True:
                packet = parse(self.socket.recv(2_000))
                assert isinstance(packet, RtpPacket)
                got.append(packet)
        except BlockingIOError:
            return got

    def received(self) -> int:
        return len(self.packets())

    def close(self) -> None:
        self.socket.close()


def swapped(data: bytes) -> bytes:
    return pcm.swap(data) if len(data) % 2 == 0 else data


@pytest.fixture(params=[FakeBench, RtpBench])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = request.param()
    yield made
    made.close()


@pytest.fixture
def rtp() -> Iterator[RtpBench]:
    made = RtpBench()
    yield made
    made.close()


async def joined(bench: Bench) -> Line:
    line = await bench.media.open()
    bench.join(line)
    return line


async def test_nothing_before_the_first_packet_and_then_always_a_frame(bench: Bench) -> None:
    line = await joined(bench)
    assert [line.exchange(SILENCE) for _ in range(3)] == [None] * 3
    bench.send(0, tone(0))
    assert line.exchange(SILENCE) == AudioFrame(tone(0), 3 * FRAME_MS)
    frame = line.exchange(SILENCE)
    assert frame is not None
    assert (frame.concealed, frame.at_ms, len(frame.pcm)) == (True, 4 * FRAME_MS, FRAME_BYTES)
    line.close()


async def test_frames_come_in_order_and_a_lost_one_is_concealed(bench: Bench) -> None:
    line = await joined(bench)
    frames = []
    for n in range(30):
        if n != 17:
            bench.send(n, tone(n))
        frames.append(line.exchange(SILENCE))
    got = [f for f in frames if f is not None]
    assert [f.concealed for f in got] == [n == 17 for n in range(30)]
    # The frame after a loss is joined to what was made up, all others are as they came.
    assert all(f.pcm == tone(n) for n, f in enumerate(got) if n not in (17, 18))
    assert pcm.rms_dbfs(got[17].pcm) == pytest.approx(pcm.rms_dbfs(tone(0)), abs=1)
    stats = line.stats()
    assert {k: stats[k] for k in ("received", "lost", "concealed", "sent")} == {
        "received": 29,
        "lost": 1,
        "concealed": 1,
        "sent": 30,
    }
    line.close()


async def test_duplicates_and_reordering_are_put_right(bench: Bench) -> None:
    line = await joined(bench)
    for n in (0, 2, 1, 1, 0, 3):
        bench.send(n, tone(n))
    got = [line.exchange(SILENCE) for _ in range(4)]
    assert [f and f.pcm for f in got] == [tone(n) for n in range(4)]
    assert line.stats()["received"] == 4
    line.close()


async def test_quiet_counts_exchanges_without_a_packet(bench: Bench) -> None:
    line = await joined(bench)
    for _ in range(5):
        line.exchange(SILENCE)
    assert line.quiet_ms == 100
    bench.send(0, tone(0))
    line.exchange(SILENCE)
    assert line.quiet_ms == 0
    for _ in range(7):
        line.exchange(SILENCE)
    assert line.quiet_ms == 140
    line.close()


async def test_strangers_and_wrong_lengths_are_counted_not_heard(bench: Bench) -> None:
    line = await joined(bench)
    bench.send(0, tone(0))
    line.exchange(SILENCE)
    bench.intrude()
    bench.send(1, tone(1)[:-2])
    bench.send(2, b"")
    frame = line.exchange(SILENCE)
    assert frame is not None
    assert frame.concealed
    stats = line.stats()
    assert stats.keys() >= COUNTERS
    assert (stats["foreign"], stats["malformed"], stats["received"]) == (1, 2, 1)
    line.close()


async def test_nothing_is_sent_before_connect_and_one_packet_an_exchange_after(bench: Bench) -> None:
    line = await bench.media.open()
    assert line.exchange(SILENCE) is None
    assert line.stats()["sent"] == 0
    bench.join(line)
    for n in range(5):
        line.exchange(tone(n))
    assert line.stats()["sent"] == 5
    assert bench.received() == 5
    line.close()


async def test_a_port_is_exclusive_while_open_and_can_be_bound_again(bench: Bench) -> None:
    line = await bench.media.open()
    other = await bench.media.open()
    assert line.port != other.port
    with pytest.raises(OSError):
        await bench.media.open(line.port)
    port = line.port
    line.close()
    line.close()
    assert line.exchange(SILENCE) is None
    again = await bench.media.open(port)
    assert again.port == port
    again.close()
    other.close()


async def test_a_flood_is_bounded(bench: Bench) -> None:
    line = await joined(bench)
    for n in range(400):
        bench.send(n, tone(n))
    for _ in range(10):
        assert line.exchange(SILENCE) is not None
    assert line.stats()["received"] <= 400
    bench.send(500, tone(500))
    await asyncio.sleep(0)
    assert line.exchange(SILENCE) is not None
    line.close()


async def test_rtp_out_is_slin_in_one_unbroken_stream(rtp: RtpBench) -> None:
    line = await joined(rtp)
    for n in range(50):
        line.exchange(tone(n))
    packets = rtp.packets()
    assert {(p.payload_type, p.ssrc, len(p.payload)) for p in packets} == {(PT_SLIN, packets[0].ssrc, 320)}
    steps = {
        ((b.sequence_number - a.sequence_number) % 2**16, (b.timestamp - a.timestamp) % 2**32)
        for a, b in pairwise(packets)
    }
    assert steps == {(1, 160)}
    assert [p.marker for p in packets] == [True] + [False] * 49
    heard = pcm.samples(pcm.swap(b"".join(p.payload for p in packets[5:]))).astype(float)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(heard.size)))
    assert np.argmax(spectrum) * 8_000 / heard.size == pytest.approx(500, abs=5)
    line.close()


async def test_rtp_packets_of_another_address_never_count_as_audio(rtp: RtpBench) -> None:
    line = await rtp.media.open()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        packet = build(RtpPacket(PT_SLIN16, 1, 1, 1, bytes(FRAME_BYTES)))
        stranger.sendto(packet, ("127.0.0.1", line.port))
        line.exchange(SILENCE)
        assert line.stats()["foreign"] == 1
        rtp.join(line)
        stranger.sendto(packet, ("127.0.0.1", line.port))
        assert line.exchange(SILENCE) is None
        assert line.quiet_ms == 2 * FRAME_MS
    rtp.send(0, tone(0))
    assert line.exchange(SILENCE) is not None
    line.close()


async def test_rtp_hostile_bytes_never_raise(rtp: RtpBench) -> None:
    line = await joined(rtp)
    rtp.send(0, tone(0))
    line.exchange(SILENCE)
    chance = random.Random(11)
    good = build(RtpPacket(PT_SLIN16, 1, 320, 77, bytes(FRAME_BYTES)))
    for _ in range(40):
        for _ in range(50):
            data = bytearray(good if chance.random() < 0.5 else chance.randbytes(chance.randrange(700)))
            for _ in range(chance.randrange(4)):
                if data:
                    data[chance.randrange(min(len(data), 16))] = chance.getrandbits(8)
            rtp.send_raw(bytes(data))
        frame = line.exchange(SILENCE)
        assert frame is not None
        assert len(frame.pcm) == FRAME_BYTES
    assert line.stats()["malformed"] > 100
    line.close()


async def test_rtp_a_peer_that_vanishes_raises_nothing(rtp: RtpBench) -> None:
    line = await joined(rtp)
    rtp.send(0, tone(0))
    line.exchange(SILENCE)
    rtp.close()
    for _ in range(5):
        assert line.exchange(SILENCE) is not None
    assert line.stats()["refused"] > 0
    assert line.quiet_ms == 100
    line.close()


async def test_rtp_another_source_takes_over_after_the_first_fell_silent(rtp: RtpBench) -> None:
    line = await joined(rtp)
    rtp.send(0, tone(0))
    line.exchange(SILENCE)
    frames = []
    for n in range(5):
        rtp.send_raw(build(RtpPacket(PT_SLIN16, 900 + n, 0, 5, pcm.swap(tone(n)))))
        frames.append(line.exchange(SILENCE))
    last = frames[-1]
    assert last is not None
    assert last.pcm == tone(4)
    assert line.stats()["foreign"] == 2
    line.close()


async def test_rtp_a_burst_of_another_source_is_not_heard_while_the_first_speaks(rtp: RtpBench) -> None:
    """Whoever can forge the peer's address sends a whole word within one tick."""
    line = await joined(rtp)
    loud = pcm.swap(bytes([0, 0x40]) * (FRAME_BYTES // 2))
    for n in range(30):
        rtp.send(n, tone(n))
        for forged in range(20):
            rtp.send_raw(build(RtpPacket(PT_SLIN16, 20 * n + forged, 0, 5, loud)))
        frame = line.exchange(SILENCE)
        assert frame is not None
        assert frame.pcm != pcm.swap(loud)
    stats = line.stats()
    assert (stats["received"], stats["foreign"]) == (30, 600)
    line.close()


async def test_rtp_ports_come_from_the_range_and_rest_before_they_return() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        base = probe.getsockname()[1] & ~1
    media = RtpMedia(ports=range(base, base + 8))
    lines = [await media.open() for _ in range(2)]
    assert all(line.port % 2 == 0 and base <= line.port < base + 8 for line in lines)
    lines[0].close()
    third = await media.open()
    assert third.port not in [line.port for line in lines]
    for line in (lines[1], third):
        line.close()
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    with pytest.raises(OSError, match=r"no free media port on 127.0.0.1"):
        await RtpMedia(ports=range(port, port + 1) if port % 2 == 0 else range(0)).open()
    taken.close()
