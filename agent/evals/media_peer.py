"""The far side of many calls at once, as Asterisk's externalMedia is: RTP on a fixed grid, and the kernel's own
time of each packet that comes back.

A loop on one socket, for a thread of its own. Arrivals carry the time at which the kernel took them (SO_TIMESTAMPNS,
socket(7)), so that when this loop gets to read them does not matter.
"""

import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from agent.evals.media_rig import BEEP_MS, HOST, LOUD
from agent.media import pcm
from agent.media.rtp import PT_SLIN16, RtpFault, Sender, parse
from agent.values.audio import FRAME_BYTES, FRAME_MS, SILENCE

FRAME_NS = FRAME_MS * 1_000_000
BEEP_EVERY = 25
"""Frames from one beep to the next."""
FRAMES_OF_WINDOWS = 8
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("qq")
_BUFFER_BYTES = 8 * 1024 * 1024
_LONGEST_SLEEP_NS = 2_000_000
_TIMESTAMP_STEP = 320


@dataclass(slots=True)
class Heard:
    """What one call sent us: sequence number and time of each packet, and when its beeps began."""

    packets: list[tuple[int, int]] = field(default_factory=list)
    beeps: list[int] = field(default_factory=list)
    was_loud: bool = False


@dataclass(slots=True)
class _Call:
    port: int
    sender: Sender
    phase_ns: int
    offset: int
    beeps_sent: list[int] = field(default_factory=list)
    heard: Heard = field(default_factory=Heard)


class Peer:
    """Sends every call's frames, each at a phase of its own within the 20 ms, and keeps what comes back."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.bind((HOST, 0))
        self._socket.setblocking(False)
        self._beeps = False
        self._calls: list[_Call] = []
        self._by_port: dict[int, _Call] = {}

    @property
    def port(self) -> int:
        """Our UDP port."""
        return int(self._socket.getsockname()[1])

    def meet(self, ports: Sequence[int]) -> None:
        """The other sides; phases are spread evenly over a frame."""
        for number, port in enumerate(ports):
            phase_ns = number * FRAME_NS // len(ports)
            call = _Call(port, Sender(number + 1, PT_SLIN16, _TIMESTAMP_STEP), phase_ns, Random(number).randrange(1000))
            self._calls.append(call)
            self._by_port[port] = call

    def run(self, frames: Sequence[bytes] | None, until: Callable[[], bool]) -> None:
        """Send until told otherwise. ``frames`` are big-endian and are looped over; None: silence, and beeps.

        Raises OSError when it is closed meanwhile.
        """
        self._beeps = frames is None
        started_ns, number = time.time_ns(), 0
        while not until():
            # Calls begin when they like: their windows of 32 ms, five in eight frames, are to end in all ticks alike.
            for call in [call for place, call in enumerate(self._calls) if place % FRAMES_OF_WINDOWS <= number]:
                self._wait_until(started_ns + number * FRAME_NS + call.phase_ns)
                self._socket.sendto(call.sender.build(self._payload(call, frames, number)), (HOST, call.port))
            number += 1

    def take(self) -> list[Heard]:
        """What each call sent since the last time."""
        taken = [call.heard for call in self._calls]
        for call in self._calls:
            call.heard = Heard()
        return taken

    def beeps_sent(self) -> list[list[int]]:
        """When each call's beeps were sent."""
        return [call.beeps_sent for call in self._calls]

    def close(self) -> None:
        """Release the socket."""
        self._socket.close()

    def _payload(self, call: _Call, frames: Sequence[bytes] | None, number: int) -> bytes:
        if frames is not None:
            return frames[(number + call.offset) % len(frames)]
        at = (number + call.offset) % BEEP_EVERY
        if at == 0:
            call.beeps_sent.append(time.time_ns())
        return _BEEP if at < BEEP_MS // FRAME_MS else SILENCE

    def _wait_until(self, due_ns: int) -> None:
        """Read what comes until it is time to send."""
        self._read()
        while (left_ns := due_ns - time.time_ns()) > 0:
            time.sleep(min(left_ns, _LONGEST_SLEEP_NS) / 1e9)
            self._read()

    def _read(self) -> None:
        while True:
            try:
                data, notes, _, address = self._socket.recvmsg(2048, 64)
            except BlockingIOError:
                return
            except ConnectionError:
                continue  # an ICMP error of an earlier send
            self._keep(data, _arrival_ns(notes), address[1])

    def _keep(self, data: bytes, at_ns: int, port: int) -> None:
        packet, call = parse(data), self._by_port.get(port)
        if call is None or isinstance(packet, RtpFault):
            return
        call.heard.packets.append((packet.sequence_number, at_ns))
        if not self._beeps:
            return
        is_loud = _peak(packet.payload) > LOUD // 2
        if is_loud and not call.heard.was_loud:
            call.heard.beeps.append(at_ns)
        call.heard.was_loud = is_loud


_BEEP = LOUD.to_bytes(2, "big") * (FRAME_BYTES // 2)


def _peak(payload: bytes) -> int:
    return int(pcm.samples(pcm.swap(payload)).max())


def _arrival_ns(notes: Sequence[tuple[int, int, bytes]]) -> int:
    """The kernel's time of a datagram."""
    for level, kind, value in notes:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack_from(value)
            return int(seconds) * 1_000_000_000 + int(nanoseconds)
    return time.time_ns()
