"""Who may be asked whether they ring again: only a number that was told stands for somebody."""

import re

_FEWEST_DIGITS = 3
_NOBODYS = frozenset(("266696687",))
"""What networks send in place of a number: A-N-O-N-Y-M-O-U-S on the keypad."""


def is_told(number: str) -> bool:
    """Whether ``number`` is a caller's own: not withheld, not unknown, not one that every such caller has."""
    digits = re.sub(r"\D", "", number)
    is_word = bool(re.search(r"[^\W\d_]", number))
    return not is_word and len(digits) >= _FEWEST_DIGITS and digits not in _NOBODYS
