"""TOML text to a Scenario. What is wrong is said once, with file, line, cause and remedy; unknown keys are errors."""

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from agent.evals.scenario import Choice, Interrupt, Network, Noise, Reaction, Scenario, SlotDraw
from agent.values.caller import Outcome

SPOKEN_OF_SLOT = ("day", "date", "time", "time_again", "clock", "date2", "clock2")
"""Variables of [draw.slot]: day and time in some wording, the time in another, date and clock in full, the second slot
in full."""
KEYED_OF_SLOT = ("mmdd", "mdd", "hmm")
"""Variables of [draw.slot] in keys: ``dtmf = "{hmm}#"``. ``mdd`` has no leading zero, which might call a person."""
_BASE = {field.name for field in fields(Scenario)} - {"reactions", "interrupts", "choices", "slot"}
_KEYS = _BASE | {"react", "interrupt", "draw"}
_REACTION_KEYS = {field.name for field in fields(Reaction)}
_KINDS: Mapping[str, tuple[type, ...]] = {
    "when": (list,), "unless": (list,), "say": (list, str), "correct": (list, str), "clip": (str,), "dtmf": (str,),
    "priority": (int,), "repeat": (int,), "check": (str,), "takes": (str,), "hang_up_after_ms": (int,),
    "id": (str,), "again": (bool,), "rephrase": (list, str), "wrong": (str,),
    "slot": (str,),
}  # fmt: skip
_CHOICES = {
    "clip": ("", "cough"), "check": ("", "day", "read_back"), "takes": ("", "offer", "slot2"),
    "wrong": ("", "day", "time"), "slot": ("", "taken"),
}  # fmt: skip


class ScenarioError(ValueError):
    """A scenario that cannot be used: ``file:line: cause; remedy``."""


def shipped() -> tuple[str, ...]:
    """Names of the scenarios that come with the package."""
    folder = files("agent.evals") / "scenarios"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load(name_or_file: str) -> Scenario:
    """A shipped scenario by name, or one from a file. Raises ScenarioError."""
    if name_or_file in shipped():
        entry = files("agent.evals") / "scenarios" / f"{name_or_file}.toml"
        return parse(entry.read_text(encoding="utf-8"), f"scenarios/{name_or_file}.toml")
    path = Path(name_or_file)
    if not path.is_file():
        raise ScenarioError(f"no scenario {name_or_file!r}; give a file, or one of: {', '.join(shipped())}")
    return parse(path.read_text(encoding="utf-8"), str(path))


