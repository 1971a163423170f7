"""Opening hours: pure arithmetic on the profile's table. Minutes are since midnight in the tenant's zone."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from agent.values.profile import Hours


def hours_on(hours: Sequence[Hours], day: date) -> tuple[Hours, ...]:
    """The opening spans of ``day``, earliest first; empty when closed."""
    return tuple(sorted((h for h in hours if h.weekday == day.weekday()), key=lambda h: h.opens_min))


def is_open(hours: Sequence[Hours], at: datetime) -> bool:
    """Whether the tenant is open at the local time ``at``."""
    minute = at.hour * 60 + at.minute
    return any(h.opens_min <= minute < h.closes_min for h in hours_on(hours, at.date()))


def window(hours: Sequence[Hours], day: date | None) -> tuple[int, int] | None:
    """First opening and last closing minute of ``day``, or of the whole week when the day is unknown or closed."""
    spans = (hours_on(hours, day) if day else ()) or tuple(hours)
    if not spans:
        return None
    return min(h.opens_min for h in spans), max(h.closes_min for h in spans)


def next_open_day(hours: Sequence[Hours], after: date) -> date | None:
    """The first open day later than ``after``; None when no weekday is open."""
    days = (after + timedelta(days=n) for n in range(1, 8))
    return next((day for day in days if hours_on(hours, day)), None)
