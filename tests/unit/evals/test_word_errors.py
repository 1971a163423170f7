"""The error rate counts what was heard, not how it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.evals.word_errors import spoken_words, word_errors

words = st.lists(st.sampled_from(["a", "b", "c"]), max_size=6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ten thirty in the morning.", "10:30 in the morning"),
        ("Ten thirty in the morning.", "1030 in the morning"),
        ("Three thirty p.m.", "3:30pm"),
        ("At 8 A.M.", "at eight AM"),
        ("On Tuesday the twenty-fourth of November.", "On Tuesday, the 24th of November"),
        ("Monday the thirtieth", "Monday the 30th"),
        ("eleven", "11"),
        ("five one two, five five five, zero one four seven", "512-555-0147"),
        ("I'm calling, that\u2019s right", "i am calling THAT IS RIGHT"),
        ("a check-up", "a checkup"),
    ],
)
def test_two_ways_of_writing_are_the_same_speech(one: str, other: str) -> None:
    assert spoken_words(one) == spoken_words(other)


@pytest.mark.parametrize(
    ("one", "other"), [("the eleventh", "eleven"), ("ten thirty", "the tenth"), ("twenty-one", "twenty"), ("oh", "0 1")]
)
def test_other_speech_is_not(one: str, other: str) -> None:
    assert word_errors(spoken_words(one), spoken_words(other)) > 0


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [("a b c", "a b c", 0), ("a b c", "a c", 1), ("a b", "a x b", 1), ("a b", "x y", 2), ("", "a", 1), ("a b", "", 2)],
)
def test_errors_are_words_changed_left_out_or_put_in(said: str, heard: str, errors: int) -> None:
    assert word_errors(said.split(), heard.split()) == errors


@given(words, words, words)
def test_errors_are_a_distance(one: list[str], other: list[str], third: list[str]) -> None:
    assert word_errors(one, other) == word_errors(other, one)
    assert (word_errors(one, other) == 0) == (one == other)
    assert word_errors(one, third) <= word_errors(one, other) + word_errors(other, third)
