"""Days that are named by the year and the month: holidays, ends of months, the second Tuesday of March.

The rows of ``ROWS`` are patterns over the figures text with what each means, for ``agent.dialogue.when``.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from agent.dialogue.words import MONTHS, WEEKDAYS

_WEEKDAY = "|".join(WEEKDAYS)
_MONTH = "|".join(MONTHS)
_NTH = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "last": -1}


def nth_weekday(year: int, month: int, nth: int, weekday: int) -> date:
    """The ``nth`` such weekday of the month, at most the fourth; -1 is the last."""
    if nth < 0:
        last = date(year, month, monthrange(year, month)[1])
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


_FEASTS: dict[str, Callable[[int], date]] = {
    r"christmas eve": lambda year: date(year, 12, 24),
    r"(?:christmas|xmas)(?: day)?": lambda year: date(year, 12, 25),
    r"boxing day": lambda year: date(year, 12, 26),
    r"new year'?s? eve": lambda year: date(year, 12, 31),
    r"new year'?s?(?: day|(?<=s))": lambda year: date(year, 1, 1),
    r"valentine'?s?(?: day)?": lambda year: date(year, 2, 14),
    r"(?:saint|st) patrick'?s day": lambda year: date(year, 3, 17),
    r"(?:independence day|4th of july)": lambda year: date(year, 7, 4),
    r"halloween": lambda year: date(year, 10, 31),
    r"bonfire night": lambda year: date(year, 11, 5),
    r"memorial day": lambda year: nth_weekday(year, 5, -1, 0),
    r"labou?r day": lambda year: nth_weekday(year, 9, 1, 0),
    r"thanksgiving(?: day)?": lambda year: nth_weekday(year, 11, 4, 3),
}
_FEAST = "|".join(_FEASTS)


def _feast(name: str, today: date) -> date:
    rule = next(rule for pattern, rule in _FEASTS.items() if re.fullmatch(pattern, name))
    return rule(today.year) if rule(today.year) >= today else rule(today.year + 1)


def feast(match: re.Match[str], today: date) -> date:
    """A holiday, the next there is, or a day or a weekday before or after it."""
    day = _feast(match["feast"], today)
    if not match["side"]:
        return day
    step = timedelta(days=1 if match["side"] == "after" else -1)
    day += step
    while match["of"] in WEEKDAYS and day.weekday() != WEEKDAYS.index(match["of"]):
        day += step
    return day


def _month(said: str, today: date) -> tuple[int, int]:
    """Year and month of ``the month``, ``next month`` or a month's name."""
    if said in MONTHS:
        month = MONTHS.index(said) + 1
        return today.year + (month < today.month), month
    if said.startswith(("next", "the next", "the following")):
        after = today.replace(day=1) + timedelta(days=32)
        return after.year, after.month
    return today.year, today.month


def month_end(match: re.Match[str], today: date) -> date:
    """The last day of a month."""
    year, month = _month(match["of"], today)
    return date(year, month, monthrange(year, month)[1])


def nth_of_month(match: re.Match[str], today: date) -> date:
    """ "The second Tuesday of March": one that lies ahead."""
    year, month = _month(match["of"], today)
    nth, weekday = _NTH[match["nth"]], WEEKDAYS.index(match["wd"])
    day = nth_weekday(year, month, nth, weekday)
    return day if day >= today else nth_weekday(year + (match["of"] in MONTHS), month, nth, weekday)


def months_on(match: re.Match[str], today: date) -> date:
    """ "In a month", "two months from today": the same day of that month, or its last."""
    count = int(match["n"]) if match["n"].isdigit() else 2 if "couple" in match["n"] else 1
    months = today.month - 1 + count
    year, month = today.year + months // 12, months % 12 + 1
    return date(year, month, min(today.day, monthrange(year, month)[1]))


_OF = rf"(?P<of>(?:the |this |next |the next |the following )?month|{_MONTH})"
_NOT_BY = "".join(
    f"(?<!{word} )" for word in ("before", "after", "since", "until", "almost", "nearly", "about", "happy")
)
"""What is before or after a holiday is no day, unless it names one."""
_N = r"(?P<n>\d{1,2}|a couple of|an?)"
Rule = Callable[[re.Match[str], date], date]
ROWS: tuple[tuple[str, Rule], ...] = (
    (rf"\b(?:the )?(?P<of>day|{_WEEKDAY}) (?P<side>before|after) (?P<feast>{_FEAST})(?!\w)", feast),
    (rf"{_NOT_BY}\b(?P<side>)(?P<feast>{_FEAST})(?!\w)", feast),
    (rf"\b(?:the )?(?:very )?(?:last day|end|close) (?:of|in) {_OF}\b", month_end),
    (rf"\b(?:the )?(?P<nth>{'|'.join(_NTH)}) (?P<wd>{_WEEKDAY}) (?:of|in) {_OF}\b", nth_of_month),
    (rf"\bin {_N} months?(?:'?s?'? time)?\b", months_on),
    (rf"\b{_N} months? from (?:today|now)\b", months_on),
)
