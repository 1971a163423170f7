from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dialogue.clock import TimeFound, decide, find_time
from agent.dialogue.when import find_day
from agent.dialogue.words import figures
from agent.policy.wording import plain

TODAY = date(2026, 11, 24)  # a Tuesday
OFFICE = (8 * 60, 17 * 60)


def day_of(text: str, today: date = TODAY, country: str = "US") -> list[str]:
    found, _ = find_day(figures(plain(text)), today, country)
    return [day.isoformat() for day in found.days] if found else []


def time_of(text: str, is_expected: bool = False) -> str:
    day, rest = find_day(figures(plain(text)), TODAY)
    found, _ = find_time(rest, is_expected, day is not None)
    return " ".join(f"{m // 60:02d}:{m % 60:02d}" for m in decide(found, OFFICE))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tomorrow", "2026-11-25"),
        ("to morrow", "2026-11-25"),
        ("The day after tomorrow.", "2026-11-26"),
        ("today", "2026-11-24"),
        ("Friday", "2026-11-27"),
        ("Tuesday", "2026-12-01"),
        ("this Friday", "2026-11-27"),
        ("next Friday", "2026-12-04"),
        ("on Friday next week", "2026-12-04"),
        ("next week on Monday", "2026-11-30"),
        ("the Monday after next", "2026-12-07"),
        ("a week on Friday", "2026-12-04"),
        ("Friday week", "2026-12-04"),
        ("tomorrow week", "2026-12-02"),
        ("two weeks from tomorrow", "2026-12-09"),
        ("in a fortnight", "2026-12-08"),
        ("in two weeks", "2026-12-08"),
        ("in a couple of weeks", "2026-12-08"),
        ("in three days", "2026-11-27"),
        ("the 30th", "2026-11-30"),
        ("the third", "2026-12-03"),
        ("on the twenty-third", "2026-12-23"),
        ("December 3rd", "2026-12-03"),
        ("december the third", "2026-12-03"),
        ("the third of December", "2026-12-03"),
        ("3 Dec", "2026-12-03"),
        ("January 5th", "2027-01-05"),
        ("12/3", "2026-12-03"),
        ("2026-12-03", "2026-12-03"),
        ("Friday, November 27th", "2026-11-27"),
        ("Friday the 27th", "2026-11-27"),
        ("Thursdays", "2026-11-26"),
        ("Wensday", "2026-11-25"),
        ("thurs", "2026-11-26"),
        ("no, Thursday, not Tuesday", "2026-11-26"),
        ("not Tuesday, Thursday", "2026-11-26"),
        ("Tuesday, sorry, Wednesday", "2026-11-25"),
        ("Wednesday or Thursday", "2026-11-25"),
        ("the 29th of February 2028", "2028-02-29"),
    ],
)
def test_a_day_is_resolved(text, expected):
    assert day_of(text) == [expected]


@pytest.mark.parametrize(
    "text", ["a cleaning", "the first one", "February 30th", "I may come", "two fillings", "the second option"]
)
def test_no_day_is_invented(text):
    assert day_of(text) == []


def test_a_weekday_that_disagrees_with_the_date_is_in_doubt():
    assert day_of("Friday the 26th") == ["2026-11-26", "2026-11-27"]


@pytest.mark.parametrize("text", ["yesterday", "last Monday", "November 3rd 2026", "Monday this week"])
def test_the_past_is_told_apart_from_no_day(text):
    found, _ = find_day(figures(plain(text)), TODAY)
    assert found is not None
    assert found.is_past
    assert found.days == ()


def test_a_week_alone_is_a_week_and_gives_the_weekday_its_place():
    found, _ = find_day("next week", TODAY)
    assert found is not None
    assert (found.days, found.week) == ((), date(2026, 11, 30))
    within, _ = find_day("wednesday", TODAY, week=found.week)
    assert within is not None
    assert within.days == (date(2026, 12, 2),)


