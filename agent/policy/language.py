"""Which language a caller speaks, or asks for. Code decides it, and what we do not speak goes to a person at once.

The thresholds were measured on telephone audio, a turn at a time: docs/benchmarks.md, "Languages".
"""

import re

from agent.policy.wording import plain
from agent.profiles.check import LANGUAGES as KNOWN

OWN = KNOWN[0]
"""The rules of the dialogue are English."""
LANGUAGES = {
    "en": ("English", "english|inglés|ingles|anglais|englisch|inglese"),
    "es": ("Spanish", "spanish|español|espanol|castellano|espagnol|spanisch|spagnolo"),
    "fr": ("French", "french|français|francais|francés|frances|französisch|franzosisch|francese"),
    "de": ("German", "german|deutsch|alemán|aleman|allemand|tedesco"),
    "it": ("Italian", "italian|italiano|italien|italienisch"),
}
"""What a profile may name, by ISO 639-1: the English name, and what callers call it in any of these languages."""
SURE = 0.9
"""The recogniser's probability from which a language counts as spoken: callers with an accent lie below it."""
MIN_SPEECH_MS = 1_000
"""A word or two is no evidence."""

_SPEAK = (
    "speak|speaks|talk|understand|hablar|hablas|habla|hablan|habláis|hablo|parlez|parle|parlent|parler"
    "|sprechen|sprichst|spreche|parla|parli|parlate|parlano|parlare"
)
_IN = "in|en|auf"
_PLEASE = "please|por favor|s'il vous plaît|s'il vous plait|bitte|per favore"
_NOT = "don't|doesn't|do not|does not|can't|cannot|not|never|no|nicht|kein|non"


def _asking(names: str) -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:{_SPEAK})(?: (?!{_NOT})\w+){{0,2}} (?:{names})\b"
        rf"|\b(?:{_IN}) (?:{names})(?: (?:{_PLEASE}|now|then))?$"
        rf"|\b(?:{_IN}) (?:{names}) (?:{_PLEASE})\b"
        rf"|^(?:\w+ )?(?:{names})(?: (?:{_PLEASE}))?$"
    )


_ASKS = {code: _asking(names) for code, (_, names) in LANGUAGES.items()}
_DENIES = {
    code: re.compile(rf"\b(?:{_NOT})(?: \w+)? (?:{_SPEAK})(?: \w+){{0,2}} (?:{names})\b")
    for code, (_, names) in LANGUAGES.items()
}


_OURS = re.compile(r"\b(?:the|and|are|my|would|like|you|please|morning|afternoon|what|with|for|this|have|book)\b")
"""Words that none of the other languages has."""


def asked_for(text: str) -> str:
    """The language, by its code, that the caller asks to speak; empty when none.

    A caller who says that they do not speak one asks for none by that, not even ours: they are heard to speak another.
    """
    words = plain(text)
    for code, pattern in _ASKS.items():
        if pattern.search(words) and not _DENIES[code].search(words):
            return code
    return ""


def spoken(language: str, probability: float, speech_ms: int, text: str = "") -> str:
    """The language that was surely spoken, if it is not ours; else empty.

    English with an accent is now and then taken for another language, but its words show in the ``text``.
    """
    is_sure = probability >= SURE and speech_ms >= MIN_SPEECH_MS
    return language if is_sure and language != OWN and not _OURS.search(plain(text)) else ""
