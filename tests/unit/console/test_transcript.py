from hypothesis import given
from hypothesis import strategies as st

from agent.call import events as ev
from agent.console.transcript import transcript
from agent.values.ids import TurnId
from tests.unit.console.stored_calls import booking, said, spoke


def test_what_was_cut_is_told_apart_from_what_was_heard() -> None:
    line = next(line for line in transcript(booking("c")).lines if line.turn_id == "t2")
    assert line.text == "Gladly. Which day suits you?"
    assert line.unheard == "We are open Monday to Friday from eight to five."
    assert not line.is_open


def test_a_partial_is_replaced_by_the_final_and_keeps_its_place() -> None:
    so_far = booking("c")[:7]
    assert [(line.text, line.is_open) for line in transcript(so_far).lines][-1] == ("I would like to", True)
    lines = transcript([*so_far, said(8_900, "I would like to book.")]).lines
    assert [line.text for line in lines if line.who == "caller"] == ["I would like to book."]
    assert not lines[-1].is_open


def test_a_cough_leaves_no_line() -> None:
    events = [ev.SpeechStarted(100), ev.TranscriptPartial(300, "hm"), said(900, "")]
    assert transcript(events).lines == ()


def test_latency_is_the_stack_of_its_stages_without_what_runs_beside_them() -> None:
    turn = transcript(booking("c")).latencies[0]
    assert (turn.total_ms, turn.recognise_ms, turn.decided_by) == (412, 148, "rule")
    assert [(part.stage, part.start_ms, part.ms) for part in turn.parts] == [
        ("endpoint", 0, 330), ("decide", 330, 12), ("voice", 342, 61), ("queue", 403, 9),
    ]  # fmt: skip


def test_a_turn_that_answers_no_speech_has_no_latency() -> None:
    assert transcript([spoke(30, "t1", "Good day.")]).latencies == ()


def test_keys_in_a_row_are_one_answer() -> None:
    keys = [ev.DtmfReceived(at, digit) for at, digit in ((100, "5"), (300, "5"), (500, "7"))]
    later = [ev.TimerFired(900, "keys"), ev.DtmfReceived(4_000, "0")]
    assert [(line.who, line.text) for line in transcript([*keys, *later]).lines] == [("keys", "557"), ("keys", "0")]


def test_the_floor_follows_the_call() -> None:
    events = booking("c")
    assert transcript(events[:2]).floor == "answered"
    assert transcript(events[:4]).floor == "agent"
    assert transcript(events[:5]).floor == "listening"
    assert transcript(events[:6]).floor == "caller"
    assert transcript(events[:8]).floor == "thinking"
    assert transcript([*events, ev.TransferAnswered(30_000, "front-desk")]).floor == "human"
    assert transcript([*events, ev.HangupSeen(30_000, "Normal Clearing")]).floor == "over"


@given(st.integers(0, 30), st.randoms())
def test_a_journal_cut_and_shuffled_anywhere_folds(cut: int, order: object) -> None:
    events = [*booking("c"), ev.PlayoutStopped(9, TurnId("t9"), "x", 1), ev.DtmfReceived(1, "5")]
    order.shuffle(events)  # type: ignore[attr-defined]
    told = transcript(events[:cut])
    assert len(told.lines) <= cut
