"""The jitter buffer: order, loss, and delay only where the network asks for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.media.jitter import MAX_SPAN, JitterBuffer


def payload(n: int) -> bytes:
    return n.to_bytes(4, "big")


def number(taken: bytes | None) -> int | None:
    return None if taken is None else int.from_bytes(taken, "big")


def play(arrivals: list[list[int]], first: int = 0) -> tuple[list[int | None], JitterBuffer]:
    """What is popped when each tick's arrivals (packet numbers) come just before its pop."""
    buffer = JitterBuffer()
    popped: list[int | None] = []
    for tick in arrivals:
        for n in tick:
            buffer.push((first + n) % 65536, payload(n))
        taken = buffer.pop()
        popped.append(number(taken.payload))
        if taken.merged is not None:
            popped.append(number(taken.merged))
    return popped, buffer


def test_a_steady_stream_has_no_delay_and_wraps() -> None:
    popped, buffer = play([[n] for n in range(300)], first=65_400)
    assert popped == list(range(300))
    assert buffer.span == 0


def test_nothing_before_the_first_packet() -> None:
    buffer = JitterBuffer()
    started = [buffer.is_started]
    assert buffer.pop().payload is None
    buffer.push(9, payload(9))
    started.append(buffer.is_started)
    assert started == [False, True]
    assert number(buffer.pop().payload) == 9


def test_a_lost_packet_is_concealed_once() -> None:
    popped, buffer = play([[0], [1], [], [3], [4], [5]])
    assert popped == [0, 1, None, 3, 4, 5]
    assert (buffer.counts.lost, buffer.span) == (1, 0)


def test_a_hole_seen_early_is_concealed_in_its_place() -> None:
    # The loss shows at once because two packets stand in the buffer.
    popped, buffer = play([[], [0, 1, 2], [4], [5], [6]])
    assert popped == [None, 0, 1, 2, None]
    assert buffer.counts.lost == 1


@pytest.mark.parametrize("lost", [2, 10, 50, 1_000])
def test_a_long_loss_adds_no_delay(lost: int) -> None:
    popped, buffer = play([[0], *[[] for _ in range(lost)], [lost + 1], [lost + 2]])
    assert popped == [0, *[None] * lost, lost + 1, lost + 2]
    assert (buffer.counts.lost, buffer.span) == (lost, 0)


def test_a_pause_without_loss_adds_no_delay() -> None:
    # A DTMF digit: no packets, then the next sequence number with a jump of the timestamp.
    popped, buffer = play([[0], [1], [], [], [], [], [2], [3]])
    assert popped == [0, 1, None, None, None, None, 2, 3]
    assert (buffer.counts.lost, buffer.span) == (0, 0)


def test_a_packet_that_came_too_late_for_its_tick_still_plays() -> None:
    popped, buffer = play([[0], [], [1, 2], [3], [4]])
    assert popped == [0, None, 1, 2, 3]
    assert (buffer.counts.late, buffer.counts.lost, buffer.span) == (0, 0, 1)


def test_duplicates_are_dropped() -> None:
    popped, buffer = play([[0, 0], [1, 0], [2, 1, 1]])
    assert popped == [0, 1, 2]
    assert (buffer.counts.duplicate, buffer.counts.late) == (4, 0)


def test_reordering_within_a_tick_is_put_right() -> None:
    popped, _ = play([[], [1, 0], [2], [3]])
    # 1 came first of all, so 0 is before the beginning.
    assert popped == [None, 1, 2, 3]
    assert play([[0], [], [2, 1], [4, 3], [], []])[0] == [0, None, 1, 2, 3, 4]


def test_late_packets_buy_patience() -> None:
    arrivals = [[0], [2], [1, 3], [4], [6], [5, 7], [8], [10], [9, 11], [12]]
    popped, buffer = play(arrivals)
    assert buffer.counts.late == 1, "only the first reordering costs a packet"
    assert [n for n in popped if n is not None] == [0, 2, 3, 4, 5, 6, 7, 8, 9]


