"""Which starts are free: opening hours, taken times, zones, the past."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.tools.calendar import (
    SLOTS_MAX,
    Calendar,
    Interval,
    availability,
    free_providers,
    instant,
    is_open,
    local_minute,
    refusal,
    window,
)
from agent.values.profile import Hours

ZONE = "America/New_York"
MONDAY = date(2026, 3, 2)
HOURS = tuple(Hours(day, 9 * 60, 12 * 60) for day in range(5)) + tuple(Hours(day, 13 * 60, 17 * 60) for day in range(5))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def at(text: str) -> datetime:
    moment = instant(local(text), ZONE)
    assert moment is not None
    return moment


def taken(start: str, minutes: int) -> Interval:
    return at(start), at(start) + timedelta(minutes=minutes)


def calendar(*busy: tuple[Interval, ...], now: str = "2026-03-01T12:00") -> Calendar:
    return Calendar(ZONE, HOURS, {f"desk {n}": list(b) for n, b in enumerate(busy or ((),))}, at(now))


def test_an_empty_day_offers_the_first_starts() -> None:
    answer = availability(calendar(), MONDAY, 30)
    assert answer.slots == tuple(f"2026-03-02T{t}" for t in ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30"))
    assert (answer.closed, answer.is_free, answer.next_open) == (False, False, "2026-03-02")


def test_an_appointment_does_not_run_over_the_lunch_break() -> None:
    morning = availability(calendar(), MONDAY, 60, part="morning").slots
    assert morning[-1] == "2026-03-02T11:00"
    assert not is_open(calendar(), local("2026-03-02T11:30"), 60)
    assert is_open(calendar(), local("2026-03-02T16:00"), 60)
    assert not is_open(calendar(), local("2026-03-02T16:01"), 60)


def test_the_nearest_to_the_wished_time_are_offered_in_order() -> None:
    busy = calendar((taken("2026-03-02T14:00", 60),))
    answer = availability(busy, MONDAY, 60, at="14:15")
    assert not answer.is_free
    assert answer.slots == tuple(f"2026-03-02T{t}" for t in ("10:30", "11:00", "13:00", "15:00", "15:30", "16:00"))
    assert availability(busy, MONDAY, 60, at="15:10").is_free, "any minute may be asked for"


def test_what_touches_is_free_and_what_overlaps_is_not() -> None:
    busy = calendar((taken("2026-03-02T10:00", 30),))
    assert free_providers(busy, local("2026-03-02T09:30"), 30) == ("desk 0",)
    assert free_providers(busy, local("2026-03-02T10:30"), 30) == ("desk 0",)
    assert free_providers(busy, local("2026-03-02T09:45"), 30) == ()


def test_a_second_provider_takes_over() -> None:
    both = calendar((taken("2026-03-02T10:00", 30),), ())
    assert free_providers(both, local("2026-03-02T10:00"), 30) == ("desk 1",)


def test_a_closed_day_names_the_next() -> None:
    answer = availability(calendar(), date(2026, 3, 7), 30, at="10:00")
    assert (answer.slots, answer.is_free, answer.closed, answer.next_open) == ((), False, True, "2026-03-09")


def test_a_full_day_is_not_closed_but_names_the_next() -> None:
    answer = availability(calendar((taken("2026-03-02T09:00", 480),)), MONDAY, 30)
    assert (answer.slots, answer.closed, answer.next_open) == ((), False, "2026-03-03")


def test_never_open_is_said_plainly() -> None:
    shut = Calendar(ZONE, (), {"desk": []}, at("2026-03-01T12:00"))
    assert availability(shut, MONDAY, 30).next_open == ""


def test_the_past_is_not_offered() -> None:
    noon = calendar(now="2026-03-02T13:40")
    assert availability(noon, MONDAY, 30).slots[0] == "2026-03-02T14:00"
    assert availability(noon, date(2026, 2, 27), 30).slots == ()
    assert availability(noon, date(2026, 2, 27), 30).next_open == "2026-03-02"
    assert refusal(noon, local("2026-03-02T09:00"), 30)[0] == "past"


def test_a_refusal_says_why_and_what_else() -> None:
    busy = calendar((taken("2026-03-02T10:00", 30),))
    error, value = refusal(busy, local("2026-03-02T10:00"), 30)
    assert error == "taken"
    assert value["alternatives"][0] == "2026-03-02T09:00"  # type: ignore[index]
    assert refusal(busy, local("2026-03-02T20:00"), 30)[0] == "closed"
    assert refusal(busy, local("2026-03-07T10:00"), 30) == ("closed", {"alternatives": [], "next_open": "2026-03-09"})


def test_the_hour_the_zone_skips_does_not_exist() -> None:
    night = Calendar(ZONE, (Hours(6, 0, 300),), {"desk": []}, at("2026-03-01T12:00"))
    starts = availability(night, date(2026, 3, 8), 30, at="02:30")
    assert instant(local("2026-03-08T02:30"), ZONE) is None
    assert "2026-03-08T02:30" not in starts.slots
    assert not starts.is_free
    assert instant(local("2026-11-01T01:30"), ZONE) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "the first of two"


@given(
    st.lists(st.tuples(st.integers(0, 6 * 1440), st.integers(1, 300)), max_size=12),
    st.integers(0, 6),
    st.integers(1, 180),
    st.sampled_from(["", "09:00", "12:30", "23:59"]),
)
def test_whatever_is_offered_is_open_free_and_to_come(
    busy: list[tuple[int, int]], day: int, minutes: int, wished: str
) -> None:
    midnight = at("2026-03-02T00:00")
    stretches = tuple((midnight + timedelta(minutes=a), midnight + timedelta(minutes=a + n)) for a, n in busy)
    known = calendar(stretches, now="2026-03-03T10:10")
    answer = availability(known, MONDAY + timedelta(days=day), minutes, wished)
    assert len(answer.slots) <= SLOTS_MAX
    assert list(answer.slots) == sorted(set(answer.slots))
    for slot in answer.slots:
        start = datetime.fromisoformat(slot)
        begins = start.replace(tzinfo=ZoneInfo(ZONE))
        assert start.date() == MONDAY + timedelta(days=day)
        assert begins >= known.not_before
        assert is_open(known, start, minutes)
        assert not any(a < begins + timedelta(minutes=minutes) and begins < b for a, b in stretches)


@given(
    st.datetimes(local("2020-01-01T00:00"), local("2035-01-01T00:00")),
    st.sampled_from([ZONE, "Europe/Berlin", "Asia/Kolkata"]),
)
def test_local_and_instant_are_inverse(wished: datetime, zone: str) -> None:
    wished = wished.replace(second=0, microsecond=0)
    moment = instant(wished, zone)
    if moment is not None:
        assert local_minute(moment, zone) == wished.isoformat(timespec="minutes")


@pytest.mark.parametrize("day", [date(2025, 1, 1), MONDAY, date(2027, 1, 1)])
def test_the_window_holds_the_day_and_the_search(day: date) -> None:
    now = at("2026-03-02T09:00")
    begins, ends = window(day, now)
    first = max(datetime.combine(day, datetime.min.time(), UTC), now)
    assert begins < min(datetime.combine(day, datetime.min.time(), UTC), now) - timedelta(days=1)
    assert ends > first + timedelta(days=61)
