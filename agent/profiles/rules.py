"""Rules of escalation: the shipped ones, which are part of the program, and a tenant's own in its profile."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import get_args

from agent.profiles.reader import Table
from agent.values.escalation import Action, Rule

ORDER = ("emergency", "legal_threat", "refund", "human", "abuse", "child", "distress")
"""The shipped rules that match words, in the order in which the first wins."""
SHIPPED_NAMES = (*ORDER[:-1], "repeated_failure", "distress")
"""All of them; ``repeated_failure`` counts repairs instead of matching words. The names are stable."""
ACTIONS: tuple[str, ...] = get_args(Action)
POSSIBLE = ("transfer", "say", "hang_up")
"""The actions that a call can carry out."""


@cache
def shipped() -> tuple[Rule, ...]:
    """The shipped rules. Their files are read once, as the modules of a program are."""
    folder = files("agent.profiles") / "rules"
    texts = {name: (folder / f"{name}.toml").read_text("utf-8") for name in ("common", "english", *ORDER)}
    return parse_book(texts)


def parse_book(texts: dict[str, str]) -> tuple[Rule, ...]:
    """Rules from one text each, by name, with ``common`` and ``english`` that they share. Raises ProfileError."""
    tables = {name: Table(f"{name}.toml", text, tomllib.loads(text)) for name, text in texts.items()}
    common, english = tables.pop("common"), tables.pop("english")
    words, contexts = _lists(common, "words") | _lists(english, "words"), _lists(common, "contexts")
    common.done()
    english.done()
    return tuple(_rule(name, table, words, contexts) for name, table in tables.items())


Lists = dict[str, tuple[str, ...]]


def _lists(table: Table, key: str) -> Lists:
    lists = table.table(key)
    return {name: lists.texts(name) for name in lists.names()}


def _rule(name: str, table: Table, words: Lists, contexts: Lists) -> Rule:
    shared = table.texts("share", ())
    for one in shared:
        if one not in contexts:
            raise table.error("share", f"there are no contexts {one!r}", f"Use {', '.join(sorted(contexts))}")
    rule = Rule(
        name=name,
        action=table.choice("action", POSSIBLE),  # type: ignore[arg-type]  # checked by choice
        say=table.text("say"),
        fires=table.texts("fires"),
        unless=table.texts("unless", ()),
        contexts=(*table.texts("contexts", ()), *(c for one in shared for c in contexts[one])),
        heard=table.texts("heard", ()),
        classes=tuple((words | _lists(table, "words")).items()),
    )
    table.done()
    return rule
