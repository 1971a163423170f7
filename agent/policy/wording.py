"""One plain spelling for what a recogniser wrote: rules match on words, not on punctuation.

``plain("Hi, I'd like 2.30 P.M., please!")`` is ``"hi i'd like 2:30 pm please"``.
"""

import re
import unicodedata
from collections.abc import Iterable

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'"})
_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"\b([ap])\. ?m\b\.?", r"\1m"),
        (r"(?<=[\d ])([ap]) m\b", r"\1m"),
        (r"(?<=\d)([ap]m)\b", r" \1"),
        (r"(?<![\d.])(\d{1,2})\.([0-5]\d)(?![\d.])", r"\1:\2"),
        (r"\bo'? ?clock\b", "oclock"),
        (r"\bafter noon\b", "afternoon"),
        (r"\bto morrow\b", "tomorrow"),
        (r"(?<=\d),(?=\d{3}\b)", ""),
        (r"\bcannot\b", "can't"),
        (r"&", " and "),
        (r"(?<!\d)[:/]|[:/](?!\d)", " "),
        (r"[^\w\s':/+]|_", " "),
        (r"\+(?!\d)|(?<=\d)\+", " "),
        (r"(?<!\w)'+|'+(?!\w)", " "),
        (r"\s+", " "),
    )
)


def rewritten(text: str, rewrites: Iterable[tuple[re.Pattern[str], str]]) -> str:
    """``text`` in lower case and one kind of apostrophe, then each rewriting in its order."""
    words = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).lower()
    for pattern, by in rewrites:
        words = pattern.sub(by, words)
    return words


def plain(text: str) -> str:
    """``text`` in lower case without punctuation, one space between words; times stay ``2:30``, dates ``12/3``."""
    return rewritten(text, _REWRITES).strip()
