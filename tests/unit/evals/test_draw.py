"""Drawing: the same seed gives the same calls, and ten calls differ."""

from datetime import date

import pytest

from agent.evals.draw import OpenTimes, draw
from agent.evals.scenario_file import load
from agent.values.profile import Hours

WEEK = tuple(Hours(weekday, 8 * 60, 17 * 60) for weekday in range(5))
OPEN = OpenTimes(WEEK, date(2026, 11, 22))


def test_a_seed_gives_the_same_scripts_again() -> None:
    book = load("book")
    assert draw(book, 5, 11, OPEN) == draw(book, 5, 11, OPEN)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ten_bookings_differ_in_slot_name_and_lines(seed: int) -> None:
    scripts = draw(load("book"), 10, seed, OPEN)
    slots = {(script.wanted.day, script.wanted.at) for script in scripts if script.wanted}
    assert len(slots) == 10
    assert len({script.values["name"] for script in scripts}) == 10
    assert len({script.lines() for script in scripts}) == 10
    assert len({script.voice for script in scripts}) > 1
    assert len({script.pauses_ms for script in scripts}) == 10


def test_the_first_calls_of_a_longer_run_are_those_of_a_shorter_one() -> None:
    assert draw(load("book"), 20, 4, OPEN)[:3] == draw(load("book"), 3, 4, OPEN)


def test_slots_lie_in_opening_hours_within_three_weeks_and_not_on_closed_days() -> None:
    closed = date(2026, 11, 26)
    open_times = OpenTimes(WEEK, date(2026, 11, 22), frozenset({closed}))
    for script in draw(load("book"), 200, 5, open_times):
        assert script.wanted is not None
        assert script.wanted.day != closed
        assert script.wanted.day.weekday() < 5
        assert 1 <= (script.wanted.day - open_times.today).days <= 21
        assert 8 * 60 <= script.wanted.at.hour * 60 + script.wanted.at.minute <= 16 * 60


def test_every_variable_is_filled_and_relative_days_take_no_on() -> None:
    for script in draw(load("book"), 100, 6, OPEN):
        for line in script.lines():
            assert "{" not in line
            assert "on this " not in line.lower()
            assert "on tomorrow" not in line.lower()


def test_a_tenant_that_is_never_open_is_refused() -> None:
    with pytest.raises(ValueError, match="closed"):
        draw(load("book"), 1, 1, OpenTimes((), date(2026, 11, 22)))


def test_the_time_is_said_otherwise_the_second_time() -> None:
    for script in draw(load("book"), 60, 8, OPEN):
        (time,) = (one for one in script.scenario.reactions if one.id == "time")
        assert time.rephrase[0].lower() not in {said.lower() for said in time.say}