def test_numeric_dates_follow_the_country():
    assert day_of("3/12", country="GB") == ["2026-12-03"]
    assert day_of("3/12", country="US") == ["2027-03-12"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at two", "14:00"),
        ("at 2:30", "14:30"),
        ("2.30 p.m.", "14:30"),
        ("2:30 pm", "14:30"),
        ("2 p m", "14:00"),
        ("two p m", "14:00"),
        ("half two", "14:30"),
        ("half past two", "14:30"),
        ("quarter past three", "15:15"),
        ("a quarter to four", "15:45"),
        ("ten to four", "15:50"),
        ("twenty past ten", "10:20"),
        ("ten o'clock", "10:00"),
        ("eight in the morning", "08:00"),
        ("four in the afternoon", "16:00"),
        ("noon", "12:00"),
        ("at 12", "12:00"),
        ("14:30", "14:30"),
        ("08:15", "08:15"),
        ("at 230", "14:30"),
        ("at to thirty", "14:30"),
        ("Friday ten thirty", "10:30"),
        ("Monday 9 15", "09:15"),
        ("around threeish or at 3", "15:00"),
        ("not at two, at three", "15:00"),
        ("Good morning. At four please", "16:00"),
    ],
)
def test_a_time_is_resolved(text, expected):
    assert time_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two", "14:00"),
        ("Nine is fine.", "09:00"),
        ("10 30 please", "10:30"),
        ("1430", "14:30"),
        ("let's say 3", "15:00"),
    ],
)
def test_bare_numbers_are_times_only_when_one_is_expected(text, expected):
    assert time_of(text, is_expected=True) == expected
    assert time_of(text) == ""


@pytest.mark.parametrize("text", ["I have 2 kids", "5 teeth", "two fillings please", "three weeks"])
def test_counts_are_no_times(text):
    assert time_of(text, is_expected=True) == ""


def test_two_readings_within_hours_are_both_kept():
    found, _ = find_time("at 8", False, False)
    assert decide(found, (7 * 60, 22 * 60)) == (8 * 60, 20 * 60)


_PIECES = [
    "next",
    "this",
    "friday",
    "monday",
    "the",
    "24th",
    "31st",
    "of",
    "december",
    "february",
    "in",
    "two",
    "weeks",
    "days",
    "at",
    "half",
    "quarter",
    "past",
    "to",
    "ten",
    "2:30",
    "14:30",
    "pm",
    "am",
    "tomorrow",
    "noon",
    "a",
    "fortnight",
    "week",
    "on",
    "from",
    "after",
    "or",
    "not",
    "first",
    "thing",
    "12/3",
    "2026",
    "morning",
    "99",
    "00",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=12), st.dates(date(1990, 1, 1), date(2090, 12, 31)))
def test_any_words_give_days_from_today_on_and_minutes_of_a_day(pieces, today):
    found, rest = find_day(figures(plain(" ".join(pieces))), today)
    assert all(day >= today for day in (found.days if found else ()))
    minutes = decide(find_time(rest, True, True)[0], OFFICE)
    assert all(0 <= m < 24 * 60 for m in minutes)
    assert len(minutes) <= 2


@given(st.text(max_size=80))
def test_any_text_is_read(text):
    figured = figures(plain(text))
    found, rest = find_day(figured, TODAY)
    assert found is None or all(day >= TODAY for day in found.days)
    assert len(rest) == len(figured)
    find_time(rest, True, True)


def test_a_time_at_night_is_the_afternoon_when_the_office_is_open_then():
    open_from_eight_to_five = (8 * 60, 17 * 60)
    assert decide(TimeFound((3 * 60 + 30,)), open_from_eight_to_five) == (15 * 60 + 30,)
    assert decide(TimeFound((9 * 60,)), open_from_eight_to_five) == (9 * 60,)
    assert decide(TimeFound((5 * 60,)), (4 * 60, 10 * 60)) == (5 * 60,)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("tuesday 8", date(2026, 12, 8)),
        ("tuesday the summer 8", date(2026, 12, 8)),
        ("tuesday 9", date(2026, 11, 24)),  # no Tuesday: nine o'clock, perhaps
        ("tuesday 8 30", date(2026, 11, 24)),
        ("tuesday 8 pm", date(2026, 11, 24)),
    ],
)
def test_a_bare_number_after_a_weekday_is_the_day_if_it_fits(said, meant):
    found, _ = find_day(said, date(2026, 11, 22))
    assert found is not None
    assert found.days == (meant,)


def test_an_ordinal_of_the_morning_is_no_day():
    assert find_day(figures("maybe tenth of the morning"), date(2026, 11, 22))[0] is None


def test_a_date_in_full_outweighs_a_lone_ordinal():
    assert day_of("Thursday, November 26th, 11th") == ["2026-11-26"]
    assert day_of("Thursday, no, on the 27th") == ["2026-11-27"]
    assert day_of("not on Thursday but 27th") == ["2026-11-27"]
