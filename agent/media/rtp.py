"""RTP packets (RFC 3550, section 5.1) as small values: parse what came, build what goes, and lock on one source.

Nothing here raises on what a peer sends: bytes from outside give a packet or a fault that says why not.
"""

import struct
from dataclasses import dataclass
from enum import StrEnum

VERSION = 2
HEADER_BYTES = 12
SEQUENCE_MODULO = 1 << 16
TIMESTAMP_MODULO = 1 << 32

PT_SLIN = 11
"""L16 mono (RFC 3551) in Asterisk's reading: 8 kHz, big-endian."""
PT_SLIN16 = 118
"""What Asterisk's externalMedia sends for slin16: 16 kHz, big-endian."""

MIN_SEQUENTIAL = 3
"""Packets in a row a new SSRC needs before we believe it (RFC 3550 A.1 asks for 2)."""

_HEADER = struct.Struct("!BBHII")
_EXTENSION = struct.Struct("!HH")


class Fault(StrEnum):
    """Why bytes are no RTP packet."""

    SHORT = "shorter than a header"
    VERSION = "not RTP version 2"
    CONTRIBUTORS = "cut within the CSRC list"
    EXTENSION = "cut within the header extension"
    PADDING = "padding longer than the packet"


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One packet; ``payload`` is without padding. ``sequence_number`` and ``timestamp`` are in RTP units."""

    payload_type: int
    sequence_number: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False


@dataclass(frozen=True, slots=True)
class RtpFault:
    """Bytes that are no RTP packet."""

    reason: Fault


def parse(data: bytes) -> RtpPacket | RtpFault:
    """Read one datagram. Any bytes are allowed; nothing is raised."""
    if len(data) < HEADER_BYTES:
        return RtpFault(Fault.SHORT)
    flags, kind, sequence_number, timestamp, ssrc = _HEADER.unpack_from(data)
    if flags >> 6 != VERSION:
        return RtpFault(Fault.VERSION)
    start = HEADER_BYTES + 4 * (flags & 0x0F)
    if start > len(data):
        return RtpFault(Fault.CONTRIBUTORS)
    if flags & 0x10:
        if start + _EXTENSION.size > len(data):
            return RtpFault(Fault.EXTENSION)
        start += _EXTENSION.size + 4 * _EXTENSION.unpack_from(data, start)[1]
        if start > len(data):
            return RtpFault(Fault.EXTENSION)
    end = len(data)
    if flags & 0x20:
        # The last octet counts the padding, itself included (RFC 3550, 5.1).
        if not 1 <= data[-1] <= end - start:
            return RtpFault(Fault.PADDING)
        end -= data[-1]
    return RtpPacket(kind & 0x7F, sequence_number, timestamp, ssrc, bytes(data[start:end]), kind & 0x80 != 0)


def build(packet: RtpPacket) -> bytes:
    """The datagram of ``packet``: no CSRC, extension or padding. Raises struct.error on fields out of range."""
    return (
        _HEADER.pack(
            VERSION << 6,
            (packet.marker << 7) | packet.payload_type,
            packet.sequence_number,
            packet.timestamp,
            packet.ssrc,
        )
        + packet.payload
    )


class Sender:
    """One outgoing stream. Sequence and timestamp grow with every packet, wrap at 16 and 32 bits, and never jump:
    Asterisk passes our gaps through to the caller."""

    __slots__ = ("_payload_type", "_sequence_number", "_ssrc", "_step", "_timestamp", "is_fresh")

    def __init__(self, ssrc: int, payload_type: int, step: int, sequence_number: int = 0, timestamp: int = 0) -> None:
        """``step`` is a packet's length in units of the payload type's RTP clock: 160 for 20 ms at 8 kHz."""
        self._ssrc = ssrc
        self._payload_type = payload_type
        self._step = step
        self._sequence_number = sequence_number % SEQUENCE_MODULO
        self._timestamp = timestamp % TIMESTAMP_MODULO
        self.is_fresh = True

    def build(self, payload: bytes) -> bytes:
        """The next datagram; the first of the stream bears the marker (RFC 3551, 4.1)."""
        packet = RtpPacket(
            self._payload_type, self._sequence_number, self._timestamp, self._ssrc, payload, self.is_fresh
        )
        self.is_fresh = False
        self._sequence_number = (self._sequence_number + 1) % SEQUENCE_MODULO
        self._timestamp = (self._timestamp + self._step) % TIMESTAMP_MODULO
        return build(packet)


class Admission(StrEnum):
    """What the source check says of a packet."""

    ACCEPTED = "accepted"
    RESTARTED = "restarted"
    """Accepted, and the stream began anew: what the jitter buffer knew is void."""
    FOREIGN = "foreign"
    MALFORMED = "malformed"


class SourceCheck:
    """Locks on the first SSRC that sends the right payload type and length.

    Another SSRC (Asterisk restarted, or somebody injects) takes over only after MIN_SEQUENTIAL packets in
    sequence without one of the locked source in between, and when that has been silent for as many frames: a
    forger would have to silence the caller first, and a burst within one frame is not enough.
    """

    __slots__ = ("_candidate", "_expected", "_payload_bytes", "_payload_type", "_run", "_ssrc")

    def __init__(self, payload_type: int, payload_bytes: int) -> None:
        self._payload_type = payload_type
        self._payload_bytes = payload_bytes
        self._ssrc: int | None = None
        self._candidate = 0
        self._expected = 0
        self._run = 0

    def admit(self, packet: RtpPacket, quiet_frames: int = MIN_SEQUENTIAL) -> Admission:
        """Judge a packet that came from the right address, ``quiet_frames`` after the last that was accepted."""
        if packet.payload_type != self._payload_type or len(packet.payload) != self._payload_bytes:
            return Admission.MALFORMED
        if self._ssrc is None:
            self._ssrc = packet.ssrc
        if packet.ssrc == self._ssrc:
            self._run = 0
            return Admission.ACCEPTED
        return self._probe(packet, quiet_frames)

    def _probe(self, packet: RtpPacket, quiet_frames: int) -> Admission:
        is_next = self._run > 0 and packet.ssrc == self._candidate and packet.sequence_number == self._expected
        self._run = self._run + 1 if is_next else 1
        self._candidate = packet.ssrc
        self._expected = (packet.sequence_number + 1) % SEQUENCE_MODULO
        if self._run < MIN_SEQUENTIAL or quiet_frames < MIN_SEQUENTIAL:
            return Admission.FOREIGN
        self._ssrc = packet.ssrc
        self._run = 0
        return Admission.RESTARTED
