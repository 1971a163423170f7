"""Stable prefixes of partial transcripts."""

from hypothesis import given
from hypothesis import strategies as st

from agent.speech.stabilise import Partial, Stabiliser


def test_what_two_partials_agree_on_is_stable() -> None:
    s = Stabiliser()
    assert s.feed("I want") == Partial("", "I want")
    assert s.feed("I want to book") == Partial("I want", "to book")
    assert s.feed("i want, to look at") == Partial("I want to", "look at")
    assert s.feed("I want to book a cleaning").text == "I want to book a cleaning"
    s.restart()
    assert s.feed("Yes") == Partial("", "Yes")


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c."]), max_size=6).map(" ".join), max_size=10))
def test_stable_only_grows(partials: list[str]) -> None:
    s = Stabiliser()
    stable = ""
    for text in partials:
        now = s.feed(text).stable
        assert now.startswith(stable)
        stable = now
