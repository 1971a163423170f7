"""Matching of what a small recogniser heard."""

import pytest

from agent.evals.match import best, closeness, specificity, words_of


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("what|which day", "And which day would you like?"),
        ("your name", "What's your name, please?"),
        ("book* for", "You are booked for a cleaning."),
        ("appointment", "An apointment, yes."),
        ("*", "Anything at all."),
    ],
)
def test_a_pattern_is_found(pattern: str, text: str) -> None:
    assert specificity(pattern, words_of(text)) == len(pattern.split())


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("which day", "Which time?"), ("name", "The same."), ("day", "Friday."), ("", "Hello."), ("*", "")],
)
def test_a_pattern_is_not_found(pattern: str, text: str) -> None:
    assert specificity(pattern, words_of(text)) == 0


def test_the_most_specific_pattern_counts() -> None:
    assert best(["day", "what day", "which hour"], words_of("What day?")) == 2


def test_names_are_compared_by_their_letters() -> None:
    assert closeness("Anna Miller", "Ana Miler") > 0.8
    assert closeness("Anna Miller", "Steven Lewis") < 0.5
