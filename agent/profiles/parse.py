"""TOML texts to AgentProfile. Unknown keys are errors; nothing is guessed."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from typing import Any

from agent.profiles.backends import webhooks
from agent.profiles.check import check
from agent.profiles.errors import ProfileError
from agent.profiles.phrases import PHRASES
from agent.profiles.reader import Table
from agent.profiles.rules import own_limits, own_rules
from agent.values.profile import AgentProfile, Fact, Hours, Patience, Resume, Service, SlotSpec, TaskSpec, Tongue

FILES = ("profile.toml", "facts.toml", "backends.toml", "prompt.txt")
"""The files of a tenant's folder; ``facts.toml`` and ``backends.toml`` may be missing."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SLOT_TYPES = ("person_name", "phone", "email", "date", "time", "service", "yes_no", "free_text")


def parse(tenant: str, files: Mapping[str, str]) -> AgentProfile:
    """The profile of ``tenant`` from its files' texts by name. Raises ProfileError."""
    for name in ("profile.toml", "prompt.txt"):
        if name not in files:
            raise ProfileError(f"{tenant}/{name}", 1, "the file is missing", "Every tenant's folder has one")
    for name in sorted(set(files) - set(FILES)):
        raise ProfileError(f"{tenant}/{name}", 1, "unknown file", f"A tenant's folder holds {', '.join(FILES)}")
    if not files["prompt.txt"].strip():
        raise ProfileError(
            f"{tenant}/prompt.txt", 1, "the prompt is empty", "Describe the agent's manner in a few lines"
        )
    table = _toml(f"{tenant}/profile.toml", files["profile.toml"])
    facts = _toml(f"{tenant}/facts.toml", files.get("facts.toml", ""))
    profile = _profile(tenant, table, facts, files)
    check(profile, table, facts)
    return profile


def bundle(tenant: str, files: Mapping[str, str]) -> str:
    """All files of a tenant as one text; equal files give an equal text."""
    return json.dumps({"tenant": tenant, "files": dict(files)}, sort_keys=True, ensure_ascii=False)


def parse_bundle(text: str) -> AgentProfile:
    """The inverse of ``bundle``, parsed. Raises ProfileError."""
    try:
        data = json.loads(text)
        tenant, files = str(data["tenant"]), {str(k): str(v) for k, v in data["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProfileError(
            "snapshot", 1, f"not a profile snapshot ({error})", "Take it from agent.profiles.bundle"
        ) from error
    return parse(tenant, files)


def _toml(file: str, text: str) -> Table:
    try:
        return Table(file, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = message.rpartition("(at line ")[2].partition(",")[0]
        line = int(place) if place.isdigit() else max(1, len(text.splitlines()))
        raise ProfileError(file, line, f"not TOML: {message.partition(' (at')[0]}", "Mend the syntax") from error


def _profile(tenant: str, table: Table, facts: Table, files: Mapping[str, str]) -> AgentProfile:
    escalation = table.table("escalation")
    profile = AgentProfile(
        tenant=tenant,
        name=table.text("name"),
        business=table.text("business"),
        timezone=table.text("timezone"),
        numbers=table.texts("numbers"),
        disclosure=table.text("disclosure"),
        greeting=table.text("greeting"),
        goodbye=table.text("goodbye"),
        voice=table.text("voice"),
        queue=table.text("queue"),
        services=tuple(_service(t) for t in table.tables("services")),
        facts=tuple(_fact(t) for t in (*table.tables("facts"), *facts.tables("facts"))),
        hours=tuple(h for t in table.tables("hours") for h in _hours(t)),
        tasks=tuple(_task(t) for t in table.tables("tasks")),
        phrases=_phrases(table.table("phrases")),
        persona=files["prompt.txt"].strip(),
        recording=table.choice("recording", ("off", "ask"), "off"),  # type: ignore[arg-type]  # checked by choice
        patience=_patience(table.table("patience")),
        sha=hashlib.sha256(bundle(tenant, files).encode()).hexdigest(),
        country=table.text("country", "US").upper(),
        languages=table.texts("languages", ("en",)),
        tongues=_tongues(table),
        rules=own_rules(escalation),
        limits=own_limits(escalation),
        resume=_resume(table.table("resume")),
        webhooks=webhooks(_toml(f"{tenant}/backends.toml", files.get("backends.toml", ""))),
    )
    table.done()
    facts.done()
    return profile


def _service(t: Table) -> Service:
    service = Service(
        t.text("id"),
        t.text("name"),
        t.number("minutes", lowest=5, highest=480),
        t.text("price", ""),
        t.texts("aliases", ()),
    )
    t.done()
    return service


def _fact(t: Table) -> Fact:
    fact = Fact(t.text("id"), t.groups("ask"), t.text("answer"))
    t.done()
    return fact


def _hours(t: Table) -> list[Hours]:
    days = t.texts("days")
    for day in days:
        if day not in WEEKDAYS:
            raise t.error("days", f"{day!r} is not a weekday", f"Use {', '.join(WEEKDAYS)}")
    opens, closes = t.clock("opens"), t.clock("closes")
    if opens >= closes:
        raise t.error("closes", "closes before it opens", "Write two spans when the office closes after midnight")
    t.done()
    return [Hours(WEEKDAYS.index(day), opens, closes) for day in days]


def _task(t: Table) -> TaskSpec:
    task = TaskSpec(
        id=t.text("id"),
        intent_words=t.groups("intent"),
        slots=tuple(_slot(s) for s in t.tables("slots")),
        read_back=t.text("read_back"),
        done=t.text("done"),
        check=t.text("check", ""),
        commit=t.text("commit", ""),
    )
    t.done()
    return task


def _slot(t: Table) -> SlotSpec:
    slot = SlotSpec(
        name=t.text("name"),
        type=t.choice("type", SLOT_TYPES),  # type: ignore[arg-type]  # checked by choice
        ask=t.text("ask"),
        required=t.flag("required", True),
        reask=t.text("reask", ""),
    )
    t.done()
    return slot


def _phrases(t: Table) -> dict[str, str]:
    phrases = {key: t.text(key, default) for key, default in PHRASES.items()}
    t.done()
    return phrases


def _tongues(t: Table) -> tuple[Tongue, ...]:
    spoken, languages = t.table("language"), t.texts("languages", ("en",))
    found = []
    for code in languages[1:]:
        one = spoken.table(code)
        if one.names():
            found.append(Tongue(code, one.text("voice"), one.text("to_human")))
            one.done()
    spoken.done()
    return tuple(found)


def _resume(t: Table) -> Resume:
    default = Resume()
    resume = Resume(
        within_min=t.number("within_min", default.within_min, lowest=0, highest=1_440),
        factor=t.choice("factor", ("none", "name", "digits"), default.factor),  # type: ignore[arg-type]  # by choice
    )
    t.done()
    return resume


def _patience(t: Table) -> Patience:
    default = Patience()
    patience: dict[str, Any] = {
        name: t.number(name, getattr(default, name), lowest=1_000, highest=3_600_000)
        for name in Patience.__slots__
        if name.endswith("_ms")
    }
    patience["turn_end_percent"] = t.number("turn_end_percent", default.turn_end_percent, lowest=70, highest=200)
    t.done()
    return Patience(**patience)
