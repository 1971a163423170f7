"""The types of tool arguments: each checks a value and returns its canonical form."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

Check = Callable[[str], str]

_PHONE = re.compile(r"\+?[0-9]{3,15}")
_PHONE_PUNCTUATION = re.compile(r"[\s().\-/]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{2}:\d{2}")
NAME_MAX = 120
NOTES_MAX = 1_000


class ArgumentError(ValueError):
    """An argument does not fit its tool; the text names it and may be read by the model."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a tool. ``check`` raises ValueError with the cause."""

    name: str
    check: Check
    is_required: bool = True


def a_date(text: str) -> str:
    """``YYYY-MM-DD``."""
    if not _DATE.fullmatch(text):
        raise ValueError("expected YYYY-MM-DD")
    return date.fromisoformat(text).isoformat()


def a_time(text: str) -> str:
    """``HH:MM``, 24 hours."""
    if not _TIME.fullmatch(text):
        raise ValueError("expected HH:MM")
    return time.fromisoformat(text).strftime("%H:%M")


def a_local_minute(text: str) -> str:
    """``YYYY-MM-DDTHH:MM`` in the tenant's zone; seconds must be zero if given, a zone must not be."""
    if not _DATE.match(text) or "T" not in text:
        raise ValueError("expected YYYY-MM-DDTHH:MM")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None or moment.second or moment.microsecond:
        raise ValueError("expected a local time of whole minutes, YYYY-MM-DDTHH:MM")
    return moment.isoformat(timespec="minutes")


def a_part(text: str) -> str:
    """``morning`` (before 12:00) or ``afternoon``."""
    if text not in ("morning", "afternoon"):
        raise ValueError("expected morning or afternoon")
    return text


def a_name(text: str) -> str:
    """A person's name: letters of any script, no control characters, single spaces."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or len(name) > NAME_MAX:
        raise ValueError(f"expected 1 to {NAME_MAX} characters")
    if not any(c.isalpha() for c in name) or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise ValueError("expected a name")
    return name


def a_phone(text: str) -> str:
    """Digits with an optional leading ``+``; spaces and punctuation are dropped."""
    number = _PHONE_PUNCTUATION.sub("", text)
    if not _PHONE.fullmatch(number):
        raise ValueError("expected 3 to 15 digits, optionally after a +")
    return number


def a_note(text: str) -> str:
    """Free text without control characters other than line breaks."""
    note = unicodedata.normalize("NFC", text).strip()
    if len(note) > NOTES_MAX or any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in note):
        raise ValueError(f"expected at most {NOTES_MAX} characters of plain text")
    return note


def an_id(text: str) -> str:
    """An identifier of the profile: lower-case letters, digits, ``-`` and ``_``."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", text):
        raise ValueError("expected an id of the profile")
    return text
