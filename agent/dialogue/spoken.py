"""Values as one says them: dates, times, numbers, lists."""

from collections.abc import Sequence
from datetime import date, datetime

from agent.dialogue.words import MONTHS, WEEKDAYS, ordinal


def say_date(day: date) -> str:
    """``Friday, November 27th``."""
    return f"{WEEKDAYS[day.weekday()].title()}, {MONTHS[day.month - 1].title()} {ordinal(day.day)}"


def say_minutes(minutes: int) -> str:
    """Minutes since midnight: ``9 am``, ``2:30 pm``, ``noon``."""
    hour, minute = divmod(minutes % (24 * 60), 60)
    if minute == 0 and hour == 12:
        return "noon"
    part = "am" if hour < 12 else "pm"
    return f"{(hour - 1) % 12 + 1}{f':{minute:02d}' if minute else ''} {part}"


def say_time(clock: str) -> str:
    """``14:30`` as ``2:30 pm``."""
    hour, _, minute = clock.partition(":")
    return say_minutes(int(hour) * 60 + int(minute))


def say_start(start: str) -> str:
    """The time of ``YYYY-MM-DDTHH:MM``."""
    at = datetime.fromisoformat(start)
    return say_minutes(at.hour * 60 + at.minute)


def say_duration(minutes: int) -> str:
    """``45 minutes``, ``one hour``, ``2 hours``."""
    if minutes % 60:
        return f"{minutes} minutes"
    return "one hour" if minutes == 60 else f"{minutes // 60} hours"


def say_digits(number: str) -> str:
    """Digits one by one: ``4 5 6 7``."""
    return " ".join(ch for ch in number if ch.isdigit())


def say_list(items: Sequence[str], word: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def with_article(noun: str) -> str:
    """``a check-up``, ``an emergency visit``."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