def test_packets_two_ticks_late_buy_patience_too() -> None:
    arrivals: list[list[int]] = [[] for _ in range(202)]
    for n in range(200):
        arrivals[n + (2 if n % 10 == 5 else 0)].append(n)
    assert play(arrivals)[1].counts.late <= 4


def test_patience_runs_out_in_calm() -> None:
    def concealed_for_one_loss(calm: int) -> int:
        arrivals: list[list[int]] = [[] for _ in range(220 + calm)]
        for n in range(200):
            arrivals[n + (n % 10 == 5) * (2 + n // 50)].append(n)
        for n in range(200, 200 + calm):
            arrivals[n].append(n)
        # One more is lost, and the next comes in its place.
        for n in range(200 + calm, 219 + calm):
            arrivals[n].append(n + 1)
        popped, _ = play(arrivals)
        return popped[-20:].count(None)

    assert concealed_for_one_loss(calm=40) > concealed_for_one_loss(calm=1_500) == 1


def test_delay_that_was_missed_soon_is_given_back_later() -> None:
    # The network stops for 60 ms every 1.2 s; 3 frames of delay bridge it.
    arrivals: list[list[int]] = [[] for _ in range(60 * 40)]
    for n in range(60 * 40 - 3):
        arrivals[n + max(0, 3 - n % 60)].append(n)
    popped, _ = play(arrivals)
    assert sum(n is None for n in popped) < 40, "120 without learning"


def test_a_standing_delay_is_given_back() -> None:
    arrivals = [[0], *[[] for _ in range(4)], [1, 2, 3, 4, 5], *[[n] for n in range(6, 206)]]
    popped, buffer = play(arrivals)
    assert [n for n in popped if n is not None] == list(range(206)), "merged, never dropped"
    assert (buffer.counts.merged, buffer.span) == (4, 0)


def test_delay_that_is_needed_stays() -> None:
    # Packets come in pairs every other tick: one frame of delay is needed for good.
    arrivals = [[n, n + 1] if n % 2 == 0 else [] for n in range(2_000)]
    popped, buffer = play(arrivals)
    concealed = sum(n is None for n in popped)
    assert concealed <= 1
    assert buffer.counts.merged == 0


def test_the_buffer_is_bounded() -> None:
    buffer = JitterBuffer()
    for n in range(1_000):
        buffer.push(n, payload(n))
    assert buffer.span == MAX_SPAN
    assert number(buffer.pop().payload) == 1_000 - MAX_SPAN


def test_one_stray_number_does_not_move_the_stream_and_two_do() -> None:
    popped, _ = play([[0], [30_000, 1], [2], [40_000], [40_001], [40_002]])
    assert popped == [0, 1, 2, None, 40_001, 40_002]


def test_restart_keeps_the_counts() -> None:
    buffer = JitterBuffer()
    buffer.push(5, payload(5))
    buffer.restart()
    assert not buffer.is_started
    buffer.push(60_000, payload(1))
    assert number(buffer.pop().payload) == 1
    assert buffer.counts.received == 2


@given(st.lists(st.lists(st.integers(0, 65_535), max_size=4), max_size=60))
def test_any_sequence_of_numbers_is_survived(arrivals: list[list[int]]) -> None:
    _, buffer = play(arrivals)
    counts = buffer.counts
    assert buffer.span <= MAX_SPAN
    assert counts.received + counts.late + counts.duplicate == sum(len(a) for a in arrivals)


@given(st.data())
def test_what_plays_is_in_order_and_once(data: st.DataObject) -> None:
    delays = data.draw(st.lists(st.integers(0, 3) | st.none(), min_size=1, max_size=80))
    arrivals: list[list[int]] = [[] for _ in range(len(delays) + 30)]
    for n, delay in enumerate(delays):
        if delay is not None:
            arrivals[n + delay].append(n)
    popped, buffer = play(arrivals)
    played = [n for n in popped if n is not None]
    assert played == sorted(set(played))
    assert len(played) == buffer.counts.received, "what was taken in was played"
