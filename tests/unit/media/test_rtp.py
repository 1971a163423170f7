"""RTP as RFC 3550 writes it, and what is no RTP."""

import random
import struct

from hypothesis import given
from hypothesis import strategies as st

from agent.media.rtp import (
    PT_SLIN,
    PT_SLIN16,
    Admission,
    Fault,
    RtpFault,
    RtpPacket,
    Sender,
    SourceCheck,
    build,
    parse,
)

packets = st.builds(
    RtpPacket,
    st.integers(0, 127),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=700),
    st.booleans(),
)


@given(packets)
def test_what_is_built_is_parsed(packet: RtpPacket) -> None:
    assert parse(build(packet)) == packet


def test_parses_a_packet_as_asterisk_sends_it() -> None:
    # Version 2, payload type 118, sequence 1, timestamp 320, four samples.
    data = bytes.fromhex("8076 0001 00000140 1234abcd 0001 fffe 7fff 8000")
    assert parse(data) == RtpPacket(118, 1, 320, 0x1234ABCD, bytes.fromhex("0001fffe7fff8000"))


def test_steps_over_contributors_extension_and_padding() -> None:
    header = struct.pack("!BBHII", 0b10_1_1_0010, 0x80 | PT_SLIN16, 7, 8, 9)
    data = header + bytes(8) + struct.pack("!HH4x", 0xBEDE, 1) + b"ab" + b"\0\0\3"
    assert parse(data) == RtpPacket(PT_SLIN16, 7, 8, 9, b"ab", marker=True)


def test_says_why_bytes_are_no_packet() -> None:
    good = build(RtpPacket(PT_SLIN16, 1, 2, 3, b"ab"))
    cases = {
        Fault.SHORT: good[:11],
        Fault.VERSION: b"\x40" + good[1:],
        Fault.CONTRIBUTORS: b"\x8f" + good[1:],
        Fault.EXTENSION: b"\x90" + good[1:12] + b"\0\0\xff\xff" + b"ab",
        Fault.PADDING: b"\xa0" + good[1:12] + b"a\x03",
    }
    assert {reason: parse(data) for reason, data in cases.items()} == {r: RtpFault(r) for r in cases}
    assert parse(b"\x90" + good[1:]) == RtpFault(Fault.EXTENSION)
    assert parse(b"\xa0" + good[1:12] + b"a\x00") == RtpFault(Fault.PADDING)


def test_nothing_raises_on_random_bytes() -> None:
    chance = random.Random(7)
    seen = set()
    for _ in range(50_000):
        # Mostly version 2, so that the deeper checks are reached.
        data = bytes([0x80 | chance.getrandbits(6)]) + chance.randbytes(chance.randrange(40))
        result = parse(data)
        seen.add(type(result))
        if isinstance(result, RtpPacket):
            assert len(result.payload) <= len(data) - 12
    assert seen == {RtpPacket, RtpFault}


def test_sender_counts_on_over_both_wraps() -> None:
    sender = Sender(5, PT_SLIN, 160, sequence_number=0xFFFF, timestamp=2**32 - 160)
    first, second = parse(sender.build(b"a")), parse(sender.build(b"b"))
    assert first == RtpPacket(PT_SLIN, 0xFFFF, 2**32 - 160, 5, b"a", marker=True)
    assert second == RtpPacket(PT_SLIN, 0, 0, 5, b"b", marker=False)


def packet(ssrc: int, sequence_number: int, payload_type: int = PT_SLIN16, size: int = 640) -> RtpPacket:
    return RtpPacket(payload_type, sequence_number, 0, ssrc, bytes(size))


def test_source_check_wants_type_and_length() -> None:
    check = SourceCheck(PT_SLIN16, 640)
    assert check.admit(packet(1, 1, payload_type=0)) is Admission.MALFORMED
    assert check.admit(packet(1, 1, size=639)) is Admission.MALFORMED
    assert check.admit(packet(2, 1)) is Admission.ACCEPTED, "what was refused must not have locked the source"


def test_another_ssrc_takes_over_only_when_the_first_is_silent() -> None:
    check = SourceCheck(PT_SLIN16, 640)
    assert check.admit(packet(1, 1)) is Admission.ACCEPTED
    for n in range(20):
        assert check.admit(packet(2, 100 + n)) is Admission.FOREIGN
        assert check.admit(packet(1, 2 + n)) is Admission.ACCEPTED
    verdicts = [check.admit(packet(3, 0xFFFE + n & 0xFFFF)) for n in range(4)]
    assert verdicts == [Admission.FOREIGN, Admission.FOREIGN, Admission.RESTARTED, Admission.ACCEPTED]
    assert check.admit(packet(1, 99)) is Admission.FOREIGN


def test_a_takeover_needs_consecutive_packets() -> None:
    check = SourceCheck(PT_SLIN16, 640)
    check.admit(packet(1, 1))
    assert {check.admit(packet(2, n)) for n in (5, 9, 3, 77, 12)} == {Admission.FOREIGN}
