"""Values and ways of saying them, as hypothesis draws them: what is rendered here must be read back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hypothesis import strategies as st

from agent.dialogue.words import MONTHS, WEEKDAYS, ordinal

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
UNITS = tuple(_UNITS.split())
TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty"}
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
ORDINALS = tuple(_ORDINALS.split())
GIVEN = ("James", "Mary", "Priya", "Fatima", "Diego", "Olga", "Kwame", "Siobhan", "Imogen", "Björn")
FAMILY = ("Smith", "O'Brien", "Nakamura", "Kowalczyk", "MacDonald", "Okafor", "Wu", "Price", "Young", "Hill")
SERVICES = {
    "a cleaning": "cleaning", "my teeth cleaned": "cleaning", "the hygienist": "cleaning", "a check-up": "checkup",
    "an exam": "checkup", "a filling": "filling", "teeth whitening": "whitening", "whitening": "whitening",
}  # fmt: skip
TROUBLES = {
    "I broke a tooth": "emergency", "my tooth hurts": "emergency", "I have a toothache": "emergency",
    "I chipped my front tooth": "emergency", "I lost a filling": "filling", "I have a cavity": "filling",
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """A value of a slot and how it is said."""

    slot: str
    value: str
    text: str


def number(n: int) -> str:
    """``twenty one``."""
    return UNITS[n] if n < 20 else f"{TENS[n // 10]} {UNITS[n % 10]}" if n % 10 else TENS[n // 10]


def ordinal_word(n: int) -> str:
    """``twenty first``."""
    return ORDINALS[n] if n <= 20 else "thirtieth" if n == 30 else f"{TENS[n // 10]} {ORDINALS[n % 10]}"


@st.composite
def dates(draw: st.DrawFn, today: date) -> Said:
    """A day within two months of ``today``, in one of the ways that name just it."""
    weekday = draw(st.integers(0, 6))
    coming = today + timedelta(days=(weekday - today.weekday()) % 7 or 7)
    monday = today - timedelta(days=today.weekday())
    name, weeks = WEEKDAYS[weekday].title(), draw(st.integers(2, 5))
    relative = {
        "tomorrow": today + timedelta(days=1),
        "the day after tomorrow": today + timedelta(days=2),
        name: coming,
        f"next {name}": monday + timedelta(days=7 + weekday),
        f"a week on {name}": coming + timedelta(days=7),
        f"{name} week": coming + timedelta(days=7),
        f"{name} fortnight": coming + timedelta(days=14),
        "in a fortnight": today + timedelta(days=14),
        f"{number(weeks)} weeks from today": today + timedelta(days=7 * weeks),
    }
    if draw(st.booleans()):
        text = draw(st.sampled_from(sorted(relative)))
        return Said("date", relative[text].isoformat(), text)
    day = today + timedelta(days=draw(st.integers(2, 60)))
    month, nth = MONTHS[day.month - 1].title(), draw(st.sampled_from((ordinal(day.day), ordinal_word(day.day))))
    weekday_name = WEEKDAYS[day.weekday()].title()
    ways = [f"{month} {nth}", f"the {nth} of {month}", f"{weekday_name} the {nth} of {month}", f"{day.month}/{day.day}"]
    if (day - today).days < 27:
        ways += [f"the {nth}", f"{weekday_name} the {nth}"]
    return Said("date", day.isoformat(), draw(st.sampled_from(ways)))


@st.composite
def times(draw: st.DrawFn) -> Said:
    """A time from 8 to 17:55, in one of the ways of the clock."""
    hour, minute = draw(st.integers(8, 17)), draw(st.sampled_from((0, 0, 5, 10, 15, 20, 30, 40, 45, 50, 55)))
    said, after, half = hour % 12 or 12, hour % 12 + 1, "a.m." if hour < 12 else "p.m."
    part = "morning" if hour < 12 else "afternoon"
    ways = [f"at {said}:{minute:02d}", f"{said}:{minute:02d} {half}"]
    if not minute:
        ways = [f"at {number(said)}", f"{number(said)} o'clock", f"{number(said)} in the {part}", f"{said} {half}"]
    elif minute >= 10:
        ways += [f"at {number(said)} {number(minute)}", f"{number(said)} {number(minute)} {half}"]
    if minute == 30:
        ways += [f"half past {number(said)}", f"half {number(said)}"]
    if minute == 15:
        ways += [f"quarter past {number(said)}", f"a quarter after {number(said)}"]
    if 5 <= minute <= 20 and minute != 15:
        ways += [f"{number(minute)} past {number(said)}"]
    if minute >= 40 and hour != 7:
        by = "quarter" if minute == 45 else number(60 - minute)
        ways += (
            [f"{by} to {number(after)}", f"{by} of {number(after)}"]
            if by == "quarter"
            else [f"{by} to {number(after)}"]
        )
    return Said("time", f"{hour:02d}:{minute:02d}", draw(st.sampled_from(ways)))


@st.composite
def phones(draw: st.DrawFn) -> Said:
    """A number in the United States, written or said in groups."""
    area = draw(st.sampled_from(("512", "737", "415", "212")))
    last = f"01{draw(st.integers(0, 99)):02d}"
    zero = draw(st.sampled_from(("oh", "zero")))

    def spoken(digits: str) -> str:
        return " ".join(zero if digit == "0" else UNITS[int(digit)] for digit in digits)

    tail = f"double {spoken(last[2])}" if last[2] == last[3] else spoken(last[2:])
    ways = [
        f"{area}-555-{last}", f"({area}) 555-{last}", f"{area}555{last}", " ".join(f"{area}555{last}"),
        ", ".join(spoken(group) for group in (area, "555", last)),
        f"{spoken(area)}, triple five, {spoken(last)}", f"{spoken(area)} five five five {spoken(last[:2])} {tail}",
    ]  # fmt: skip
    frame = draw(st.sampled_from(("my number is {}", "you can reach me at {}", "{}", "my cell is {}")))
    return Said("phone", f"+1{area}555{last}", frame.format(draw(st.sampled_from(ways))))


@st.composite
def emails(draw: st.DrawFn) -> Said:
    """An address, written or spoken."""
    sign, word = draw(st.sampled_from(((".", " dot "), ("_", " underscore "), ("-", " dash "), ("", " "))))
    digits, said = draw(st.sampled_from((("", ""), ("7", " seven"), ("42", " forty two"))))
    one, other = draw(st.sampled_from(("jane", "omar", "lucia"))), draw(st.sampled_from(("doe", "marsh", "park")))
    host = draw(st.sampled_from(("gmail", "yahoo", "outlook")))
    address = f"{one}{sign}{other}{digits}@{host}.com"
    text = draw(st.sampled_from((address, f"{one}{word}{other}{said} at {host} dot com")))
    return Said("email", address, f"{draw(st.sampled_from(('my email is', 'you can email me at')))} {text}")


@st.composite
def names(draw: st.DrawFn) -> Said:
    """A name with what announces it."""
    name = f"{draw(st.sampled_from(GIVEN))} {draw(st.sampled_from(FAMILY))}"
    frames = ("my name is {}", "this is {}", "it's {}", "I'm {}", "the name is {}", "{} here", "put it under {}")
    return Said("name", name, draw(st.sampled_from(frames)).format(name))


@st.composite
def services(draw: st.DrawFn) -> Said:
    """A service of the clinic, or what is treated with it."""
    if draw(st.booleans()):
        text, value = draw(st.sampled_from(sorted(TROUBLES.items())))
        return Said("service", value, text)
    text, value = draw(st.sampled_from(sorted(SERVICES.items())))
    frame = draw(st.sampled_from(("I need {}", "I'd like {}", "can I get {}", "{}, please")))
    return Said("service", value, frame.format(text))


@st.composite
def utterances(draw: st.DrawFn, now: datetime) -> tuple[str, dict[str, str]]:
    """Some values in one breath, in any order, with or without a recogniser's punctuation; and the values by slot."""
    parts = (names(), services(), dates(now.date()), times(), phones(), emails())
    chosen = draw(st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True))
    said = [draw(parts[n]) for n in chosen]
    opening = draw(st.sampled_from(("", "hi, ", "um, ", "okay, ")))
    joint = draw(st.sampled_from((", ", ", and ", ". ")))
    text = opening + joint.join(one.text for one in said) + "."
    return text[0].upper() + text[1:], {one.slot: one.value for one in said}