def parse(text: str, file: str) -> Scenario:
    """Check a scenario's text. Raises ScenarioError with the first thing that is wrong."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        line = re.search(r"at line (\d+)", str(broken))
        number = line[1] if line else str(text.count("\n") + 1)
        raise ScenarioError(f"{file}:{number}: not TOML: {broken}; correct the syntax") from broken
    reader = _Reader(text, file)
    return reader.scenario(_extended(table, reader))


def _extended(table: dict[str, Any], reader: "_Reader") -> dict[str, Any]:
    """``extends = "NAME"``: a shipped scenario, of which each key that stands here is replaced as a whole; draws are
    replaced by name and reactions by id, and what is new comes after."""
    if "extends" not in table:
        return table
    name = table.pop("extends")
    if name not in shipped():
        raise reader.error("extends", f"extends = {name!r}", f"choose one of {', '.join(shipped())}")
    base = tomllib.loads((files("agent.evals") / "scenarios" / f"{name}.toml").read_text(encoding="utf-8"))
    if "extends" in base:
        raise reader.error("extends", f"{name} extends {base['extends']} itself", f"extend {base['extends']}")
    table["draw"] = base.get("draw", {}) | reader.table(table.get("draw", {}), "draw")
    own = {each.get("id", n): each for n, each in enumerate(reader.rows(table.get("react", []), "react"))}
    kept = [own.pop(each.get("id"), each) for each in base.get("react", [])]
    return {**base, **table, "react": [*kept, *own.values()]}


class _Reader:
    """Turns tables into values; keeps the text to name lines in errors."""

    def __init__(self, text: str, file: str) -> None:
        self._lines, self._file = text.splitlines(), file

    def scenario(self, table: dict[str, Any]) -> Scenario:
        self._known(table, _KEYS, "")
        for key in ("name", "about", "dial", "expect", "voices"):
            if key not in table:
                raise self.error("", f"{key} is missing", f"add a line `{key} = ...`")
        draws = {} if "draw" not in table else self.table(table["draw"], "draw")
        reactions = tuple(
            self._reaction(self.table(entry, "[[react]]"), f"react{n}", n)
            for n, entry in enumerate(self.rows(table.get("react", []), "react"))
        )
        scenario = Scenario(
            name=self._text(table, "name"),
            about=self._text(table, "about"),
            dial=self._text(table, "dial"),
            caller=self._text(table, "caller", "+1415555####"),
            expect=self._outcomes(self._strings(table["expect"], "expect")),
            voices=self._strings(table["voices"], "voices"),
            reactions=reactions,
            opening=self._optional(table, "opening"),
            nudge=self._optional(table, "nudge"),
            lost=self._optional(table, "lost"),
            interrupts=tuple(self._interrupt(entry, n) for n, entry in enumerate(table.get("interrupt", []))),
            choices={name: self._choice(name, entry) for name, entry in draws.items() if name != "slot"},
            slot=self._slot(draws["slot"]) if "slot" in draws else None,
            noise=self._noise(self.table(table.get("noise", {}), "noise")),
            network=self._network(self.table(table.get("network", {}), "network")),
            pause_ms=self._pause(table),
            patience_ms=self._int(table, "patience_ms", 600),
            nudge_ms=self._int(table, "nudge_ms", 6_000),
            max_ms=self._int(table, "max_ms", 120_000),
            hang_up_at_ms=self._int(table, "hang_up_at_ms", 0) or None,
            redial_after_ms=self._int(table, "redial_after_ms", 0) if "redial_after_ms" in table else None,
            stay_silent=table.get("stay_silent", False) is True,
        )
        self._fillable(scenario)
        return scenario

    def _optional(self, table: dict[str, Any], key: str) -> Reaction | None:
        return self._reaction(self.table(table[key], key), key, None) if key in table else None

    def _reaction(self, entry: dict[str, Any], default_id: str, index: int | None) -> Reaction:
        where = entry.get("say", entry.get("when", default_id))
        near = where[0] if isinstance(where, list) and where else str(where)
        self._known(entry, _REACTION_KEYS, near)
        for key, value in entry.items():
            if not isinstance(value, _KINDS[key]) or (isinstance(value, bool) and key != "again"):
                raise self.error(near, f"{key} has the wrong type", f"give {_KINDS[key][0].__name__}")
            if key in _CHOICES and value not in _CHOICES[key]:
                raise self.error(near, f"{key} = {value!r}", f"choose one of {', '.join(_CHOICES[key][1:])}")
        if index is not None and not entry.get("when"):
            raise self.error(near, "a [[react]] without `when` never fires", "add `when = [...]`")
        if entry.get("check") and not entry.get("correct"):
            raise self.error(near, "check without `correct`", "say what the caller answers when it was wrong")
        values: dict[str, Any] = {"id": default_id, **entry}
        for key in ("when", "unless", "say", "rephrase", "correct"):
            if key in entry:
                values[key] = self._strings(entry[key], key)
        return Reaction(**values)

    def _interrupt(self, entry: Any, number: int) -> Interrupt:
        table = dict(self.table(entry, "[[interrupt]]"))
        utterance, after_ms = self._int(table, "utterance", 1), self._int(table, "after_ms", 1_000)
        rest = {key: value for key, value in table.items() if key not in ("utterance", "after_ms")}
        return Interrupt(utterance, after_ms, self._reaction(rest, f"interrupt{number}", None))

    def _choice(self, name: str, entry: Any) -> tuple[Choice, ...]:
        options = self.table(entry, f"draw.{name}").get("one_of")
        if not isinstance(options, list) or not options:
            raise self.error(name, f"[draw.{name}] draws nothing", "add `one_of = [...]`")
        return tuple(
            Choice(option["say"], option["is"])
            if isinstance(option, dict) and {"say", "is"} == set(option)
            else Choice(str(option), str(option))
            for option in options
        )

    def _slot(self, entry: Any) -> SlotDraw:
        table = self.table(entry, "draw.slot")
        self._known(table, {"from_days", "within_days", "step_min"}, "draw.slot")
        slot = SlotDraw(*(self._int(table, key, default) for key, default in
                          (("from_days", 1), ("within_days", 21), ("step_min", 30))))  # fmt: skip
        if not 0 < slot.from_days < slot.within_days or slot.step_min < 1:
            raise self.error("draw.slot", "no day to draw", "let 0 < from_days < within_days and step_min > 0")
        return slot

    def _noise(self, table: dict[str, Any]) -> Noise:
        self._known(table, {"kind", "level_db"}, "noise")
        kind, level = table.get("kind", "none"), table.get("level_db", -50.0)
        if kind not in ("none", "white", "babble"):
            raise self.error("noise", f"kind = {kind!r}", "choose none, white or babble")
        if not isinstance(level, int | float) or not -90 <= level <= 0:
            raise self.error("level_db", f"level_db = {level!r}", "give dBFS between -90 and 0")
        return Noise(kind, float(level))

    def _network(self, table: dict[str, Any]) -> Network:
        self._known(table, {"loss_percent", "jitter_ms"}, "network")
        loss, jitter = table.get("loss_percent", 0), table.get("jitter_ms", 0)
        if not isinstance(loss, int | float) or not 0 <= loss <= 50:
            raise self.error("loss_percent", f"loss_percent = {loss!r}", "give 0 to 50")
        if not isinstance(jitter, int) or not 0 <= jitter <= 500:
            raise self.error("jitter_ms", f"jitter_ms = {jitter!r}", "give 0 to 500")
        return Network(float(loss), jitter)

    def _pause(self, table: dict[str, Any]) -> tuple[int, int]:
        pause = table.get("pause_ms", [200, 900])
        if not (isinstance(pause, list) and len(pause) == 2 and all(isinstance(ms, int) for ms in pause)):
            raise self.error("pause_ms", "pause_ms is not a range", "give [shortest, longest] in ms")
        if not 0 <= pause[0] <= pause[1]:
            raise self.error("pause_ms", f"pause_ms = {pause}", "put the shorter one first")
        return pause[0], pause[1]

    def _outcomes(self, names: tuple[str, ...]) -> tuple[str, ...]:
        known = [outcome.value for outcome in Outcome]
        for name in names:
            if name not in known:
                raise self.error("expect", f"no outcome {name!r}", f"choose from {', '.join(known)}")
        return names

    def _fillable(self, scenario: Scenario) -> None:
        """Every ``{variable}`` in a wording is drawn somewhere."""
        drawn = set(scenario.choices) | (set(SPOKEN_OF_SLOT) if scenario.slot else set())
        single = (scenario.opening, scenario.nudge, scenario.lost, *(i.reaction for i in scenario.interrupts))
        for reaction in (*scenario.reactions, *(one for one in single if one)):
            if reaction.takes == "slot2" and not scenario.slot:
                raise self.error("slot2", "takes slot2, but no slot is drawn", "add [draw.slot]")
            for wording in (*reaction.say, *reaction.rephrase, *reaction.correct):
                self._fills(wording, drawn)
            self._fills(reaction.dtmf, set(KEYED_OF_SLOT) if scenario.slot else set())

    def _fills(self, wording: str, drawn: set[str]) -> None:
        try:
            wanted = {name for _, name, _, _ in string.Formatter().parse(wording) if name is not None}
        except ValueError as broken:
            raise self.error(wording, f"{broken} in {wording!r}", "write {variable}") from broken
        for name in wanted - drawn:
            raise self.error(wording, f"{{{name}}} is never drawn", f"add [draw.{name}], or correct the name")

    def _known(self, table: dict[str, Any], keys: set[str], near: str) -> None:
        for key in table:
            if key not in keys:
                raise self.error(key or near, f"unknown key {key!r}", f"known here: {', '.join(sorted(keys))}")

    def table(self, value: Any, name: str) -> dict[str, Any]:
        """``value``, which must be a table."""
        if not isinstance(value, dict):
            raise self.error(name, f"{name} is not a table", "write it as a table")
        return value

    def rows(self, value: Any, name: str) -> list[Any]:
        """``value``, which must be a list."""
        if not isinstance(value, list):
            raise self.error(name, f"{name} is not a list", f"write [[{name}]]")
        return value

    def _strings(self, value: Any, name: str) -> tuple[str, ...]:
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not values or not all(isinstance(one, str) and one for one in values):
            raise self.error(name, f"{name} is not a list of texts", f'write {name} = ["..."]')
        return tuple(values)

    def _text(self, table: dict[str, Any], key: str, default: str = "") -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or not value:
            raise self.error(key, f"{key} is not a text", f'write {key} = "..."')
        return value

    def _int(self, table: dict[str, Any], key: str, default: int) -> int:
        value = table.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.error(key, f"{key} = {value!r}", "give a whole number, 0 or more")
        return value

    def error(self, near: str, cause: str, remedy: str) -> ScenarioError:
        """The line is the first that holds ``near`` quoted, as a key, or at all; TOML's reader keeps no places."""
        for form in (f'"{near}"', f"{near} =", near) if near else ():
            for number, line in enumerate(self._lines, 1):
                if form in line:
                    return ScenarioError(f"{self._file}:{number}: {cause}; {remedy}")
        return ScenarioError(f"{self._file}:1: {cause}; {remedy}")
