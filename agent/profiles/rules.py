"""Rules of escalation: the shipped ones, which are part of the program, and a tenant's own in its profile.

A tenant adds rules and lowers limits; what would take a shipped rule away is refused.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import get_args

from agent.profiles.patterns import Context, Pattern, PatternError
from agent.profiles.reader import Table
from agent.values.escalation import Action, Classes, Limits, Rule

ORDER = ("emergency", "legal_threat", "refund", "human", "abuse", "child", "distress")
"""The shipped rules that match words, in the order in which the first wins."""
SHIPPED_NAMES = (*ORDER[:-1], "repeated_failure", "distress")
"""All of them; ``repeated_failure`` counts repairs instead of matching words. The names are stable."""
ACTIONS: tuple[str, ...] = get_args(Action)
POSSIBLE = ("transfer", "say", "hang_up")
"""The actions that a call can carry out."""
_TAKES_AWAY = ("remove", "removed", "disable", "disabled", "off", "without", "replace", "except", "only")


@cache
def shipped() -> tuple[Rule, ...]:
    """The shipped rules. Their files are read once, as the modules of a program are."""
    return parse_book({name: _text(name) for name in ORDER}, _text("common"), _text("english"))


def parse_book(texts: dict[str, str], common: str, english: str) -> tuple[Rule, ...]:
    """Rules from one text each, by name, with what they share. Raises ProfileError."""
    shared = Table("common.toml", common, tomllib.loads(common))
    words, contexts = _classes(shared, english), _lists(shared, "contexts")
    shared.done()
    return tuple(
        _rule(name, Table(f"{name}.toml", text, tomllib.loads(text)), words, contexts) for name, text in texts.items()
    )


@cache
def _text(name: str) -> str:
    return (files("agent.profiles") / "rules" / f"{name}.toml").read_text("utf-8")


Lists = dict[str, tuple[str, ...]]


def _lists(table: Table, key: str) -> Lists:
    lists = table.table(key)
    return {name: lists.texts(name) for name in lists.names()}


def _classes(common: Table, english: str) -> Lists:
    return _lists(common, "words") | _lists(Table("english.toml", english, tomllib.loads(english)), "words")


@cache
def _shared_classes() -> Classes:
    """The classes of words that every rule may name."""
    text = _text("common")
    return tuple(_classes(Table("common.toml", text, tomllib.loads(text)), _text("english")).items())


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


def own_rules(table: Table) -> tuple[Rule, ...]:
    """A tenant's rules from its table ``[escalation]``. Raises ProfileError."""
    for key in _TAKES_AWAY:
        if key in table.names():
            raise table.error(key, "a shipped rule cannot be removed", "Take the line out; add rules of your own")
    rules = tuple(_own_rule(one) for one in table.tables("rules"))
    for place, rule in enumerate(rules):
        if rule.name in {other.name for other in rules[:place]}:
            raise table.error("rules", f"two rules are named {rule.name!r}", "Give each its own name")
    return rules


def own_limits(table: Table) -> Limits:
    """Limits that a tenant lowered, from the same table. Raises ProfileError for one that is raised."""
    highest = Limits()
    limits = {
        name: table.number(name, getattr(highest, name), lowest=1, highest=getattr(highest, name))
        for name in Limits.__slots__
    }
    table.done()
    return Limits(**limits)


def _own_rule(table: Table) -> Rule:
    name = table.text("name")
    if name in SHIPPED_NAMES:
        raise table.error("name", f"{name!r} is a shipped rule, which cannot be replaced", "Choose another name")
    action = table.choice("action", ACTIONS, "transfer")
    if action not in POSSIBLE:
        raise table.error("action", f"calls cannot yet {action!r}", f"Use one of {', '.join(POSSIBLE)}")
    rule = Rule(
        name=name,
        action=action,  # type: ignore[arg-type]  # checked by choice
        say="to_human",
        fires=table.texts("fires"),
        unless=table.texts("unless", ()),
        contexts=table.texts("contexts", ()),
        heard=table.texts("heard", ()),
        classes=_shared_classes(),
        text=table.text("text", "") if action == "transfer" else table.text("text"),
    )
    table.done()
    _check_patterns(rule, table)
    return rule


def _check_patterns(rule: Rule, table: Table) -> None:
    classes = dict(rule.classes)
    for key, make in (("fires", Pattern), ("unless", Pattern), ("contexts", Context)):
        for source in getattr(rule, key):
            try:
                make(source, classes).compile()
            except PatternError as error:
                raise table.error(key, str(error), "docs/rules.md describes the patterns") from None
