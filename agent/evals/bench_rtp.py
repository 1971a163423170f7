"""The RTP path: a million hostile packets without an exception, and what a good one costs."""

import time
from dataclasses import dataclass, field
from random import Random

from agent.evals.compare import BenchResult, Comparison, compare
from agent.media import pcm
from agent.media.jitter import JitterBuffer
from agent.media.rtp import PT_SLIN16, Admission, RtpFault, RtpPacket, SourceCheck, build, parse
from agent.values.audio import FRAME_BYTES

FUZZED = 1_000_000
_ROUND = 2_000
_SSRC = 0x41545431


@dataclass(slots=True)
class Receiver:
    """The receiving half of a line, without its socket."""

    source: SourceCheck = field(default_factory=lambda: SourceCheck(PT_SLIN16, FRAME_BYTES))
    jitter: JitterBuffer = field(default_factory=JitterBuffer)

    def receive(self, data: bytes) -> bool:
        """Take one datagram in; whether its audio was accepted."""
        packet = parse(data)
        if isinstance(packet, RtpFault):
            return False
        admission = self.source.admit(packet)
        if admission is Admission.RESTARTED:
            self.jitter.restart()
        if admission in (Admission.FOREIGN, Admission.MALFORMED):
            return False
        self.jitter.push(packet.sequence_number, packet.payload)
        return True

    def tick(self) -> bytes:
        """Play one frame."""
        taken = self.jitter.pop() if self.jitter.is_started else None
        return pcm.swap(taken.payload) if taken and taken.payload else b""


def hostile(rng: Random, good: bytes) -> bytes:
    """A datagram as an attacker or a broken peer would send it: noise, cuts, flipped bits, lies in the header."""
    kind = rng.randrange(5)
    if kind == 0:
        return rng.randbytes(rng.randrange(0, 200))
    if kind == 1:
        return good[: rng.randrange(len(good))]
    if kind == 2:
        spoiled = bytearray(good)
        for _ in range(rng.randrange(1, 8)):
            spoiled[rng.randrange(16)] ^= 1 << rng.randrange(8)
        return bytes(spoiled)
    if kind == 3:
        return bytes([0x80 | rng.randrange(64)]) + good[1:] + rng.randbytes(rng.randrange(0, 8))
    ssrc, sequence = rng.getrandbits(32), rng.getrandbits(16)
    return build(RtpPacket(PT_SLIN16, sequence, rng.getrandbits(32), ssrc, good[12:]))


def fuzz(count: int, seed: int) -> dict[str, int]:
    """Throw ``count`` hostile datagrams among good ones at a receiver; how many raised, and what was played."""
    rng, receiver = Random(seed), Receiver()
    counts = {"packets": 0, "exceptions": 0, "hostile_accepted": 0}
    stream = _stream(256)
    for place in range(count):
        good = stream[place % len(stream)]
        data = hostile(rng, good)
        counts["packets"] += 1
        try:
            counts["hostile_accepted"] += receiver.receive(data)
            if place % 16 == 0:
                receiver.receive(good)
                receiver.tick()
        except Exception:  # noqa: BLE001 - what is counted here is any exception at all
            counts["exceptions"] += 1
    return counts


async def bench_rtp(n: int, fuzzed: int = FUZZED) -> BenchResult:
    """A receives and plays a good stream; B only swaps the bytes of the same payloads: the floor."""
    started_s = time.process_time()
    counts = fuzz(fuzzed, seed=1)
    spent_s = time.process_time() - started_s
    stream = _stream(_ROUND)

    async def receive(_round: int) -> float:
        receiver, started = Receiver(), time.process_time()
        for data in stream:
            receiver.receive(data)
            receiver.tick()
        return (time.process_time() - started) * 1e6 / _ROUND

    async def swap(_round: int) -> float:
        started = time.process_time()
        for data in stream:
            pcm.swap(data[12:])
        return (time.process_time() - started) * 1e6 / _ROUND

    extra = {"fuzz": {**counts, "packets_per_cpu_second": round(fuzzed / spent_s)}}
    comparison = Comparison("rtp", "CPU microseconds a packet", ("receive", receive), ("byte_swap", swap), extra)
    return await compare(comparison, n)


def _stream(count: int) -> list[bytes]:
    rng = Random(7)
    payload = rng.randbytes(FRAME_BYTES)
    return [build(RtpPacket(PT_SLIN16, place % 65_536, place * 320, _SSRC, payload)) for place in range(count)]
