"""Windows, pre-roll, noise floor and the gate's hysteresis."""

from hypothesis import given
from hypothesis import strategies as st

from agent.speech.gate import WINDOW_BYTES, WINDOW_MS, Gate, NoiseFloor, PreRoll, Windows
from agent.values.audio import BYTES_PER_MS

LOUD, QUIET = -20.0, -65.0


@given(st.lists(st.binary(max_size=3_000), max_size=20))
def test_windows_lose_nothing(pieces: list[bytes]) -> None:
    cutter = Windows()
    made = [w for piece in pieces for w in cutter.feed(piece)]
    whole = b"".join(pieces)
    assert all(len(w) == WINDOW_BYTES for w in made)
    assert b"".join(made) == whole[: len(whole) // WINDOW_BYTES * WINDOW_BYTES]


def test_pre_roll_keeps_the_last_moments() -> None:
    roll = PreRoll(keep_ms=300)
    frames = [bytes([n]) * (20 * BYTES_PER_MS) for n in range(50)]
    for frame in frames:
        roll.feed(frame)
    assert roll.take() == b"".join(frames[-15:])
    assert roll.take() == b""


def run(gate: Gate, *runs: tuple[float, float, int]) -> list[bool]:
    """The gate's state after each window of the runs (probability, level, count)."""
    states = []
    for prob, rms_dbfs, count in runs:
        for _ in range(count):
            gate.feed(prob, rms_dbfs)
            states.append(gate.is_open)
    return states


def test_opens_at_the_third_window_and_closes_at_the_sixth() -> None:
    states = run(Gate(), (0.0, QUIET, 5), (0.9, LOUD, 5), (0.0, QUIET, 8))
    assert states.index(True) == 7
    assert states.index(False, 8) == 10 + 5
    assert 3 * WINDOW_MS == 96


def test_two_windows_do_not_open() -> None:
    assert not any(run(Gate(), *[(0.9, LOUD, 2), (0.1, QUIET, 1)] * 10))


def test_hysteresis_keeps_the_tail_of_a_word() -> None:
    assert not any(run(Gate(), (0.4, LOUD, 20)))
    assert run(Gate(), (0.9, LOUD, 3), (0.4, LOUD, 20))[-1]


def test_a_click_does_not_end_a_silence_and_a_word_does() -> None:
    assert not run(Gate(), (0.9, LOUD, 5), (0.0, QUIET, 4), (0.9, LOUD, 1), (0.0, QUIET, 2))[-1]
    assert run(Gate(), (0.9, LOUD, 5), (0.0, QUIET, 4), (0.9, LOUD, 2), (0.0, QUIET, 3))[-1]


def test_what_sounds_like_speech_but_is_the_floor_does_not_open() -> None:
    gate = Gate()
    run(gate, (0.1, -45.0, 200))
    assert not any(run(gate, (0.9, -43.0, 50)))
    assert run(gate, (0.9, -30.0, 3))[-1]


def test_floor_follows_the_room_within_limits() -> None:
    floor = NoiseFloor()
    for _ in range(300):
        floor.feed(-50.0)
    assert abs(floor.dbfs + 50) < 1
    for n in range(300):
        # Speech with pauses: the pauses hold the floor down.
        floor.feed(-50.0 if n % 16 > 11 else -18.0)
    assert floor.dbfs < -35
    for _ in range(300):
        floor.feed(-10.0)
    assert floor.dbfs == -38
    for _ in range(300):
        floor.feed(-96.0)
    assert floor.dbfs == -75


def test_shut_closes_at_once() -> None:
    gate = Gate()
    run(gate, (0.9, LOUD, 10))
    gate.shut()
    assert not gate.is_open
    assert run(gate, (0.9, LOUD, 3)) == [False, False, True]


def test_music_behind_the_caller_is_not_the_caller() -> None:
    behind, after = (0.9, LOUD - 20.0, 30), (0.0, QUIET, 10)
    assert run(Gate(), behind)[-1], "alone it would be taken for speech"
    states = run(Gate(), after, (0.9, LOUD, 20), behind)
    assert states[29]
    assert not states[30 + 6], "the caller has stopped"


def test_a_caller_who_speaks_softly_from_now_on_is_heard_again() -> None:
    gate = Gate()
    run(gate, (0.0, QUIET, 10), (0.9, LOUD, 20), (0.0, QUIET, 10))
    states = run(gate, *[(0.9, LOUD - 22.0, 6), (0.0, QUIET, 2)] * 16)
    assert True in states
    assert states.index(True) * WINDOW_MS <= 3_000


def test_weak_syllables_are_speech() -> None:
    assert all(run(Gate(), (0.9, LOUD, 10), *[(0.9, LOUD - 14.0, 4), (0.9, LOUD, 4)] * 5)[3:])
