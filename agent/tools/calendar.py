"""The arithmetic of a calendar: which starts are free, given opening hours and what is taken.

Local wall times are naive ``datetime``s of the tenant's zone; ``busy`` and ``not_before`` are aware.
A local time that does not exist (the hour skipped in spring) is never offered.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.values.profile import Hours

STEP_MIN = 30
SLOTS_MAX = 6
NOON_MIN = 12 * 60
SEARCH_DAYS = 60

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Calendar:
    """One tenant's calendar as far as a question needs it: ``busy`` holds each provider's taken times."""

    timezone: str
    hours: tuple[Hours, ...]
    busy: Mapping[str, Sequence[Interval]]
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Availability:
    """Answer to a question about one day. ``next_open`` is the first day from then on with a free start, or ""."""

    slots: tuple[str, ...]
    is_free: bool
    closed: bool
    next_open: str

    def value(self) -> dict[str, object]:
        """As the value of a tool's result."""
        return {
            "slots": list(self.slots),
            "is_free": self.is_free,
            "closed": self.closed,
            "next_open": self.next_open,
        }


def instant(local: datetime, timezone: str) -> datetime | None:
    """The aware UTC time of a local one, None if the zone skips it; the first of two when it comes twice."""
    zone = ZoneInfo(timezone)
    utc = local.replace(tzinfo=zone).astimezone(UTC)
    return utc if utc.astimezone(zone).replace(tzinfo=None) == local else None


def local_minute(moment: datetime, timezone: str) -> str:
    """``YYYY-MM-DDTHH:MM`` in the tenant's zone of an aware time."""
    return moment.astimezone(ZoneInfo(timezone)).replace(tzinfo=None).isoformat(timespec="minutes")


def is_open(calendar: Calendar, start: datetime, minutes: int) -> bool:
    """Whether local ``start`` and the ``minutes`` after it lie within one stretch of opening hours."""
    begins = start.hour * 60 + start.minute
    return any(h.opens_min <= begins and begins + minutes <= h.closes_min for h in _on(calendar.hours, start.date()))


def free_providers(calendar: Calendar, start: datetime, minutes: int) -> tuple[str, ...]:
    """Who could take an appointment at local ``start``; empty when closed, past, skipped or taken."""
    begins = instant(start, calendar.timezone)
    if begins is None or begins < calendar.not_before or not is_open(calendar, start, minutes):
        return ()
    ends = begins + timedelta(minutes=minutes)
    return tuple(p for p, taken in calendar.busy.items() if not any(a < ends and begins < b for a, b in taken))


def availability(calendar: Calendar, day: date, minutes: int, at: str = "", part: str = "") -> Availability:
    """What is free on ``day`` for ``minutes``: up to SLOTS_MAX starts, the nearest to ``at`` (HH:MM) if given."""
    free = [s for s in _starts(calendar, day, minutes) if _is_in(part, s)]
    wanted = datetime.combine(day, time.fromisoformat(at)) if at else None
    if wanted is not None:
        free.sort(key=lambda s: (abs(s - wanted), s))
    slots = tuple(s.isoformat(timespec="minutes") for s in sorted(free[:SLOTS_MAX]))
    return Availability(
        slots=slots,
        is_free=wanted is not None and bool(free_providers(calendar, wanted, minutes)),
        closed=not any(_on(calendar.hours, day)),
        next_open=_next_open(calendar, day, minutes),
    )


def _next_open(calendar: Calendar, day: date, minutes: int) -> str:
    first = max(day, calendar.not_before.astimezone(ZoneInfo(calendar.timezone)).date())
    for candidate in (first + timedelta(days=n) for n in range(SEARCH_DAYS)):
        if next(_starts(calendar, candidate, minutes), None) is not None:
            return candidate.isoformat()
    return ""


def _starts(calendar: Calendar, day: date, minutes: int) -> Iterator[datetime]:
    midnight = datetime.combine(day, time())
    for stretch in sorted(_on(calendar.hours, day), key=lambda h: h.opens_min):
        for begins in range(stretch.opens_min, stretch.closes_min - minutes + 1, STEP_MIN):
            start = midnight + timedelta(minutes=begins)
            if free_providers(calendar, start, minutes):
                yield start


def _on(hours: Iterable[Hours], day: date) -> tuple[Hours, ...]:
    return tuple(h for h in hours if h.weekday == day.weekday())


def _is_in(part: str, start: datetime) -> bool:
    is_morning = start.hour * 60 + start.minute < NOON_MIN
    return not part or is_morning == (part == "morning")


def booked_value(appointment_id: str, service: str, start: str, minutes: int, name: str) -> dict[str, object]:
    """The value of a committed ``calendar.book``."""
    return {"appointment_id": appointment_id, "service": service, "start": start, "minutes": minutes, "name": name}


def refusal(calendar: Calendar, start: datetime, minutes: int) -> tuple[str, dict[str, object]]:
    """Why local ``start`` cannot be booked (``past``, ``closed`` or ``taken``) and what can instead."""
    begins = instant(start, calendar.timezone)
    if begins is not None and begins < calendar.not_before:
        error = "past"
    else:
        error = "closed" if begins is None or not is_open(calendar, start, minutes) else "taken"
    found = availability(calendar, start.date(), minutes, at=start.strftime("%H:%M"))
    return error, {"alternatives": list(found.slots), "next_open": found.next_open}


def window(day: date, not_before: datetime) -> Interval:
    """The stretch of time whose taken times must be known to answer about ``day``, with a margin for any zone."""
    asked = datetime.combine(day, time(), UTC)
    return min(asked, not_before) - timedelta(days=2), max(asked, not_before) + timedelta(days=SEARCH_DAYS + 2)
