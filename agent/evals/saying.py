"""Dates and times in the words a caller uses for them."""

from datetime import date, time
from random import Random

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
ORDINALS = (
    "zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth",
    "nineteenth",
)  # fmt: skip
TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty"}
ORDINAL_TENS = {20: "twentieth", 30: "thirtieth"}


def number_word(number: int) -> str:
    """0 to 59 in words."""
    if number < len(UNITS):
        return UNITS[number]
    tens = TENS[number // 10 * 10]
    return tens if number % 10 == 0 else f"{tens}-{UNITS[number % 10]}"


def ordinal_word(number: int) -> str:
    """1 to 31 as an ordinal in words."""
    if number < len(ORDINALS):
        return ORDINALS[number]
    return ORDINAL_TENS[number] if number % 10 == 0 else f"{TENS[number // 10 * 10]}-{ORDINALS[number % 10]}"


def say_day(day: date, today: date, rng: Random) -> str:
    """One way to name ``day``, unambiguous as seen from ``today``."""
    weekday, month, ordinal = WEEKDAYS[day.weekday()], MONTHS[day.month - 1], ordinal_word(day.day)
    ways = [f"{weekday}, {month} {ordinal}", f"{weekday} the {ordinal}", f"{weekday} the {ordinal} of {month}"]
    ahead = (day - today).days
    if ahead == 1:
        ways += ["tomorrow", "tomorrow"]
    elif ahead < 7:
        ways += [weekday, f"this {weekday}"]
    return rng.choice(ways)


def say_date(day: date) -> str:
    """``day`` in full, without the year."""
    return f"{WEEKDAYS[day.weekday()]}, {MONTHS[day.month - 1]} {ordinal_word(day.day)}"


def say_clock(at: time) -> str:
    """``at`` in full."""
    minutes = "" if at.minute == 0 else f" {number_word(at.minute)}"
    return f"{number_word((at.hour - 1) % 12 + 1)}{minutes} in the {'morning' if at.hour < 12 else 'afternoon'}"


def say_time(at: time, rng: Random, other_than: str = "") -> str:
    """One way to name ``at``; without morning or afternoon only where office hours leave no doubt. With
    ``other_than`` it is said differently: the hour otherwise, if there is a way."""
    part, half = ("morning", "a.m.") if at.hour < 12 else ("afternoon", "p.m.")
    hour = number_word((at.hour - 1) % 12 + 1)
    bare = [f"{hour} o'clock"] if at.minute == 0 else [f"{hour} {number_word(at.minute)}"]
    if at.minute == 30:
        bare.append(f"half past {hour}")
    said = [f"{way} in the {part}" for way in bare]
    said.append(f"{hour} {half}" if at.minute == 0 else f"{hour} {number_word(at.minute)} {half}")
    is_clear = 9 <= at.hour <= 11 or 13 <= at.hour <= 16
    ways = [way for way in (said + bare if is_clear else said) if way.split()[:2] != other_than.split()[:2]]
    return rng.choice(ways or [way for way in said if way != other_than])
