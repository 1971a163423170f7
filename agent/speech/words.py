"""Words of a text, and tables of words."""

import re

_WORD = re.compile(r"[a-z0-9']+")


def words(text: str) -> list[str]:
    """Lower-case words and numbers of ``text``, without punctuation."""
    return _WORD.findall(text.lower().replace("’", "'"))


def table(text: str, separator: str | None = None) -> tuple[str, ...]:
    """The entries of a table written as one text, blanks around each stripped."""
    return tuple(entry.strip() for entry in text.split(separator) if entry.strip())
