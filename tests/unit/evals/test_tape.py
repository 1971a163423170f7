"""The measuring of latency, on made audio whose times are known."""

import wave
from pathlib import Path

import numpy as np
import pytest

from agent.evals.mouth import Clip, Mouth, clip_of, cough, room
from agent.evals.scenario import Noise
from agent.evals.tape import (
    Tape,
    level_dbfs,
    onset_ms,
    samples_of,
    stopped_after_ms,
    tones_ms,
    voice_to_voice_ms,
    voiced_end_ms,
    voiced_part,
)
from agent.values.audio import BYTES_PER_MS, FRAME_BYTES, SILENCE


def tone(ms: int, level: float = 0.2, hz: int = 300) -> bytes:
    """A steady tone."""
    at = np.arange(ms * 16) / 16_000
    return (np.sin(2 * np.pi * hz * at) * level * 32767).astype("<i2").tobytes()


def track(*stretches: tuple[int, int], length_ms: int = 4_000) -> bytes:
    """Silence with tones from-to."""
    pcm = bytearray(length_ms * BYTES_PER_MS)
    for start, end in stretches:
        pcm[start * BYTES_PER_MS : end * BYTES_PER_MS] = tone(end - start)
    return bytes(pcm)


@pytest.mark.parametrize("gap_ms", [40, 285, 640, 1_230])
def test_voice_to_voice_is_the_known_gap(gap_ms: int) -> None:
    received = track((100, 400), (1_500 + gap_ms, 3_500))
    measured = voice_to_voice_ms(received, said_from_ms=700, said_until_ms=1_500, next_line_ms=4_000)
    assert measured is not None
    assert abs(measured - gap_ms) <= 20


def test_an_overlap_is_not_measured() -> None:
    received = track((1_200, 1_900), (2_500, 3_000))
    assert voice_to_voice_ms(received, 700, 1_500, 4_000) is None


def test_no_answer_before_the_next_line_is_not_measured() -> None:
    assert voice_to_voice_ms(track((2_500, 3_000)), 700, 1_500, 2_400) is None
    assert voice_to_voice_ms(track(), 700, 1_500, 4_000) is None


def test_a_click_is_no_voice() -> None:
    received = bytearray(track((2_000, 3_000)))
    received[1_600 * BYTES_PER_MS : 1_605 * BYTES_PER_MS] = tone(5, 0.9)
    assert voice_to_voice_ms(bytes(received), 700, 1_500, 4_000) == 500


def test_noise_below_the_threshold_is_no_voice() -> None:
    rng = np.random.default_rng(1)
    hiss = (rng.standard_normal(16 * 1_000) * 32768 * 10 ** (-60 / 20)).astype("<i2").tobytes()
    assert onset_ms(hiss) is None


def test_silence_around_speech_is_cut_but_for_a_margin() -> None:
    part = voiced_part(track((1_000, 1_500), (2_000, 2_500)))
    assert len(part) == (1_500 + 2 * 150) * BYTES_PER_MS
    assert onset_ms(part) == 150
    assert voiced_part(track()) == b""


def test_a_colleague_is_known_by_two_tones_in_a_row() -> None:
    silence = bytes(1_000 * BYTES_PER_MS)
    answer = tone(300, 0.2, 600) + bytes(100 * BYTES_PER_MS) + tone(300, 0.2, 800)
    rng = np.random.default_rng(1)
    hiss = (rng.standard_normal(16 * 700) * 300).astype("<i2")
    noisy = (np.frombuffer(answer, "<i2") + hiss).astype("<i2").tobytes()
    assert tones_ms(silence + answer + silence, (600, 800)) == 1_000
    assert tones_ms(silence + noisy, (600, 800)) == 1_000


@pytest.mark.parametrize(
    "other",
    [
        b"",
        tone(1_000, 0.2, 1000),
        tone(300, 0.2, 800) + tone(300, 0.2, 600),
        tone(300, 0.2, 600) + bytes(2_000 * BYTES_PER_MS) + tone(300, 0.2, 800),
        tone(100, 0.2, 600) + tone(100, 0.2, 800),
        (np.frombuffer(tone(2_000, 0.1, 440), "<i2") + np.frombuffer(tone(2_000, 0.1, 480), "<i2")).tobytes(),
    ],
    ids=["nothing", "a beep", "the other way round", "far apart", "too short", "ringing"],
)
def test_what_is_no_colleague(other: bytes) -> None:
    assert tones_ms(other, (600, 800)) is None


def test_an_interrupted_agent_is_timed_until_it_is_quiet() -> None:
    received = track((500, 1_180), (1_250, 1_340))
    assert stopped_after_ms(received, 1_000) == 340
    assert stopped_after_ms(track((500, 4_000)), 1_000) is None


def test_clips_are_trimmed_and_their_end_is_known() -> None:
    clip = clip_of(bytes(300 * BYTES_PER_MS) + tone(510) + bytes(200 * BYTES_PER_MS))
    assert clip.voiced_ms == 510
    assert len(clip.pcm) % FRAME_BYTES == 0
    assert voiced_end_ms(clip.pcm) == 510
    assert clip_of(bytes(500 * BYTES_PER_MS)) == Clip(b"", 0)


def test_pauses_between_rendered_sentences_are_shortened() -> None:
    clip = clip_of(tone(400) + bytes(900 * BYTES_PER_MS) + tone(300) + bytes(100 * BYTES_PER_MS) + tone(200))
    assert clip.voiced_ms == 400 + 350 + 300 + 100 + 200


def test_the_tape_keeps_both_sides_aligned(tmp_path: Path) -> None:
    tape = Tape()
    tape.add(tone(20), None)
    tape.add(SILENCE, tone(20))
    tape.save(tmp_path / "call.wav")
    with wave.open(str(tmp_path / "call.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 16_000, 640)
        both = samples_of(file.readframes(640)).reshape(-1, 2)
    assert both[:320, 0].any()
    assert not both[320:, 0].any()
    assert not both[:320, 1].any()
    assert both[320:, 1].any()
    assert tape.now_ms == 40


def test_the_mouth_speaks_a_clip_once_over_the_room() -> None:
    mouth = Mouth(room(Noise("white", -50.0), seed=3))
    quiet = mouth.frame()
    assert -56 < level_dbfs(quiet) < -44
    mouth.say(Clip(tone(40), 40))
    spoken = [(mouth.is_speaking, level_dbfs(mouth.frame()) > -25) for _ in range(3)]
    assert spoken == [(True, True), (True, True), (False, False)]
    assert level_dbfs(mouth.frame()) < -44


def test_babble_has_the_asked_level_and_a_cough_is_short() -> None:
    assert abs(level_dbfs(room(Noise("babble", -40.0), 1, (tone(700), tone(400)))) + 40) < 2
    assert room(Noise(), 1) == b""
    assert 200 < cough(1).voiced_ms < 800
    assert cough(1) == cough(1)
    assert cough(1) != cough(2)
