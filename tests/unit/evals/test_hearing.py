"""What the caller makes of dates and times in a transcript."""

from datetime import date, time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.evals.hearing import contradiction, contradicts, days_in, first_offer, times_in
from agent.evals.saying import say_day, say_time

TODAY = date(2026, 11, 22)
THURSDAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    "text",
    [
        "So that is a cleaning on Thursday, November 26th at 10.30 a.m. for Anna.",
        "Thursday the twenty-sixth of November at half past ten in the morning",
        "a check-up on Thursday, November 26, 2026, at 10:30 AM, at the number ending 1 2 3 4",
        "Thursday 26 November, ten thirty",
        "On the 26th at 10:30am.",
    ],
)
def test_a_read_back_of_the_wanted_slot_is_not_contradicted(text: str) -> None:
    assert days_in(text)
    assert times_in(text)
    assert not contradicts(text, THURSDAY, time(10, 30))


@pytest.mark.parametrize(
    "text",
    [
        "Thursday, November 26th at 10.30 p.m.",
        "Thursday, November 26th at 11 a.m.",
        "Friday, November 27th at 10:30",
        "Thursday the 25th at ten thirty",
        "Thursday, December 26th at 10:30",
    ],
)
def test_another_slot_is_contradicted(text: str) -> None:
    assert contradicts(text, THURSDAY, time(10, 30))


@pytest.mark.parametrize("text", ["One moment, please.", "The first one is free.", "Call 555 1234.", "Your name?"])
def test_no_slot_is_heard_where_there_is_none(text: str) -> None:
    assert not contradicts(text, THURSDAY, time(10, 30))


def test_the_first_offer_is_the_first_slot_that_is_not_the_wanted_one() -> None:
    text = "I am sorry, 10:30 on Thursday is taken. I could offer Thursday at 11 or Friday at nine thirty."
    assert first_offer(text, THURSDAY, time(10, 30), TODAY) == (THURSDAY, time(11))
    friday = date(2026, 11, 27)
    assert first_offer("I have Friday, November 27th at 2 p.m.", THURSDAY, time(14), TODAY) == (friday, time(14))
    assert first_offer("I have 9 or 10:15 on that day.", THURSDAY, time(11), TODAY) == (THURSDAY, time(10, 15))
    assert first_offer("Which day would suit you?", THURSDAY, time(11), TODAY) is None


@given(st.integers(1, 300), st.integers(8 * 2, 16 * 2 + 1), st.integers(0, 10_000))
def test_whatever_way_a_slot_is_said_it_is_heard_as_that_slot(ahead: int, half_hours: int, seed: int) -> None:
    rng, day, at = Random(seed), date.fromordinal(TODAY.toordinal() + ahead), time(half_hours // 2, half_hours % 2 * 30)
    said = f"On {say_day(day, TODAY, rng)} at {say_time(at, rng)}, please."
    assert [heard.fits(at) for heard in times_in(said)] == [True]
    assert all(heard.fits(day) for heard in days_in(said))
    assert days_in(said) or "tomorrow" in said


@given(st.text(max_size=80))
def test_any_text_is_borne(text: str) -> None:
    contradicts(text, THURSDAY, time(10, 30))
    first_offer(text, THURSDAY, time(10, 30), TODAY)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("on Thursday, November 26th at 10:30 am", ""),
        ("on Friday, November 27th at 10:30 am", "day"),
        ("on Friday, November 27th at 11 am", "day"),
        ("on Thursday, November 26th at 11 am", "time"),
        ("Is that right?", ""),
    ],
)
def test_what_is_wrong_is_the_day_before_the_time(text: str, part: str) -> None:
    assert contradiction(text, THURSDAY, time(10, 30)) == part


@pytest.mark.parametrize(
    ("text", "clocks"),
    [
        ("On Tuesday, December 8th, I have 130 PM or 230 PM.", [(13, 30), (14, 30)]),
        ("I have 8 at M or 130 PM, which would you like?", [(8, 0), (13, 30)]),
        ("I have 830 or 1130.", [(8, 30), (11, 30)]),
        ("at the number ending 1130", []),
    ],
)
def test_times_as_a_recogniser_writes_them(text: str, clocks: list[tuple[int, int]]) -> None:
    assert [(at.hour, at.minute) for at in times_in(text)] == clocks


def test_the_time_that_is_not_free_is_no_offer() -> None:
    text = "11.38 am is not free. I am afraid. On Thursday, November 26th, I have 8 at M or 2.30 pm. Which?"
    assert first_offer(text, THURSDAY, time(11, 30), THURSDAY) == (THURSDAY, time(8, 0))
