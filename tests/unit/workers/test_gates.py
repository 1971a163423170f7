"""What Whisper invents is not believed; what people say is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.workers.gates import compression_ratio, is_speech, repeats


def test_a_plain_sentence_is_believed() -> None:
    assert is_speech("My number is 555-0123.", no_speech_prob=0.13, avg_logprob=-0.2, duration_s=3.0)


def test_a_short_word_in_a_short_clip_is_believed() -> None:
    assert is_speech("Absolutely.", no_speech_prob=0.05, avg_logprob=-0.3, duration_s=0.3)


def test_an_accented_word_is_believed_where_the_sound_is_surely_speech() -> None:
    assert is_speech("Great.", no_speech_prob=0.05, avg_logprob=-1.2, duration_s=0.6)


@pytest.mark.parametrize(
    ("text", "no_speech_prob", "avg_logprob", "duration_s"),
    [
        ("Thank you.", 0.7, -0.3, 1.0),
        ("Thank you.", 0.6, -1.2, 1.0),
        ("I do not know. " * 12, 0.1, -0.2, 10.0),
        ("Everything a person could say in ten seconds, said at once.", 0.1, -0.2, 1.0),
        ("...", 0.0, -0.1, 1.0),
        ("", 0.0, 0.0, 1.0),
    ],
)
def test_inventions_are_not(text: str, no_speech_prob: float, avg_logprob: float, duration_s: float) -> None:
    assert not is_speech(text, no_speech_prob, avg_logprob, duration_s)


QUESTION = "What day and what time would suit you?"


def test_a_hint_said_again_is_not_an_answer_to_it() -> None:
    echo = "What day and what day"
    assert not is_speech(echo, no_speech_prob=0.6, avg_logprob=-0.3, duration_s=2.0, hints=QUESTION)
    assert is_speech(echo, no_speech_prob=0.6, avg_logprob=-0.3, duration_s=2.0)


@pytest.mark.parametrize("answer", ["What day?", "What time do you close?"])
def test_a_question_back_is_believed(answer: str) -> None:
    assert is_speech(answer, no_speech_prob=0.6, avg_logprob=-0.3, duration_s=1.0, hints=QUESTION)


def test_who_surely_speaks_may_repeat_the_question() -> None:
    assert is_speech("What day and what time?", no_speech_prob=0.1, avg_logprob=-0.3, duration_s=1.0, hints=QUESTION)


def test_digits_are_believed_though_their_pauses_sound_like_nothing() -> None:
    asked = "What is the best phone number to reach you?"
    assert is_speech("703-555", no_speech_prob=0.81, avg_logprob=-0.57, duration_s=3.0, hints=asked)
    assert not is_speech("The best phone number.", no_speech_prob=0.81, avg_logprob=-0.57, duration_s=3.0, hints=asked)
    assert not is_speech("703-555", no_speech_prob=0.81, avg_logprob=-0.8, duration_s=3.0, hints=asked)


@pytest.mark.parametrize("said", ["What day would you like?", "What would you like?"])
def test_our_question_said_again_is_told_from_an_answer(said: str) -> None:
    assert repeats(said, "What day would you like?")
    assert not repeats("What day would you like me to come?", "What day would you like?")
    assert not repeats("What day?", "What day would you like?")
    assert not repeats(said, "")


@given(st.text(), st.floats(0, 1), st.floats(-5, 0), st.floats(0, 30))
def test_doubt_never_makes_text_more_believable(
    text: str, no_speech_prob: float, avg_logprob: float, duration_s: float
) -> None:
    if is_speech(text, no_speech_prob, avg_logprob, duration_s):
        assert is_speech(text, no_speech_prob / 2, avg_logprob / 2, duration_s + 1)


def test_repetition_compresses() -> None:
    assert compression_ratio("you " * 40) > 2.4 > compression_ratio("I would like to book a cleaning on Thursday.")
    assert compression_ratio("") == 0.0
