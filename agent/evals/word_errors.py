"""Word error rate between what was said and what was heard, blind to how it is written.

"10:30 a.m.", "ten thirty AM" and "1030 am" are the same speech: numbers become single digits, contractions their long
form, punctuation and case go. Both texts are treated alike, so no recogniser gains by its way of writing.
"""

import re
from collections.abc import Iterator, Sequence

from agent.evals.saying import ORDINAL_TENS, ORDINALS, TENS, UNITS

_NUMBERS = {word: number for number, word in enumerate(UNITS)}
_TENS = {word: number for number, word in TENS.items()} | {"sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_ORDINALS = {word: number for number, word in enumerate(ORDINALS)}
_ORDINAL_TENS = {word: number for number, word in ORDINAL_TENS.items()}
_LONG = {
    "i'm": "i am", "i'd": "i would", "i'll": "i will", "i've": "i have", "it's": "it is", "that's": "that is",
    "what's": "what is", "you're": "you are", "you've": "you have", "they're": "they are", "we're": "we are",
    "don't": "do not", "isn't": "is not", "can't": "cannot", "let's": "let us", "o'clock": "oclock",
    "okay": "ok", "goodbye": "good bye", "checkup": "check up", "voicemail": "voice mail", "touchtone": "touch tone",
    "email": "e mail", "hangup": "hang up", "alright": "all right", "dialled": "dialed",
}  # fmt: skip
_HALF_OF_DAY = re.compile(r"\b([ap])\.? ?m\b\.?")
_FIGURES = re.compile(r"(\d+)(st|nd|rd|th)?")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_STUCK = re.compile(r"(\d)(?=[ap]m\b)")


def spoken_words(text: str) -> list[str]:
    """``text`` as the words that were spoken, each digit of a number one of them; an ordinal adds ``th``."""
    plain = _STUCK.sub(r"\1 ", _HALF_OF_DAY.sub(r"\1m", text.lower().replace("\u2019", "'")))
    words = [part for word in _WORD.findall(plain) for part in _LONG.get(word, word).split()]
    return [part for number in _numbered(words) for part in number]


def _numbered(words: Sequence[str]) -> Iterator[list[str]]:
    place = 0
    while place < len(words):
        word, after = words[place], words[place + 1] if place + 1 < len(words) else ""
        place += 1
        if figures := _FIGURES.fullmatch(word):
            # Every figure as it stands: zeros in front were spoken.
            yield [*figures[1], *(["th"] if figures[2] else [])]
        elif word in _TENS and (0 < _NUMBERS.get(after, 0) < 10 or 0 < _ORDINALS.get(after, 0) < 10):
            is_ordinal = after in _ORDINALS
            yield _digits(_TENS[word] + (_ORDINALS if is_ordinal else _NUMBERS)[after], is_ordinal)
            place += 1
        elif word in _NUMBERS or word in _TENS:
            yield _digits((_NUMBERS | _TENS)[word], False)
        elif word in _ORDINALS or word in _ORDINAL_TENS:
            yield _digits((_ORDINALS | _ORDINAL_TENS)[word], True)
        else:
            yield [word]


def _digits(number: int, is_ordinal: bool) -> list[str]:
    return [*str(number), *(["th"] if is_ordinal else [])]


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """The least number of words to change, leave out or put in (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for place, word in enumerate(said, 1):
        above, row = row, [place]
        for at, other in enumerate(heard, 1):
            row.append(min(above[at] + 1, row[-1] + 1, above[at - 1] + (word != other)))
    return row[-1]
