"""Answers typed on the telephone's keypad: which question takes which keys, and what they say.

Keys become words that mean the same and go the way of speech, so that a typed answer is resolved, checked and read
back like a spoken one. The key 0 alone is no answer: it calls a person (agent.call.reply).
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from agent.dialogue.clock import NOON
from agent.dialogue.spoken import say_digits
from agent.dialogue.state import Dialogue, slot_asked, task_of
from agent.dialogue.when import is_month_first
from agent.dialogue.words import MONTHS, ordinal
from agent.values.profile import AgentProfile, SlotSpec

YES_NO = ("consent", "confirm", "caller_id", "next_open", "more", "offer_human", "offer_book", "again", "go_on")
PLACES = ("the first one", "the second one")
ENDING = 4
"""So many last digits stand for a phone number."""
_MOST_DIGITS = 15
_NORTH_AMERICAN = ("US", "CA")


@dataclass(frozen=True, slots=True)
class Entry:
    """What may be typed at the open question. ``words`` are the answers of the keys 1, 2, ...; ``takes`` is what
    more digits are."""

    words: tuple[str, ...] = ()
    takes: Literal["", "date", "time", "phone", "ending"] = ""


def entry(dialogue: Dialogue, profile: AgentProfile) -> Entry | None:
    """The entry that the open question takes; None when it takes none."""
    slot = slot_asked(dialogue, profile)
    if dialogue.asked in YES_NO:
        return Entry(("yes", "no"))
    if dialogue.asked == "meant":
        return Entry(PLACES if len(dialogue.doubt) > 1 else ("yes", "no"))
    if dialogue.asked == "offer":
        return Entry(PLACES if len(dialogue.offers) > 1 else ("yes", "no"), "time")
    if dialogue.asked == "change":
        return Entry(tuple(f"the {label(each)}" for each in changeable(dialogue, profile)))
    if dialogue.asked == "who":
        return Entry((), "ending") if profile.resume.factor == "digits" else None
    if slot and slot.type == "service":
        return Entry(tuple(service.name for service in profile.services)[:9])
    if slot and slot.type in ("date", "time", "phone"):
        return Entry((), "date" if slot.type == "date" else "time" if slot.type == "time" else "phone")
    return None


def changeable(dialogue: Dialogue, profile: AgentProfile) -> tuple[SlotSpec, ...]:
    """The slots that a caller may change at the read-back, in the order of their keys."""
    task = task_of(dialogue, profile)
    return tuple(slot for slot in task.slots if slot.type in _LABELS and dialogue.values.get(slot.name)) if task else ()


_LABELS = {"service": "service", "date": "day", "time": "time", "person_name": "name", "phone": "phone number"}


def label(slot: SlotSpec) -> str:
    """What a caller calls the slot."""
    return _LABELS[slot.type]


def is_complete(dialogue: Dialogue, profile: AgentProfile, keys: str) -> bool:
    """Whether nothing can follow ``keys``: no pause need be waited for."""
    taken = entry(dialogue, profile)
    if taken is None:
        return False
    if not taken.takes:
        return True
    if taken.takes == "date":
        return len(keys) >= 4
    if taken.takes == "time":
        return len(keys) >= (3 if keys[0] in "3456789" else 4)
    if taken.takes == "ending":
        return len(keys) >= ENDING
    longest = _MOST_DIGITS
    if profile.country in _NORTH_AMERICAN:
        longest = 10 + keys.startswith("1")
    return len(keys) >= longest


def may_begin_with_zero(dialogue: Dialogue, profile: AgentProfile) -> bool:
    """Whether a first 0 may be the first of several digits: only where we have just asked for such an entry."""
    taken = entry(dialogue, profile)
    return dialogue.keypad and taken is not None and bool(taken.takes)


def words_of(dialogue: Dialogue, profile: AgentProfile, keys: str) -> str:
    """What ``keys`` say as an answer to the open question; empty when they are no such answer."""
    taken = entry(dialogue, profile)
    if taken is None or not keys.isdigit():
        return ""
    if len(keys) == 1 and 1 <= int(keys) <= len(taken.words):
        return taken.words[int(keys) - 1]
    if taken.takes == "date":
        return _date(keys, profile.country)
    if taken.takes == "time":
        return _time(keys)
    return say_digits(keys) if taken.takes in ("phone", "ending") else ""


def _date(keys: str, country: str) -> str:
    """Month and day in the country's order; of the two the second has always two digits."""
    if not 2 <= len(keys) <= 4:
        return ""
    cut = 2 if len(keys) == 4 else 1
    first, second = int(keys[:cut]), int(keys[cut:])
    month, day = (first, second) if is_month_first(country) else (second, first)
    try:
        date(2024, month, day)  # a leap year has every day there is
    except ValueError:
        return ""
    return f"{MONTHS[month - 1]} {ordinal(day)}"


def _time(keys: str) -> str:
    """``130``, ``0130``, ``1330``, ``9``: with a leading zero or beyond noon it is the clock of 24 hours."""
    hour, minute = (int(keys), 0) if len(keys) < 3 else (int(keys[:-2]), int(keys[-2:]))
    if len(keys) > 4 or hour > 23 or minute > 59:
        return ""
    half = ""
    if hour * 60 + minute >= NOON + 60:
        hour, half = hour - 12, " pm"
    return f"at {hour or 12}:{minute:02d}{half or (' am' if not hour else '')}"


def date_keys(day: date, country: str) -> str:
    """The keys of ``day``, as one says them: ``1 2 0 3`` for December 3rd where the month comes first."""
    first, second = (day.month, day.day) if is_month_first(country) else (day.day, day.month)
    return say_digits(f"{first}{second:02d}")
