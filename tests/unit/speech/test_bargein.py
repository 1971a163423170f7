"""Interruption, backchannel, cough or echo."""

import pytest

from agent.speech.bargein import SURE_MS, Overlap, Verdict, judge

SAID = "Your appointment is on Tuesday at two thirty with Doctor Lee, and the address is"
ASKED = "Is Tuesday at two thirty fine for you?"


@pytest.mark.parametrize(
    ("text", "speech_ms", "said", "is_over", "verdict"),
    [
        (None, 200, SAID, False, Verdict.WAIT),
        (None, 1_600, SAID, False, Verdict.WAIT),
        ("", 1_600, SAID, False, Verdict.WAIT),
        ("Yeah. Right. Okay. Yeah.", 1_600, SAID, False, Verdict.STOP),
        (None, 300, SAID, True, Verdict.WAIT),
        ("", 300, SAID, False, Verdict.WAIT),
        ("", 300, SAID, True, Verdict.RESUME),
        ("", 900, SAID, True, Verdict.RESUME),
        ("Mm-hmm.", 300, SAID, True, Verdict.RESUME),
        ("Uh-huh, okay.", 600, SAID, True, Verdict.RESUME),
        ("Okay", 300, SAID, False, Verdict.WAIT),
        ("Yeah, right.", 500, SAID, True, Verdict.RESUME),
        ("Go!", 420, SAID, True, Verdict.RESUME),
        ("Light it.", 420, SAID, True, Verdict.RESUME),
        ("Shio.", 300, SAID, False, Verdict.WAIT),
        ("Shio.", 300, ASKED, True, Verdict.STOP),
        ("Location", 1_100, SAID, False, Verdict.STOP),
        ("Pay cash", 300, SAID, False, Verdict.WAIT),
        ("Pay cash", 700, SAID, True, Verdict.STOP),
        ("Goodbye.", 400, SAID, True, Verdict.STOP),
        ("Okay, but Wednesday", 500, SAID, False, Verdict.STOP),
        ("Wait", 200, SAID, False, Verdict.STOP),
        ("No.", 200, SAID, False, Verdict.STOP),
        ("Yes.", 200, SAID, True, Verdict.RESUME),
        ("Yes.", 200, ASKED, False, Verdict.STOP),
        ("Mm-hmm.", 300, ASKED, True, Verdict.RESUME),
        ("on Tuesday at two thirty", 900, SAID, False, Verdict.RESUME),
        ("on Tuesday at three thirty", 900, SAID, False, Verdict.RESUME),
        ("Tuesday is no good", 900, SAID, False, Verdict.STOP),
        ("I want Thursday", 300, SAID, False, Verdict.STOP),
    ],
)
def test_verdict(text: str | None, speech_ms: int, said: str, is_over: bool, verdict: Verdict) -> None:
    assert judge(Overlap(text, speech_ms, is_over=is_over), said) is verdict


@pytest.mark.parametrize(
    ("text", "sure_ms", "verdict"),
    [
        ("", SURE_MS, Verdict.STOP),
        ("", SURE_MS - 32, Verdict.WAIT),
        (None, SURE_MS, Verdict.STOP),
        ("Shio.", SURE_MS, Verdict.STOP),
        ("Okay, yeah, okay.", SURE_MS, Verdict.WAIT),
        ("on Tuesday at two thirty", SURE_MS, Verdict.RESUME),
    ],
)
def test_whoever_speaks_for_long_means_it_unless_it_is_assent(text: str | None, sure_ms: int, verdict: Verdict) -> None:
    assert judge(Overlap(text, 900, sure_ms), SAID) is verdict
