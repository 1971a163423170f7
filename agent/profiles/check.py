"""What must fit together in a profile, beyond the types of its parts."""

import string
import zoneinfo
from collections import Counter
from collections.abc import Iterable

import phonenumbers

from agent.profiles.reader import Table
from agent.values.profile import AgentProfile, TaskSpec

_READ_BACK_EXTRA = ("a_service", "phone_end")
_DONE_FIELDS = ("a_service", "service", "date", "time", "name")
LANGUAGES = ("en", "es", "fr", "de", "it")
"""What a profile may name: the first is what the dialogue's rules are written in."""
_AI_WORDS = ("automated", "artificial", "ai", "a.i.", "virtual assistant", "robot", "bot")


def check(profile: AgentProfile, table: Table, facts: Table) -> None:
    """Raise ProfileError for the first thing that does not fit."""
    _check_place(profile, table)
    _check_languages(profile, table)
    _check_disclosure(profile, table)
    _check_unique(table, "services", [s.id for s in profile.services])
    _check_unique(table, "tasks", [t.id for t in profile.tasks])
    _check_unique(facts, "facts", [f.id for f in profile.facts])
    if not profile.hours:
        raise table.error("hours", "there are no opening hours", "Add [[hours]] with days, opens and closes")
    for number, task in enumerate(profile.tasks):
        _check_task(profile, task, table.tables("tasks")[number])


def _check_place(profile: AgentProfile, table: Table) -> None:
    try:
        zoneinfo.ZoneInfo(profile.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise table.error(
            "timezone", f"unknown time zone {profile.timezone!r}", 'Use a name like "America/Chicago"'
        ) from None
    if profile.country not in phonenumbers.SUPPORTED_REGIONS:
        raise table.error("country", f"unknown country {profile.country!r}", 'Use two letters, like "US"')


def _check_languages(profile: AgentProfile, table: Table) -> None:
    _check_unique(table, "languages", profile.languages)
    for code in profile.languages:
        if code not in LANGUAGES:
            raise table.error("languages", f"unknown language {code!r}", f"Use {', '.join(LANGUAGES)}")
    if profile.languages[0] != LANGUAGES[0]:
        raise table.error("languages", f"the agent itself speaks {LANGUAGES[0]!r}", f"Name {LANGUAGES[0]!r} first")


def _check_disclosure(profile: AgentProfile, table: Table) -> None:
    words = profile.disclosure.lower().replace(",", " ").split()
    said = " ".join(words)
    if not any(word in words or (" " in word and word in said) for word in _AI_WORDS):
        raise table.error(
            "disclosure",
            "the disclosure does not tell that a machine speaks",
            'Callers must be told: say "automated" or "AI" in it',
        )


def _check_unique(table: Table, key: str, ids: Iterable[str]) -> None:
    twice = [one for one, count in Counter(ids).items() if count > 1]
    if twice:
        raise table.error(key, f"{key} has {twice[0]!r} twice", "Give each its own id")


def _check_task(profile: AgentProfile, task: TaskSpec, table: Table) -> None:
    names = [slot.name for slot in task.slots]
    if not names:
        raise table.error("id", f"task {task.id!r} has no slots", "Add [[tasks.slots]]")
    _check_unique(table, "slots", names)
    if any(slot.type == "service" for slot in task.slots) and not profile.services:
        raise table.error("id", f"task {task.id!r} asks for a service, but there is none", "Add [[services]]")
    _check_fields(table, "read_back", task.read_back, (*names, *_READ_BACK_EXTRA))
    _check_fields(table, "done", task.done, _DONE_FIELDS)
    if task.commit and not {"date", "time", "name", "phone", "service"} <= set(names):
        raise table.error(
            "commit", f"{task.commit} needs more slots", "A booking needs service, date, time, name and phone"
        )


def _check_fields(table: Table, key: str, template: str, allowed: tuple[str, ...]) -> None:
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise table.error(key, f"broken template ({error})", "Write fields as {name}") from error
    for field in fields:
        if field not in allowed:
            raise table.error(key, f"unknown field {{{field}}}", f"Use {', '.join(sorted(allowed))}")
