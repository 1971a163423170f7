"""The arithmetic of bench media: what is read off packets and beeps."""

import time

import pytest

from agent.adapters.rtp.codec import Slin
from agent.evals.bench_media import Load, grid_errors_ms, matched, percent_of
from agent.evals.media_peer import FRAME_NS, Heard, Peer
from agent.media.resample import Decimator
from agent.media.rtp import PT_SLIN, Sender
from agent.values.audio import FRAME_SAMPLES, SILENCE

MS = 1_000_000


def test_an_even_stream_has_no_error_whatever_its_phase_and_start() -> None:
    packets = [(number, 7 * MS + number * FRAME_NS) for number in range(100, 200)]
    assert max(grid_errors_ms(packets)) == 0


def test_a_late_packet_is_as_wrong_as_it_is_late_and_the_others_are_right() -> None:
    packets = [(number, number * FRAME_NS + (9 * MS if number == 50 else 0)) for number in range(100)]
    errors = grid_errors_ms(packets)
    assert errors[50] == pytest.approx(9)
    assert sum(errors) == pytest.approx(9)


def test_sequence_numbers_wrap_and_a_lost_packet_moves_no_other() -> None:
    numbers = [number for number in range(65_500, 65_600) if number != 65_540]
    assert max(grid_errors_ms([(number % 65_536, number * FRAME_NS) for number in numbers])) == 0


def test_frames_that_never_came_are_missing() -> None:
    whole = [(number, number * FRAME_NS) for number in range(1000)]
    assert Load([Heard(whole)], 1.0, 0.5, 1.0).missing == 0
    assert Load([Heard(whole[:500] + whole[510:])], 1.0, 0.5, 1.0).missing == pytest.approx(0.01)
    assert Load([Heard(whole), Heard()], 1.0, 0.5, 1.0).missing == 1


def test_a_load_that_left_windows_unjudged_is_not_clean() -> None:
    whole = [(number, number * FRAME_NS) for number in range(1000)]
    assert Load([Heard(whole)], 1.0, 0.5, 0.99).is_clean
    assert not Load([Heard(whole)], 1.0, 0.5, 0.9).is_clean


def test_a_load_without_any_packet_is_not_clean_and_has_no_percentile() -> None:
    assert not Load([Heard()], 1.0, 0.5, 1.0).is_clean
    with pytest.raises(IndexError):
        percent_of([], 99)


def test_a_beep_is_matched_with_its_own_answer_and_lost_ones_are_left_out() -> None:
    sent = [0, 500 * MS, 1000 * MS]
    answers = [(12 * MS, 20 * MS), (1015 * MS, 1020 * MS)]
    came = [35 * MS, 1031 * MS]
    assert list(matched(sent, answers, came)) == [(0, (12 * MS, 20 * MS), 35 * MS), (1000 * MS, answers[1], 1031 * MS)]
    assert list(matched(sent, answers[:1], [900 * MS])) == []


def test_the_kernels_time_of_arrival_does_not_depend_on_when_it_is_read() -> None:
    """The kernel begins to stamp a moment after a socket has asked for it; until then it stamps what is read."""
    here, there = Peer(), Peer()
    try:
        here.meet([there.port])
        there.meet([here.port])
        for _ in range(250):
            stop = iter([False, False, True])
            there.run([bytes(640)], lambda stop=stop: next(stop))  # type: ignore[misc]
            began_to_read_ns = time.time_ns()
            here._read()
            (heard,) = here.take()
            assert len(heard.packets) == 2
            if all(at < began_to_read_ns for _, at in heard.packets):
                return
        pytest.fail("packets are stamped when they are read")
    finally:
        here.close()
        there.close()


def test_silence_is_encoded_for_nothing_and_to_the_same_bytes() -> None:
    speech = (b"\x10\x20\x30\x00" * FRAME_SAMPLES)[: 2 * FRAME_SAMPLES]
    frames = [speech, SILENCE, SILENCE, SILENCE, speech, SILENCE, speech, speech]
    encoder, plain = Slin(), Decimator()
    for frame in frames:
        fed = plain.feed(frame)
        assert encoder.encode(frame) == b"".join(
            fed[at + 1 : at + 2] + fed[at : at + 1] for at in range(0, len(fed), 2)
        )


def test_a_stream_of_another_port_is_nobodys() -> None:
    peer, stranger = Peer(), Peer()
    try:
        peer.meet([1])
        peer._keep(Sender(1, PT_SLIN, 160).build(bytes(320)), 5, stranger.port)
        assert peer.take() == [Heard()]
    finally:
        peer.close()
        stranger.close()
