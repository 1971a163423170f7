"""Which day a caller means, in code: relative to the call's day, never in the past, doubt handed back.

"next Friday" is in next week (weeks begin on Monday), "this Friday" the coming one, "Friday" the coming one and
never today. Input is the figures text (agent.dialogue.words.figures).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agent.dialogue import feasts
from agent.dialogue.spans import Span, chosen, masked
from agent.dialogue.words import MONTHS, WEEKDAYS

_FAR = 45
_MONTH_FIRST = ("US", "PH", "CA")


@dataclass(frozen=True, slots=True)
class DayFound:
    """``days``: one is decided, two are in doubt, none is not a day or past; ``week`` is a Monday when only a week
    was named. ``is_bare``: nothing but an ordinal was said, which may have been an hour."""

    days: tuple[date, ...] = ()
    week: date | None = None
    is_past: bool = False
    is_bare: bool = False


_NO_DAY = DayFound()
"""What is said of a day that no visit is on: a range of days away, a birthday."""


@dataclass(frozen=True, slots=True)
class _Now:
    today: date
    month_first: bool
    week: date | None

    @property
    def monday(self) -> date:
        return self.today - timedelta(days=self.today.weekday())


_Match = re.Match[str]
_Rule = Callable[[_Match, _Now], DayFound | None]

_WD = rf"(?P<wd>{'|'.join(WEEKDAYS)})"
_MONTH = rf"(?P<month>{'|'.join(MONTHS)})"
_DAY = r"(?P<day>[12]\d|3[01]|0?[1-9])"
_TH = r"(?:st|nd|rd|th)"
_YEAR = r"(?: (?P<year>20\d\d))?"
_WEEKS = r"(?P<n>\d{1,2}|an?|a couple of|couple of|couple) ?(?P<unit>weeks?|fortnights?)"
_NOT_A_DAY = (
    r"(?! (?:[12](?! ?[:\d]| oclock| [ap]m)|one|ones|option|choice|available|time|times|slot|slots|free|opening"
    r"|appointment|thing|visit)\b)"
)

_NO_TIME_WORD = r"(?!at |around |about |maybe |in |of |or |and |but |not |no |from |after |before )"


def is_month_first(country: str) -> bool:
    """Whether a date in figures has its month first."""
    return country in _MONTH_FIRST


def find_day(text: str, today: date, country: str = "US", week: date | None = None) -> tuple[DayFound | None, str]:
    """The day named in ``text`` and the text without it. ``week`` is the Monday of a week named before."""
    now = _Now(today, is_month_first(country), week)
    rest = text
    spans: list[Span] = []
    found: list[DayFound] = []
    weekdays: set[int] = set()
    for pattern, rule in _RULES:
        for match in pattern.finditer(rest):
            meant = rule(match, now)
            if meant is None:
                continue
            if meant is _NO_DAY:
                rest = masked(rest, [Span(*match.span())])
                continue
            if rule is _bare:
                weekdays.add(len(found))
            spans.append(Span(*match.span()))
            found.append(_not_past(meant, today))
        rest = masked(rest, spans)
    # "Thursday, November 26th, 11th": the second is no day, whatever it was.
    sure = [n for n, each in enumerate(found) if not each.is_bare]
    which = chosen(text, [spans[n] for n in sure], [found[n] for n in sure])
    which = chosen(text, spans, found) if which is None else sure[which]
    return (None if which is None else _agreeing(found, which, weekdays)), rest


def _agreeing(found: list[DayFound], which: int, weekdays: set[int]) -> DayFound:
    """The day, or the date that its weekday only confirms: "March 2nd, that's a Tuesday"."""
    day = found[which]
    if which not in weekdays or not day.days:
        return day
    dates = (each for n, each in enumerate(found) if n not in weekdays and len(each.days) == 1)
    return next((each for each in dates if each.days[0].weekday() == day.days[0].weekday()), day)


def _not_past(found: DayFound, today: date) -> DayFound:
    days = tuple(day for day in found.days if day >= today)
    return replace(found, days=days, is_past=found.is_past or (bool(found.days) and not days))


def _shift(today: date, days: int) -> tuple[date, ...]:
    """``today`` plus ``days``; none beyond the calendar."""
    try:
        return (today + timedelta(days=days),)
    except OverflowError:
        return ()


def _coming(now: _Now, weekday: int) -> date:
    if now.week:
        return now.week + timedelta(days=weekday)
    return now.today + timedelta(days=(weekday - now.today.weekday()) % 7 or 7)


def _weekday(match: _Match) -> int:
    return WEEKDAYS.index(match["wd"])


def _weeks(match: _Match) -> int:
    n = int(match["n"]) if match["n"].isdigit() else 2 if "couple" in match["n"] else 1
    return n * (2 if match["unit"].startswith("fortnight") else 1)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _named(match: _Match, now: _Now) -> DayFound:
    """A month and a day, perhaps a year, perhaps a weekday that must agree."""
    month, day = MONTHS.index(match["month"]) + 1, int(match["day"])
    if match["year"]:
        return _with_weekday(match, now, [_date(int(match["year"]), month, day)])
    years = range(now.today.year, now.today.year + 5)
    return _with_weekday(match, now, [_date(year, month, day) for year in years][: 5 if (month, day) == (2, 29) else 2])


def _with_weekday(match: _Match, now: _Now, options: list[date | None]) -> DayFound:
    days = [day for day in options if day]
    future = [day for day in days if day >= now.today]
    if not future:
        return DayFound(is_past=bool(days))
    first = future[0]
    if not match["wd"] or first.weekday() == _weekday(match):
        return DayFound((first,))
    agreeing = [day for day in future if day.weekday() == _weekday(match) and (day - now.today).days <= _FAR]
    if agreeing:
        return DayFound((agreeing[0],))
    near = (first + timedelta(days=n) for n in (1, -1, 2, -2, 3, -3))
    other = next((d for d in near if d.weekday() == _weekday(match) and d >= now.today), first)
    return DayFound((first, other) if other != first else (first,))


def _of_month(match: _Match, now: _Now) -> DayFound:
    """A bare "the 24th", or a weekday with it: the next such day."""
    options, year, month = [], now.today.year, now.today.month
    for _ in range(3):
        options.append(_date(year, month, int(match["day"])))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return _with_weekday(match, now, options)


def _weekday_and_number(match: _Match, now: _Now) -> DayFound | None:
    """ "Tuesday 8", where a recogniser lost "the ...th" or the month ("December" comes out as "the summer").

    It is the day of the month only when that day is such a weekday; else the number is something else, and stays.
    """
    found = _of_month(match, now)
    agrees = len(found.days) == 1 and found.days[0].weekday() == _weekday(match)
    return found if agrees else None


def _next_month(match: _Match, now: _Now) -> DayFound:
    first = (now.today.replace(day=1) + timedelta(days=32)).replace(day=1)
    day = _date(first.year, first.month, int(match["day"]))
    return DayFound((day,) if day else ())


def _numeric(match: _Match, now: _Now) -> DayFound:
    """12/3, month first in the US, or as far as only one reading is a date."""
    one, two = int(match["one"]), int(match["two"])
    month, day = (one, two) if now.month_first else (two, one)
    if month > 12:
        month, day = day, month
    if match["year"]:
        year = int(match["year"])
        found = _date(year + 2000 if year < 100 else year, month, day)
        return DayFound((found,) if found else ())
    options = [found for year in (0, 1) if (found := _date(now.today.year + year, month, day))]
    return DayFound(tuple(day for day in options if day >= now.today)[:1])


def _iso(match: _Match, now: _Now) -> DayFound:  # noqa: ARG001 (one shape for all rules)
    found = _date(int(match["year"]), int(match["m"]), int(match["day"]))
    return DayFound((found,) if found else ())


def _in_week(offset: int) -> _Rule:
    def rule(match: _Match, now: _Now) -> DayFound:
        return DayFound(_shift(now.monday, 7 * offset + _weekday(match)))

    return rule


def _in_weeks_on(match: _Match, now: _Now) -> DayFound:
    return DayFound(_shift(now.monday, 7 * _weeks(match) + _weekday(match)))


def _weeks_after(match: _Match, now: _Now) -> DayFound:
    """ "a week on Tuesday", "two weeks from tomorrow"."""
    start = {"today": 0, "now": 0, "tomorrow": 1}.get(match["from"])
    day = _coming(now, WEEKDAYS.index(match["from"])) if start is None else now.today + timedelta(days=start)
    return DayFound(_shift(day, 7 * _weeks(match)))


def _plus(days: int) -> _Rule:
    return lambda _match, now: DayFound(_shift(now.today, days))


def _week_only(offset: int) -> _Rule:
    return lambda _match, now: DayFound(week=now.monday + timedelta(days=7 * offset))


def _days_later(match: _Match, now: _Now) -> DayFound:
    n = match["n"]
    return DayFound(_shift(now.today, int(n) if n.isdigit() else 2 if "couple" in n else 1))


def _this(match: _Match, now: _Now) -> DayFound:
    return DayFound((now.today + timedelta(days=(_weekday(match) - now.today.weekday()) % 7),))


def _bare(match: _Match, now: _Now) -> DayFound:
    return DayFound((_coming(now, _weekday(match)),))


def _past(_match: _Match, _now: _Now) -> DayFound:
    return DayFound(is_past=True)


def _none(_match: _Match, _now: _Now) -> DayFound:
    return _NO_DAY


def _range(match: _Match, now: _Now) -> DayFound | None:
    """Days from one to another are none; a visit moved "from Monday to Tuesday" has the second, "Monday to Tuesday" of
    one who prefers has the first."""
    before = match.string[: match.start()]
    if re.search(r"\b(?:change|move|switch|swap|bump|push|put|reschedule)\b", before):
        return None
    return _bare(match, now) if re.search(r"\b(?:prefer|rather)\b", before) else _NO_DAY


def _calendar(rule: feasts.Rule) -> _Rule:
    return lambda match, now: DayFound((rule(match, now.today),))


_ANY_MONTH = "|".join(MONTHS)
_LONG_AGO = r"(?:19 ?\d\d|20 ?(?:[01]\d|0\d))"
_PERHAPS = r"(?:on|the|maybe|say|perhaps|possibly|probably|like|around|preferably|ideally|how about|so)"
_NO_VERB = r"(?<!come )(?<!get )(?<!me )(?<!pop )(?<!book )"
"""Who comes "in a week on Monday" comes in, a week on Monday."""
_NO_CLOCK = r"(?![:\d]| ?[ap]m\b| oclock| \d\d\b| (?:to|past|after|of|til|till|before) \d)"
_NO_OTHER_DAY = rf"(?!(?<=may) i\b)(?! (?:the )?\d{{1,2}}{_TH}\b)"
_FROM = rf"(?P<from>{'|'.join(WEEKDAYS)}|today|tomorrow|now)"
_RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (
            r"\b(?:calling|ringing|phoning|how are (?:you|things)|doing|help|speaking (?:to|with)) (?:\w+ )?today\b",
            _none,
        ),
        (rf"\b(?:from )?{_WD} (?:through|thru|to|till|until) (?:{'|'.join(WEEKDAYS)})\b", _range),
        (rf"\bbetween (?:{'|'.join(WEEKDAYS)}) and (?:{'|'.join(WEEKDAYS)})\b", _none),
        (rf"\b(?:the )?\d{{1,2}}{_TH}? (?:of )?(?:{_ANY_MONTH}) (?:of )?{_LONG_AGO}\b", _none),
        (rf"\b(?:{_ANY_MONTH}) (?:the )?\d{{1,2}}{_TH}? (?:of )?{_LONG_AGO}\b", _none),
        (rf"\bborn (?:on |in )?(?:the )?(?:(?:{_ANY_MONTH}|\d{{1,4}}{_TH}?|of) ?)+\b", _none),
        *((pattern, _calendar(rule)) for pattern, rule in feasts.ROWS),
        (r"\b(?P<year>20\d\d)[ /](?P<m>1[0-2]|0?[1-9])[ /](?P<day>[12]\d|3[01]|0?[1-9])\b", _iso),
        (
            rf"(?:\b{_WD} )?\b(?:the )?{_DAY}(?:{_TH})? ?(?:of )?{_MONTH}{_NO_OTHER_DAY}{_YEAR}\b",
            _named,
        ),
        (rf"(?:\b{_WD} )?\b(?:the )?{_MONTH} (?:the )?{_DAY}{_TH}?(?![\d:])(?! ?[ap]m\b| oclock){_YEAR}\b", _named),
        (r"(?<![\d/])(?P<one>\d{1,2})/(?P<two>\d{1,2})(?:/(?P<year>20\d\d|\d\d))?(?![\d/])", _numeric),
        (rf"\b(?:the )?{_WD} (?:of |in )?(?:the )?week after next\b", _in_week(2)),
        (rf"\b(?:the )?week after next(?: on)? {_WD}\b", _in_week(2)),
        (rf"\b(?:the )?{_WD} after next\b", _in_week(2)),
        (rf"\b{_NO_VERB}in {_WEEKS}(?:'?s?'? time)?,?(?: on)?(?: the)? {_WD}\b", _in_weeks_on),
        (rf"\b{_WEEKS} (?:on|from|after) {_FROM}\b", _weeks_after),
        (rf"\b{_WEEKS} {_FROM}\b", _weeks_after),
        (
            rf"\b(?P<from>tomorrow|{'|'.join(WEEKDAYS)}) (?P<n>a)?(?P<unit>week|fortnight)\b(?! after)",
            lambda m, now: _one_week(m, now),
        ),
        (rf"\b(?:in |on )?{_WD} in {_WEEKS}(?:'?s?'? time)?\b", _in_weeks_on),
        (rf"\bin {_WEEKS}(?:'?s?'? time)?\b", lambda m, now: DayFound(_shift(now.today, 7 * _weeks(m)))),
        (r"\bin (?P<n>\d{1,3}|a|a couple of|couple of) days?(?:'?s?'? time)?\b", _days_later),
        (r"\b(?P<n>\d{1,3}|a) days? from (?:now|today)\b", _days_later),
        (rf"\b(?:on )?{_WD} (?:of |in )?(?:the )?(?:next|following) week\b", _in_week(1)),
        (rf"\b(?:the )?(?:next|following) week(?: {_PERHAPS})* {_WD}\b", _in_week(1)),
        (rf"\bnext {_WD}\b", _in_week(1)),
        (rf"\b(?:last|past) {_WD}\b|\byesterday\b", _past),
        (rf"\b{_WD},? (?:the )?{_DAY}{_TH}\b{_NOT_A_DAY}", _of_month),
        (rf"\b{_WD},? (?:the )?(?:summer )?{_DAY}\b{_NO_CLOCK}", _weekday_and_number),
        (rf"\b{_WD},? (?:the )?(?:{_NO_TIME_WORD}[a-z]+ ){{1,2}}{_DAY}{_TH}\b(?! (?:of|in) the)", _weekday_and_number),
        (rf"\b(?:the )?{_DAY}{_TH} of next month\b(?P<wd>)", _next_month),
        (rf"\b(?:this|the coming|coming|the)(?: coming| very)? {_WD}\b(?: coming)?", _this),
        (
            rf"\b{_WD}(?: of)? this week\b|\bthis week(?: on)? (?P<wd2>{'|'.join(WEEKDAYS)})\b",
            lambda m, now: _this_week(m, now),
        ),
        (r"\b(?:the )?day after (?:tomorrow|tomorow)\b", _plus(2)),
        (r"\b(?:tomorrow|tomorow|tommorow|tommorrow)\b", _plus(1)),
        (r"\b(?:today|tonight|this(?= (?:morning|afternoon|evening)\b))", _plus(0)),
        (rf"\b(?:on )?the {_DAY}{_TH}\b(?P<wd>)(?: of this month)?{_NOT_A_DAY}", _of_month),
        (rf"\bon (?:the )?{_DAY}{_TH}\b(?P<wd>){_NOT_A_DAY}", _of_month),
        (
            rf"\b(?P<day>[4-9]|[12]\d|3[01]){_TH}\b(?P<wd>){_NOT_A_DAY}(?! (?:street|floor|avenue|of the))",
            lambda m, now: replace(_of_month(m, now), is_bare=True),
        ),
        (rf"\b{_WD}\b", _bare),
        (r"\b(?:the )?week after next\b", _week_only(2)),
        (r"\b(?:some ?time )?(?:next|following) week\b", _week_only(1)),
    )
)


def _one_week(match: _Match, now: _Now) -> DayFound:
    """ "Friday week", "tomorrow week"."""
    days = 14 if match["unit"] == "fortnight" else 7
    if match["from"] == "tomorrow":
        return DayFound(_shift(now.today, days + 1))
    return DayFound(_shift(_coming(now, _weekday_named(match["from"])), days))


def _weekday_named(word: str) -> int:
    return WEEKDAYS.index(word)


def _this_week(match: _Match, now: _Now) -> DayFound:
    return DayFound((now.monday + timedelta(days=_weekday_named(match["wd"] or match["wd2"])),))
