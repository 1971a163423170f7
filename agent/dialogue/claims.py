"""The claim gate: what a language model wrote may be spoken only if the given facts carry it.

A tiny model invents prices, times and completed acts. Words of completion never pass here, whatever the facts:
"booked" is said by ``booking.committed`` alone.
"""

import re

from agent.dialogue.words import MONTHS, WEEKDAYS, figures, is_like
from agent.policy.wording import plain

LONGEST = 280
_DONE = re.compile(
    r"\b(?:booked|confirm(?:ed|ation)?|scheduled|rescheduled|reserved|reservation|cancell?ed|arranged|all set"
    r"|you're set|done|sent|"
    r"transferr(?:ed|ing)|refund(?:ed)?|put(?:ting)? you through|signed up|registered|ordered|charged|noted"
    r"|(?:see|expect) you (?:on|at|then|tomorrow)"
    r"|appointment (?:is|has been|was)|i(?:'ve| have) (?:made|put|added|set|sent|moved|changed|noted|booked))\b"
)
_DOUBT = re.compile(
    r"\b(?:i (?:do not|don't) (?:know|have)|not sure|no information|(?:not|isn't) (?:mentioned|specified"
    r"|provided|listed)|as an ai|language model|facts?)\b"
)
_NOT = re.compile(r"\b(?:no|not|never|nor|without|unable|can't|\w+n't)\b")
_DENIAL = re.compile(r"\b(?:not|never|can't|\w+n't) ((?:\w+ ?){1,2})")
_TELLING = 4
"""Letters of the shortest word that counts in a denial."""
_NUMBER = re.compile(r"\d+(?::\d+)?")
_HALF_DAY = re.compile(r"\d+(?::\d+)? [ap]m\b")
_AMOUNTS = frozenset(
    ("hundred", "thousand", "million", "dozen", "half", "percent", "free", "discount", "discounts", "noon", "midnight")
)
_LINK = re.compile(r"@|www|https?|\.(?:com|org|net)\b|[<>{}\[\]|*#]", re.IGNORECASE)
_CALENDAR = frozenset((*WEEKDAYS, *MONTHS)) - {"may", "march"}


def violation(text: str, facts: str, asked: str = "") -> str:
    """Why ``text`` must not be spoken, or empty.

    Numbers, weekdays, months and links must stand in ``facts``; weekdays and months may also come from what was
    ``asked``. What the facts deny ("it is not normal") is not said without a "not", nor is anything denied that
    they do not deny.
    """
    words = plain(text)
    if not words or len(text) > LONGEST:
        return "empty or too long"
    if _DOUBT.search(words):
        return "does not know"
    if hit := _DONE.search(words):
        return f"claims {hit.group()!r}"
    if (hit := _LINK.search(text)) and hit.group() not in facts:
        return f"link or symbol {hit.group()!r}"
    said, given = figures(words), figures(plain(facts))
    unknown = set(_NUMBER.findall(said)) - set(_NUMBER.findall(given)) - _trivial(given)
    unknown |= set(_HALF_DAY.findall(said)) - set(_HALF_DAY.findall(given))
    unknown |= _AMOUNTS & set(said.split()) - set(given.split())
    unknown |= _CALENDAR & set(said.split()) - set(given.split()) - set(figures(plain(asked)).split())
    return f"{min(unknown)!r} is in no fact" if unknown else _turned_round(words, plain(facts))


def _turned_round(words: str, given: str) -> str:
    denied = {word for match in _DENIAL.finditer(given) for word in match.group(1).split() if len(word) >= _TELLING}
    if not _NOT.search(words):
        claimed = {word for word in words.split() if any(is_like(word, other) for other in denied)}
        return f"leaves the 'not' of {min(claimed)!r} out" if claimed else ""
    return "" if _NOT.search(given) else "denies what no fact denies"


def _trivial(given: str) -> set[str]:
    """ "One" as a pronoun, if no fact counts with it."""
    return set() if re.search(r"\b1\b", given) else {"1"}


def speakable(text: str) -> str:
    """The first two whole sentences of a model's output on one line; a last one that was cut off is dropped."""
    line = " ".join(text.split()).strip(" \"'")
    sentences = re.findall(r"[^.!?]+(?:[.!?](?=\d)[^.!?]*)*[.!?]+", line)
    return "".join(sentences[:2]).strip() if sentences else line
