"""Written English to words a synthesiser says right: times, prices, telephone numbers, e-mails, abbreviations."""

import re
from collections.abc import Callable
from types import MappingProxyType

from agent.speech.words import table

_UNITS = table(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen"""
)
_TENS = ("", "", *table("twenty thirty forty fifty sixty seventy eighty ninety"))
_SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))
_ORDINALS = MappingProxyType(
    {
        "one": "first",
        "two": "second",
        "three": "third",
        "five": "fifth",
        "eight": "eighth",
        "nine": "ninth",
        "twelve": "twelfth",
    }
)
_MONTHS = table("January February March April May June July August September October November December")
_CURRENCIES = MappingProxyType(
    {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny")},
)
_ABBREVIATIONS = MappingProxyType(
    {
        "dr.": "Doctor",
        "mr.": "Mister",
        "mrs.": "Missus",
        "ms.": "Miss",
        "prof.": "Professor",
        "ave.": "Avenue",
        "rd.": "Road",
        "blvd.": "Boulevard",
        "apt.": "apartment",
        "ste.": "suite",
        "ext.": "extension",
        "tel.": "telephone",
        "approx.": "approximately",
        "etc.": "et cetera",
        "e.g.": "for example",
        "i.e.": "that is",
        "vs.": "versus",
        "mon.": "Monday",
        "tue.": "Tuesday",
        "tues.": "Tuesday",
        "wed.": "Wednesday",
        "thu.": "Thursday",
        "thurs.": "Thursday",
        "fri.": "Friday",
        "jan.": "January",
        "feb.": "February",
        "aug.": "August",
        "sept.": "September",
        "oct.": "October",
        "nov.": "November",
        "dec.": "December",
    }
)
MAX_NUMBER = 10**12


def cardinal(number: int) -> str:
    """``number`` in words, 0 to MAX_NUMBER - 1; beyond, digit by digit."""
    if number < 0:
        return f"minus {cardinal(-number)}"
    if number >= MAX_NUMBER:
        return digits(str(number))
    if number < 20:
        return _UNITS[number]
    if number < 100:
        tens, unit = divmod(number, 10)
        return _TENS[tens] + (f"-{_UNITS[unit]}" if unit else "")
    size, name = next(s for s in _SCALES if number >= s[0])
    whole, rest = divmod(number, size)
    return f"{cardinal(whole)} {name}" + (f" {cardinal(rest)}" if rest else "")


def ordinal(number: int) -> str:
    """``number`` as a rank: "twenty-fourth"."""
    said = cardinal(number)
    last = re.split(r"[ -]", said)[-1]
    regular = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return said.removesuffix(last) + _ORDINALS.get(last, regular)


def digits(text: str) -> str:
    """The digits of ``text`` one by one."""
    return " ".join(_UNITS[int(c)] for c in text if c in "0123456789")


def spoken(text: str) -> str:
    """``text`` as it is to be said. Words pass as they are; markup is dropped."""
    for pattern, replace in _RULES:
        text = pattern.sub(replace, text)
    return " ".join(text.split())


def _email(match: re.Match[str]) -> str:
    # The local part is somebody's name in any spelling: only letter by letter is it checkable by ear.
    names = {".": "dot", "-": "dash", "_": "underscore", "+": "plus"}
    local = ", ".join(names.get(c) or (_UNITS[int(c)] if c in "0123456789" else c.upper()) for c in match[1])
    return f"{local}, at {match[2].replace('.', ' dot ')}"


def _phone(match: re.Match[str]) -> str:
    text = match[0]
    count = sum(c.isdigit() for c in text)
    if not 7 <= count <= 15:
        return text
    groups = re.findall(r"\d+", text)
    if len(groups) == 1:
        d = groups[0]
        groups = [d[:-7], d[-7:-4], d[-4:]] if count <= 10 else [d[:-10], d[-10:-7], d[-7:-4], d[-4:]]
    lead = "plus " if text.startswith("+") else ""
    return lead + ", ".join(digits(g) for g in groups if g)


def _half(half: str, hour: int) -> str:
    """The half of the day, in words where letters run together: "eight a m or" is heard as "eight at M or"."""
    return "in the morning" if half == "a" and hour != 12 else f"{half} m"


def _time(match: re.Match[str]) -> str:
    hour, minute, half = int(match[1]), match[2], match[3]
    if hour > 23 or (minute and int(minute) > 59):
        return match[0]
    if hour > 12 and not half:
        hour, half = hour - 12, "p"
    said = cardinal(hour)
    if minute and int(minute):
        said += f" oh {cardinal(int(minute))}" if int(minute) < 10 else f" {cardinal(int(minute))}"
    if half:
        return f"{said} {_half(half.lower(), hour)}{match[4] or ''}"
    return said if int(minute) else f"{said} o'clock"


def _money(match: re.Match[str]) -> str:
    name, part = _CURRENCIES[match[1]]
    whole, cents = int(match[2].replace(",", "")), int(match[3] or 0)
    said = f"{cardinal(whole)} {name}" + ("" if whole == 1 else "s")
    if not cents:
        return said
    plural = {"penny": "pence"}.get(part, part + "s")
    return f"{said} and {cardinal(cents)} {part if cents == 1 else plural}"


def _number(match: re.Match[str]) -> str:
    text = match[0]
    if "." in text:
        whole, fraction = text.split(".")
        return f"{cardinal(int(whole.replace(',', '')))} point {digits(fraction)}"
    bare = text.replace(",", "")
    if "," not in text and (len(bare) > 4 or (bare.startswith("0") and len(bare) > 1)):
        return digits(bare)
    number = int(bare)
    if "," not in text and (1901 <= number <= 1999 or 2010 <= number <= 2099):
        century, year = divmod(number, 100)
        return f"{cardinal(century)} oh {cardinal(year)}" if year < 10 else f"{cardinal(century)} {cardinal(year)}"
    return cardinal(number)


def _date(match: re.Match[str]) -> str:
    month = int(match[2])
    if not 1 <= month <= 12:
        return match[0]
    return f"{_MONTHS[month - 1]} {ordinal(int(match[3]))}, {match[1]}"


_Replace = str | Callable[[re.Match[str]], str]
_RULES: tuple[tuple[re.Pattern[str], _Replace], ...] = (
    (re.compile(r"[*_#`~|<>\[\]{}]{1,3}(?=\S)|(?<=\S)[*_#`~|<>\[\]{}]{1,3}(?=\s|[.,!?]|$)"), ""),
    (re.compile(r"\s&\s"), " and "),
    (re.compile(r"([\w.+-]*\w)@((?:[\w-]+\.)+[A-Za-z]{2,})"), _email),
    (re.compile(r"\b(?:https?://)?(?:www\.)?([\w-]+)\.(com|org|net|io|de|fr|es|it|uk)\b"), r"\1 dot \2"),
    (re.compile(r"([$€£])\s?(\d+(?:,\d{3})*)(?:\.(\d\d))?(?!\d)"), _money),
    (re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b"), _date),
    (re.compile(r"(?<![\w.])\+?\(?\d[\d ().-]{5,}\d(?![\w:]|\.\d)"), _phone),
    (re.compile(r"(?<=\d)\s?[–—-]\s?(?=\d{1,2}\b)"), " to "),
    (re.compile(r"(?<![\w:.])(\d{1,2})(?::(\d\d))?\s?([apAP])\.?[mM]\b(?:(\.)(?=\s+[A-Z]|\s*$))?\.?"), _time),
    (re.compile(r"(?<![\w:.])(\d{1,2}):(\d\d)()()(?![\w:])"), _time),
    (re.compile(r"\bNo\. ?(?=\d)"), "number "),
    (re.compile(r"\b(?!(?:At|On|In|The|From) )([A-Z]\w+|\d+(?:st|nd|rd|th)) St\."), r"\1 Street"),
    (re.compile(r"\bSt\.(?=\s[A-Z])"), "Saint"),
    (
        re.compile(r"(?<!\w)(?:" + "|".join(re.escape(a) for a in _ABBREVIATIONS) + r")", re.IGNORECASE),
        lambda m: _ABBREVIATIONS[m[0].lower()],
    ),
    (re.compile(r"(?<![\w.])(\d{1,4})(?:st|nd|rd|th)\b"), lambda m: ordinal(int(m[1]))),
    (re.compile(r"(?<=\d)\s?%"), " percent"),
    (re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?!\w)"), _number),
)
