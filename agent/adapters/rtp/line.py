"""One UDP socket a call, polled by the tick.

The socket is read when the tick comes, not when packets do: the tick takes one frame out anyway, and so a
packet costs one system call instead of one wake-up of the event loop. The kernel's receive buffer is the
bounded queue. Once connected, the kernel itself refuses datagrams of any other peer, so a flood from
elsewhere neither reaches us nor fills that queue.
"""

import secrets
import socket
from collections.abc import Iterator
from typing import Protocol

from agent.adapters.rtp.codec import STEP, Slin
from agent.media import pcm
from agent.media.intake import Intake
from agent.media.rtp import PT_SLIN16, Admission, RtpFault, Sender, SourceCheck, parse
from agent.values.audio import FRAME_BYTES, FRAME_MS, AudioFrame

RECEIVE_BUFFER_BYTES = 128 * 1024
"""About a second of packets with the kernel's overhead."""
MAX_DATAGRAM_BYTES = 2_048
READ_LIMIT = 100
"""Datagrams read in one tick: what is above waits for the next, so that no peer can hold the loop."""
EXPEDITED_FORWARDING = 0xB8
"""IP_TOS for voice (RFC 3246)."""


class Datagrams(Protocol):
    """What a line needs of a UDP socket that does not block."""

    def getsockname(self) -> tuple[str, int]:
        """Where it is bound."""

    def connect(self, address: tuple[str, int]) -> None:
        """Set the peer."""

    def send(self, data: bytes) -> int:
        """Send to the peer. Raises OSError."""

    def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
        """A datagram and its sender. Raises BlockingIOError when none waits, OSError for an ICMP error."""

    def close(self) -> None:
        """Release it."""


class RtpLine:
    """One open line (agent.ports.media.Line): slin16 in, slin out. Not for use from several threads."""

    def __init__(self, sock: Datagrams) -> None:
        """Takes the bound, non-blocking ``sock`` over."""
        self._sock = sock
        self._port = sock.getsockname()[1]
        self._peer: tuple[str, int] | None = None
        self._encoder = Slin()
        self._sender = Sender(
            secrets.randbits(32), self._encoder.payload_type, STEP, secrets.randbits(16), secrets.randbits(32)
        )
        self._source = SourceCheck(PT_SLIN16, FRAME_BYTES)
        self._intake = Intake()
        self._exchanges = 0
        self._quiet = 0
        self._is_closed = False
        self._counts = {"foreign": 0, "malformed": 0, "refused": 0, "sent": 0}

    @property
    def port(self) -> int:
        """The local UDP port Asterisk sends to."""
        return self._port

    @property
    def quiet_ms(self) -> int:
        """How long no packet has come in, in ms of exchanges."""
        return self._quiet * FRAME_MS

    def connect(self, host: str, port: int) -> None:
        """Set the only address packets are accepted from and sent to; ``host`` is a numeric IPv4 address."""
        self._peer = (host, port)
        self._sock.connect(self._peer)

    def exchange(self, pcm: bytes) -> AudioFrame | None:
        """Send one frame and take one in; None until the first packet came. Never blocks, never raises."""
        at_ms = self._exchanges * FRAME_MS
        self._exchanges += 1
        if self._is_closed:
            return None
        self._send(pcm)
        self._quiet += 1
        self._receive()
        return self._intake.take(at_ms)

    def stats(self) -> dict[str, int]:
        """Counters of the port's contract, and ``duplicate``, ``merged`` (frames given up to shorten a standing
        delay), ``refused`` (ICMP said that the peer's port is closed), ``delay_ms`` (what the jitter buffer holds)."""
        counts = self._intake.counts
        return {
            **self._counts,
            "received": counts.received,
            "late": counts.late,
            "lost": counts.lost,
            "duplicate": counts.duplicate,
            "merged": counts.merged,
            "concealed": self._intake.concealed,
            "delay_ms": self._intake.delay_ms,
        }

    def close(self) -> None:
        """Release the socket at once. Idempotent."""
        self._is_closed = True
        self._sock.close()

    def _send(self, frame: bytes) -> None:
        if self._peer is None:
            return
        datagram = self._sender.build(self._encoder.encode(frame))
        try:
            self._sock.send(datagram)
        except OSError:
            # A full send buffer or a port that closed: the next frame is due in 20 ms, this one is lost.
            self._counts["refused"] += 1
        else:
            self._counts["sent"] += 1

    def _receive(self) -> None:
        for data, address in self._datagrams():
            if self._peer is None or address != self._peer:
                self._counts["foreign"] += 1
                continue
            packet = parse(data)
            if isinstance(packet, RtpFault):
                self._counts["malformed"] += 1
                continue
            admission = self._source.admit(packet, self._quiet)
            if admission in (Admission.FOREIGN, Admission.MALFORMED):
                self._counts[admission] += 1
                continue
            if admission is Admission.RESTARTED:
                self._intake.restart()
            self._intake.push(packet.sequence_number, pcm.swap(packet.payload))
            self._quiet = 0

    def _datagrams(self) -> Iterator[tuple[bytes, tuple[str, int]]]:
        for _ in range(READ_LIMIT):
            try:
                yield self._sock.recvfrom(MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError:
                # An ICMP error of an earlier send is reported here; the datagrams behind it are intact.
                self._counts["refused"] += 1


class RtpMedia:
    """Opens lines on one address (agent.ports.media.MediaLine).

    ``ports`` are tried in turn, even ones, round and round, so that a port rests before it is used again; none
    leaves the choice to the kernel.
    """

    def __init__(self, host: str = "127.0.0.1", ports: range | None = None) -> None:
        self._host = host
        self._ports = [p for p in ports if p % 2 == 0] if ports is not None else [0]
        self._turn = 0

    async def open(self, port: int | None = None) -> RtpLine:
        """Bind a line's socket; ``port`` re-binds a known one. Raises OSError when it, or every port, is taken."""
        if port is not None:
            return self._bind(port)
        said = "no ports are configured"
        for _ in self._ports:
            candidate = self._ports[self._turn % len(self._ports)]
            self._turn += 1
            try:
                return self._bind(candidate)
            except OSError as error:
                said = str(error)
        raise OSError(f"no free media port on {self._host}, {len(self._ports)} tried: {said}")

    def _bind(self, port: int) -> RtpLine:
        return RtpLine(bound_socket(self._host, port))


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket for one line's RTP; port 0 is any free one. Raises OSError."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, EXPEDITED_FORWARDING)
        sock.bind((host, port))
    except BaseException:
        sock.close()
        raise
    return sock
