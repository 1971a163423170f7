"""Opening hours, consent, plain spelling."""

from datetime import date, datetime

import pytest

from agent.policy.hours import hours_on, is_open, next_open_day, window
from agent.policy.recording import Consent, answered, may_record, must_ask
from agent.policy.wording import plain
from agent.values.profile import Hours

HOURS = (Hours(0, 13 * 60, 17 * 60), Hours(0, 8 * 60, 12 * 60), Hours(2, 9 * 60, 12 * 60))
MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("at", "is_it"),
    [("07:59", False), ("08:00", True), ("11:59", True), ("12:00", False), ("13:00", True), ("17:00", False)],
)
def test_open_from_the_first_minute_to_before_the_last(at, is_it):
    assert is_open(HOURS, datetime.fromisoformat(f"{MONDAY}T{at}")) is is_it


def test_spans_of_a_day_come_in_order():
    assert [h.opens_min for h in hours_on(HOURS, MONDAY)] == [480, 780]
    assert window(HOURS, MONDAY) == (480, 1020)


def test_a_closed_or_unknown_day_has_the_window_of_the_week():
    assert window(HOURS, date(2026, 11, 24)) == window(HOURS, None) == (480, 1020)
    assert window((), MONDAY) is None


def test_the_next_open_day_is_never_the_same_day():
    assert next_open_day(HOURS, MONDAY) == date(2026, 11, 25)
    assert next_open_day((Hours(0, 0, 60),), MONDAY) == date(2026, 11, 30)
    assert next_open_day((), MONDAY) is None


@pytest.mark.parametrize(
    ("before", "is_yes", "after"),
    [
        (Consent.ASKED, True, Consent.GRANTED),
        (Consent.ASKED, False, Consent.REFUSED),
        (Consent.ASKED, None, Consent.REFUSED),
        (Consent.UNASKED, True, Consent.UNASKED),
        (Consent.REFUSED, True, Consent.REFUSED),
        (Consent.GRANTED, False, Consent.GRANTED),
    ],
)
def test_only_a_clear_yes_to_the_question_grants(before, is_yes, after):
    assert answered(before, is_yes) is after


def test_nothing_is_recorded_without_consent():
    assert [state for state in Consent if may_record(state)] == [Consent.GRANTED]
    assert must_ask("ask")
    assert not must_ask("off")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hi, I'd like 2.30 P.M., please!", "hi i'd like 2:30 pm please"),
        ("It’s at 2 p m", "it's at 2 pm"),
        ("3 O'Clock", "3 oclock"),
        ("L-E-E", "l e e"),
        ("(512) 555-0123", "512 555 0123"),
        ("12/3 after noon", "12/3 afternoon"),
        ("1,200 dollars", "1200 dollars"),
        ("  ", ""),
    ],
)
def test_plain_spelling(text, words):
    assert plain(text) == words
