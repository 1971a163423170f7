"""Backgrounds are no speech, speech is no background."""

import pytest

from agent.speech.background import JUDGED_MS, Background
from agent.speech.gate import WINDOW_MS
from agent.speech.recorded import is_recording

WINDOWS = JUDGED_MS // WINDOW_MS + 1


def fed(*runs: tuple[float, float, int]) -> Background:
    background = Background()
    for prob, level, count in runs:
        for _ in range(count):
            background.feed(prob, level)
    return background


def test_music_is_judged_after_a_while() -> None:
    assert not fed((0.1, -25, WINDOWS // 2)).is_playing
    assert fed((0.1, -25, WINDOWS)).is_playing


def test_music_that_is_taken_for_speech_now_and_then_is_music() -> None:
    assert fed(*[(0.1, -25, 8), (0.8, -25, 2)] * (WINDOWS // 8)).is_playing


def test_speech_and_silence_are_none() -> None:
    assert not fed(*[(0.9, -20, 7), (0.0, -62, 3)] * (WINDOWS // 5)).is_playing
    assert not fed((0.0, -62, 2 * WINDOWS)).is_playing


def test_what_has_ended_is_forgotten() -> None:
    assert not fed((0.1, -25, WINDOWS), (0.0, -62, WINDOWS)).is_playing


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for calling. For sales, press 1. For support, press 2.",
        "Please leave a message after the tone.",
        "Your call is important to us. Please stay on the line.",
        "All of our agents are busy at the moment.",
        "You have reached the voicemail of John Smith.",
        "Pour continuer en français... for English press two.",
    ],
)
def test_recordings_are_told_by_their_words(text: str) -> None:
    assert is_recording(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "Press one.", "I would like to leave at ten.", "Can I leave my car there?", "Is it important?",
        "I'd like to book a cleaning for Monday.", "What is the estimated cost?", "Is Doctor Reed available right now?",
    ],
)  # fmt: skip
def test_callers_are_no_recordings(text: str) -> None:
    assert not is_recording(text)
