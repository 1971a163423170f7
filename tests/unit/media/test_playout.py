"""The playout queue: nothing lost, nothing twice, and an honest account of what was heard."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.media import pcm
from agent.media.playout import Heard, Playout
from agent.values.audio import BYTES_PER_MS, FRAME_BYTES, FRAME_MS, SILENCE
from agent.values.ids import TurnId

T1, T2, T3 = TurnId("t1"), TurnId("t2"), TurnId("t3")
FADE_BYTES = 5 * BYTES_PER_MS


def sound(duration_ms: float, level: int = 1000) -> bytes:
    return pcm.clip(np.full(int(duration_ms * 16), float(level)))


def queued(clauses: list[tuple[str, float]], *, is_ended: bool = True) -> Playout:
    """A playout with one turn of clauses (text, duration)."""
    playout = Playout()
    playout.begin(T1)
    for index, (text, duration_ms) in enumerate(clauses):
        playout.push(index, text, sound(duration_ms))
        playout.end_clause()
    if is_ended:
        playout.end(T1)
    return playout


def pops(playout: Playout, count: int) -> list[bytes]:
    return [playout.pop().pcm for _ in range(count)]


def test_silence_when_there_is_nothing() -> None:
    playout = Playout()
    assert pops(playout, 3) == [SILENCE] * 3
    assert playout.clear() == Heard()
    assert (playout.underruns, playout.is_active) == (0, False)


def test_edges_of_a_turn() -> None:
    playout = queued([("One.", 40)])
    first, second, third = playout.pop(), playout.pop(), playout.pop()
    assert (first.started, first.finished) == (T1, ())
    assert (second.started, second.finished) == (None, (T1,))
    assert (third.started, third.finished) == (None, ())
    assert playout.underruns == 0


def test_a_turn_without_audio_finishes() -> None:
    playout = Playout()
    playout.begin(T1)
    assert playout.pop().finished == ()
    playout.end(T1)
    popped = playout.pop()
    assert (popped.started, popped.finished) == (None, (T1,))


def test_end_after_the_last_frame_finishes_on_the_next_pop() -> None:
    playout = queued([("One.", 20)], is_ended=False)
    assert playout.pop().finished == ()
    playout.end(T1)
    assert playout.pop().finished == (T1,)


def test_turns_follow_each_other() -> None:
    playout = queued([("One.", 20)])
    playout.begin(T2)
    playout.end(T2)
    playout.begin(T3)
    playout.push(0, "Three.", sound(20))
    playout.end(T3)
    first, second = playout.pop(), playout.pop()
    assert (first.started, first.finished) == (T1, (T1, T2))
    assert (second.started, second.finished) == (T3, (T3,))


def test_beginning_a_turn_ends_the_open_one() -> None:
    playout = queued([("One.", 20)], is_ended=False)
    playout.begin(T2)
    assert playout.pop().finished == (T1,)


def test_pieces_are_joined_and_the_clause_padded() -> None:
    playout = Playout()
    playout.begin(T1)
    audio = sound(47.5)
    for at in range(0, len(audio), 250):
        playout.push(0, "Text", audio[at : at + 250])
    assert playout.queued_ms == 40
    playout.end_clause()
    playout.end(T1)
    out = b"".join(pops(playout, 3))
    assert out[FADE_BYTES : len(audio)] == audio[FADE_BYTES:]
    assert out[len(audio) :] == bytes(3 * FRAME_BYTES - len(audio))


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="split a sample"):
        Playout().push(0, "x", b"abc")


def test_stragglers_are_dropped() -> None:
    playout = queued([("One.", 40)])
    playout.push(1, "late", sound(100))
    assert playout.queued_ms == 40
    playout.clear()
    playout.push(0, "late", sound(100))
    playout.end(T1)
    assert (playout.queued_ms, playout.is_active) == (0, False)


def test_heard_is_cut_at_a_word() -> None:
    playout = queued([("Good morning.", 200), ("How may I help you today?", 500)])
    pops(playout, 10 + 12)
    # 240 of 500 ms: 12 of 25 characters, inside "help".
    assert playout.clear() == Heard(T1, "Good morning. How may I", 440)


def test_nothing_heard_of_a_turn_that_did_not_begin() -> None:
    playout = queued([("One.", 100)])
    playout.begin(T2)
    playout.push(0, "Two.", sound(100))
    assert playout.clear() == Heard(unheard=(T1, T2))


def test_only_the_playing_turn_is_heard() -> None:
    playout = queued([("One two.", 100)])
    playout.begin(T2)
    playout.push(0, "Two.", sound(100))
    pops(playout, 3)
    assert playout.clear() == Heard(T1, "One", 60, (T2,))


def test_a_clause_in_the_making_is_not_all_heard() -> None:
    playout = Playout()
    playout.begin(T1)
    playout.push(0, "This sentence will take some seconds to say", sound(400))
    pops(playout, 20)
    heard = playout.clear()
    assert heard.text == "This"
    assert heard.heard_ms == 400


def test_pause_holds_and_resume_rewinds_within_the_turn() -> None:
    playout = Playout()
    playout.begin(T1)
    for n in range(30):
        playout.push(0, "one two three four five", sound(20, level=100 + n))
    playout.end(T1)
    pops(playout, 15)
    playout.pause()
    assert playout.is_paused
    paused = pops(playout, 5)
    assert paused[1:] == [SILENCE] * 4
    assert playout.heard_ms == 300
    playout.resume(rewind_ms=200)
    again = pops(playout, 25)
    levels = [pcm.samples(frame)[-1] for frame in again]
    assert levels == list(range(105, 130))
    assert not playout.is_active, "the end of the turn is where it was"


def test_rewind_stops_at_the_beginning_and_a_second_resume_does_nothing() -> None:
    playout = queued([("One.", 100)])
    pops(playout, 2)
    playout.pause()
    playout.resume(rewind_ms=1_000)
    playout.resume(rewind_ms=1_000)
    assert playout.queued_ms == 100


def test_rewound_audio_is_not_heard_twice() -> None:
    playout = queued([("one two three four five", 400)])
    pops(playout, 10)
    playout.pause()
    playout.resume(200)
    pops(playout, 8)
    assert playout.heard_ms == 200
    assert playout.clear().heard_ms == 200


def test_no_clicks() -> None:
    playout = queued([("One.", 200)], is_ended=False)
    out = pops(playout, 5)
    playout.pause()
    out += pops(playout, 3)
    playout.resume(40)
    out += pops(playout, 4)
    playout.clear()
    out += pops(playout, 2)
    signal = pcm.samples(b"".join(out)).astype(int)
    assert signal.max() == 1000
    assert np.abs(np.diff(signal)).max() <= 1000 / 80 + 2


def test_underruns_are_counted_once_each() -> None:
    playout = queued([("One.", 40)], is_ended=False)
    pops(playout, 6)
    playout.push(1, "Two.", sound(20))
    pops(playout, 3)
    assert playout.underruns == 2


plans = st.lists(st.lists(st.integers(1, 900), min_size=1, max_size=4), min_size=1, max_size=4)


@given(plans, st.lists(st.integers(0, 6), max_size=40))
def test_nothing_is_lost_doubled_or_out_of_order(clauses: list[list[int]], ticks: list[int]) -> None:
    playout = Playout()
    playout.begin(T1)
    pushed: list[int] = []
    out: list[bytes] = []
    level = 1
    pace = iter(ticks)
    for index, pieces in enumerate(clauses):
        for samples in pieces:
            values = np.arange(level, level + samples)
            level += samples
            pushed += values.tolist()
            playout.push(index, "text", values.astype("<i2").tobytes())
            out += pops(playout, next(pace, 0))
        playout.end_clause()
    playout.end(T1)
    while playout.is_active:
        out.append(playout.pop().pcm)
    played = pcm.samples(b"".join(out)).astype(int)
    # Fades change values but not their places: the samples outside of fades are the numbers pushed, in order.
    whole = [int(v) for frame in out for v in pcm.samples(frame)[80:] if v]
    assert whole == sorted(set(whole))
    assert set(whole) <= set(pushed)
    assert np.count_nonzero(played) >= len(pushed) - 80 * (1 + playout.underruns)


words = st.text("abcdef", min_size=1, max_size=8)
texts = st.lists(words, min_size=1, max_size=8).map(" ".join)


@given(st.lists(st.tuples(texts, st.integers(20, 900)), min_size=1, max_size=4), st.data())
def test_heard_is_a_growing_prefix_of_said(clauses: list[tuple[str, int]], data: st.DataObject) -> None:
    said = " ".join(text for text, _ in clauses)
    frames = sum(-(-duration_ms // FRAME_MS) for _, duration_ms in clauses)
    cut = data.draw(st.integers(0, frames))
    before = ""
    heard_ms = 0
    for count in (cut // 2, cut):
        playout = queued([(t, float(d)) for t, d in clauses])
        playout.begin(T2)
        pops(playout, count)
        assert playout.heard_ms <= count * FRAME_MS
        heard = playout.clear()
        if heard.turn_id is None:
            assert count in (0, frames)
            continue
        assert said.startswith(heard.text)
        assert heard.text == said[: len(heard.text)].rstrip()
        assert len(said) == len(heard.text) or not heard.text or said[len(heard.text)] == " ", "cut at a word"
        assert heard.text.startswith(before)
        assert heard.heard_ms >= heard_ms
        before, heard_ms = heard.text, heard.heard_ms


@given(st.lists(st.sampled_from(["pop", "pause", "resume", "push", "clause"]), max_size=60))
def test_the_position_never_goes_back(actions: list[str]) -> None:
    playout = Playout()
    playout.begin(T1)
    heard_ms, index = 0, 0
    for action in actions:
        match action:
            case "pop":
                playout.pop()
            case "pause":
                playout.pause()
            case "resume":
                playout.resume(100)
            case "push":
                playout.push(index, "some words", sound(33))
            case _:
                index += 1
                playout.end_clause()
        assert playout.heard_ms >= heard_ms
        heard_ms = playout.heard_ms
    playout.end(T1)
    playout.resume(0)
    started = 0
    for _ in range(200):
        started += playout.pop().started is not None
    assert not playout.is_active
    assert started <= 1
