"""What sends a caller to a human at once, decided before and beside every model.

The rules are data (``agent/profiles/rules``); here they are matched. They stand in an order, and the first
that fires wins. A hit is taken back only by a pattern that lies over it, or by a context that stands around it:
what disarms one hit leaves every other one armed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from agent.policy.heard import Corrected, KeyWords, canonical, corrected
from agent.profiles.patterns import Context, Pattern
from agent.profiles.rules import shipped
from agent.values.escalation import Action, Limits, Rule

SHIPPED = shipped()
"""The rules of every agent."""
_WORD = re.compile(r"(?<![{\w'*])[a-z]+(?![}\w'*])")
MAX_UNHEARD = Limits().unheard


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired, the words that made it, what to do and the key of what to say."""

    rule: str
    say: str
    words: str
    action: Action = "transfer"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A pattern that was found: in which rule, on which words, and what took it back (empty: nothing)."""

    rule: str
    pattern: str
    words: str
    taken_back_by: str = ""
    is_corrected: bool = False


@dataclass(frozen=True, slots=True)
class _Armed:
    """A rule whose patterns can be looked for."""

    rule: Rule
    fires: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    contexts: tuple[Context, ...]
    heard: KeyWords


@lru_cache(maxsize=1024)
def match(text: str, own: tuple[Rule, ...] = ()) -> Firing | None:
    """The first rule that ``text`` fires, or None: the shipped ones, then a tenant's ``own``. Total on any text."""
    said = canonical(text)
    for armed in _books(own):
        for hit in _hits(armed, said):
            if not hit.taken_back_by:
                rule = armed.rule
                return Firing(rule.name, rule.say, hit.words, rule.action, rule.text)
    return None


def explain(text: str, own: tuple[Rule, ...] = ()) -> tuple[Hit, ...]:
    """Every hit of every rule on ``text``, those that were taken back too, in the order of the rules."""
    said = canonical(text)
    return tuple(hit for armed in _books(own) for hit in _hits(armed, said))


def prepare(own: tuple[Rule, ...] = ()) -> None:
    """Compile everything now: seconds that no caller should wait for. Raises PatternError."""
    for armed in _books(own):
        for pattern in (*armed.fires, *armed.unless):
            pattern.compile()
        for context in armed.contexts:
            context.compile()


def is_repeated_failure(repairs: tuple[str, ...], slot: str, limits: Limits | None = None) -> bool:
    """Whether the next repair on ``slot`` must be a human: two were made on it, or three in the call."""
    limits = limits or Limits()
    return repairs.count(slot) >= limits.repairs_per_slot or len(repairs) >= limits.repairs_per_call


@lru_cache(maxsize=64)
def _books(own: tuple[Rule, ...]) -> tuple[_Armed, ...]:
    """The shipped rules, then a tenant's."""
    return (*_shipped_book(), *_book(own))


@cache
def _shipped_book() -> tuple[_Armed, ...]:
    return _book(SHIPPED)


def _book(rules: tuple[Rule, ...]) -> tuple[_Armed, ...]:
    known = {word for rule in rules for word in _vocabulary(rule) | _words((*rule.unless, *rule.contexts))}
    return tuple(_arm(rule, known) for rule in rules)


def _arm(rule: Rule, known: set[str]) -> _Armed:
    classes = dict(rule.classes)
    common, english = classes.get("common", ()), classes.get("english", ())
    return _Armed(
        rule,
        tuple(Pattern(source, classes) for source in rule.fires),
        tuple(Pattern(source, classes, is_veto=True) for source in rule.unless),
        tuple(Context(source, classes) for source in rule.contexts),
        KeyWords(rule.heard, common, _vocabulary(rule), known.union(english)),
    )


def _vocabulary(rule: Rule) -> set[str]:
    """The words that its patterns are made of."""
    own = (texts for name, texts in rule.classes if name not in ("common", "english"))
    return _words(rule.fires).union(*map(_words, own))


def _words(patterns: Iterable[str]) -> set[str]:
    return {word for pattern in patterns for word in _WORD.findall(pattern)}


def _hits(armed: _Armed, said: str) -> Iterator[Hit]:
    """Hits on the text as it was heard, then on what it may have been."""
    yield from _hits_on(armed, said)
    guess = corrected(said, armed.heard)
    if guess is not None and guess.text != said:
        yield from (replace(hit, is_corrected=True) for hit in _hits_on(armed, guess.text, guess))


def _hits_on(armed: _Armed, text: str, guess: Corrected | None = None) -> Iterator[Hit]:
    words = frozenset(text.split())
    for pattern in armed.fires:
        for start, end in pattern.spans(text, words):
            if guess is None or _is_believable(guess, start, end):
                by = _taken_back(armed, text, words, (start, end))
                yield Hit(armed.rule.name, pattern.source, text[start:end].strip(" .,"), by)


def _is_believable(guess: Corrected, start: int, end: int) -> bool:
    """A correction counts where it lies in the hit, with other words beside it or where it is sure."""
    inside = [slip for slip in guess.slips if slip.start < end and start < slip.end]
    if not inside:
        return False
    words = [word for word in guess.text[start:end].split() if word not in (".", ",")]
    return len(words) > len(inside) or all(slip.is_sure for slip in inside)


def _taken_back(armed: _Armed, text: str, words: frozenset[str], span: tuple[int, int]) -> str:
    """The pattern that takes the hit at ``span`` back, or nothing."""
    start, end = span
    for pattern in armed.unless:
        if any(begins < end and start < ends for begins, ends in pattern.spans(text, words)):
            return pattern.source
    return next((c.source for c in armed.contexts if c.surrounds(text, words, start, end)), "")
