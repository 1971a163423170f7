"""What was said, in the one spelling that rules match, and what a recogniser may have made of it.

``canonical("I can't, uh, breathe!")`` is ``" i can not , breathe . "``: contractions are whole, fillers and
intensifiers are gone, sentence marks are words, and a space stands on both ends.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from agent.policy.wording import rewritten

_IS = "he|she|it|that|there|what|who|where|here|how|this|everything|everybody|everyone|somebody|someone|nobody|nothing"
_INTENSIFIERS = (
    "really|very|actually|literally|even|absolutely|totally|completely|extremely|honestly|seriously|just|so|quite"
    "|basically|truly|simply|utterly|entirely|incredibly|deeply|definitely|certainly|please|pls|right now"
)
_VERY = "really|very|so|extremely|terribly|incredibly|deeply|awfully|completely|absolutely|totally"
_MILD = (
    "scared|afraid|frightened|worried|anxious|disappointed|sad|annoyed|unhappy|lonely|alone|stressed|hurt|ashamed|low"
)
"""With these, how much makes the difference."""
_FAMILY = "mom|mum|mother|dad|father|wife|husband|son|daughter|brother|sister|kid|child|baby|boy|girl|friend|partner"
_REWRITES = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"\b(dr|mr|mrs|ms|st)\.", r"\1"),
        (r"(?<=\w)\.(?=\w)", ""),
        (r"[.!?;\u2026]+", " . "),
        (r",|\s-+\s|\u2014|:", " , "),
        (r"(?<=\w)-(?=\w)", " "),
        (r"\b(?:can't|cannot|cant|can nt)\b", "can not"),
        (r"\b(?:won't|wont)\b", "will not"),
        (r"\b(?:ain't|aint)\b", "is not"),
        (r"n't\b", " not"),
        (r"\b(do|does|did|is|was|are|have|has|had|would|could|should)nt\b", r"\1 not"),
        (r"\b(?:i'm|im|i am a m)\b", "i am"),
        (r"\b(?:ive)\b", "i have"),
        (r"\bid (?=like|love|rather|prefer|want|need|appreciate)", "i would "),
        (r"(?<![\w'])ill (?=sue|sew|take|call|see|report|kill|have|be|get|never|find|file|do|tell|make|go)", "i will "),
        (r"\b(you|they)re\b", r"\1 are"),
        (r"\b(he|she|it|that|there|what|who)s\b", r"\1 is"),
        (r"\b(he|she|they|you|we|it)ll\b(?<!well)(?<!hell)(?<!shell)", r"\1 will"),
        (rf"\b({_IS})'s\b", r"\1 is"),
        (r"'re\b", " are"),
        (r"'ve\b", " have"),
        (r"'ll\b", " will"),
        (r"'d\b", " would"),
        (r"\blet's\b", "let us"),
        (rf"\b(?:mi|me) (?=(?:{_FAMILY}|mummy|mommy|daddy)\b)", "my "),
        (rf"\b({_FAMILY})'?s (?=\w+ing\b|(?:not|asleep|out|at|gone|been|got|had|in|away|a)\b)", r"\1 is "),
        (r"\bsum (?=one\b|body\b)", "some"),
        (r"\b(any|some) (one|body)\b(?! of)", r"\1\2"),
        (r"\btheir (?=is\b|are\b|was\b)", "there "),
        (r"\b(is|are|was) their (?=any|a\b|some|no\b)", r"\1 there "),
        (r"\b(?:to|two) (?=many\b|much\b)", "too "),
        (r"\b(?:to|too) (?=times\b)", "two "),
        (r"\b(go|going|want|need|like|talk|speak|have|got|able|try|trying) (?:too|two)\b(?= [a-z])", r"\1 to"),
        (r"\b(do|does|did|is|are|will|would|can|could) knot\b", r"\1 not"),
        (r"\bbak\b", "back"),
        (r"'s\b|s'(?=\s)", "s"),
        (r"\b(?:gonna|gunna|going too)\b", "going to"),
        (r"\b(?:wanna)\b", "want to"),
        (r"\b(?:gotta)\b", "got to"),
        (r"\b(?:lemme)\b", "let me"),
        (r"\b(?:gimme)\b", "give me"),
        (r"\b(?:y'?all|ya'll)\b", "you all"),
        (r"\b(?:thru)\b", "through"),
        (r"\bu\b", "you"),
        (r"\bur\b", "your"),
        (r"\b(\w+)in'(?=\s|$)", r"\1ing"),
        (r"[^\w\s.,]|_", ""),
        (r"\b(?:uh+|u+m+|er+m*|ah+|hm+|mm+|eh)\b", " "),
        (rf"\b(?:{_VERY}) (?=(?:{_MILD})\b)", "badly "),
        (rf"\b(?:{_INTENSIFIERS})\b", " "),
        (r"(?:[.,]\s+)+(?=[.])|(?<=[.])(?:\s+[.,])+", ""),
        (r"(?:,\s+)+(?=,)", ""),
        (r"\b(\w+)(?: \1\b)+", r"\1"),
        (r"\s+", " "),
    )
)
_MARKS = re.compile(r"^[ .,]+")


def canonical(text: str) -> str:
    """The spelling that patterns are written for. Total on any text."""
    return f" {_MARKS.sub('', rewritten(text, _REWRITES)).strip()} "


@dataclass(frozen=True, slots=True)
class Slip:
    """A key word put in: its place in the corrected text, and whether it needs no other word to be believed."""

    start: int
    end: int
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Corrected:
    """A text with words put in place of what sounds like them."""

    text: str
    slips: tuple[Slip, ...]


_WINDOW = 4
_LIMITS, _STRICT = (0.6, 0.7, 0.84), (0.75, 0.9, 0.9)
"""How alike words must look: with the same sound, one sound apart, and so where the sound is short."""
_ALIKE_IF_BOLD, _SURE, _SURE_IF_SPELLED = 0.75, 0.85, 7
_SHORT, _LONG, _SPELLED = 3, 5, 4
_REMEMBERED = 20_000
"""Looking a word up again is cheap; the memory for that is bounded."""
_SOUNDS = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"[^a-z]", ""),
        (r"tion|sion|cian|tian|xion", "Xn"),
        (r"[st]ch|ch|sh|[ct]i(?=[aou])", "X"),
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"mb$", "n"),
        (r"ph", "f"),
        (r"gh", ""),
        (r"ck|q", "k"),
        (r"x", "ks"),
        (r"dge|d?g(?=[eiy])|j", "X"),
        (r"sc(?=[eiy])|c(?=[eiy])|z", "s"),
        (r"c|g", "k"),
        (r"v", "f"),
        (r"th|d", "t"),
        (r"b", "p"),
        (r"m", "n"),
        (r"X", "s"),
        (r"(.)\1+", r"\1"),
        (r"^[aeiouy]", "A"),
        (r"[aeiouyhw]", ""),
    )
)


@lru_cache(maxsize=4096)
def sound(word: str) -> str:
    """A coarse key of how a word sounds over a telephone: consonants only, voiced and unvoiced alike."""
    for pattern, by in _SOUNDS:
        word = pattern.sub(by, word)
    return word


class KeyWords:
    """Words by their sound, and by their sound less any one consonant: what is one apart shares such a key.

    ``words`` are heard in place of anything that sounds like them, several words too. ``vocabulary`` is heard only
    in place of a single word that is not ``known``. ``common`` words stand for themselves where there are no others.
    """

    def __init__(
        self,
        words: Iterable[str],
        common: Iterable[str] = (),
        vocabulary: Iterable[str] = (),
        known: Iterable[str] = (),
    ) -> None:
        self.words, self.common, self.known = frozenset(words), frozenset(common), frozenset(known)
        self._found: dict[tuple[str, bool], tuple[str, float]] = {}
        self._words = _by_sound(self.words)
        self._vocabulary = _by_sound(word for word in vocabulary if len(word) >= _SPELLED)

    def best(self, joined: str, *, is_one: bool) -> tuple[str, float]:
        """The word most like what was heard, and how like it is; 0 when it sounds like none."""
        if (joined, is_one) not in self._found:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[joined, is_one] = self._search(joined, is_one)
        return self._found[joined, is_one]

    def _search(self, joined: str, is_one: bool) -> tuple[str, float]:
        found = _most_alike(joined, self._words, _LIMITS)
        if is_one and len(joined) >= _SPELLED and joined not in self.known | self.common:
            found = max(found, _most_alike(joined, self._vocabulary, _STRICT))
        likeness, word = found
        return word, likeness


_BySound = dict[str, list[tuple[str, str]]]


def _by_sound(words: Iterable[str]) -> _BySound:
    index: _BySound = {}
    for word in sorted(words):
        known = sound(word)
        for key in _lessened(known):
            index.setdefault(key, []).append((known, word))
    return index


def _most_alike(joined: str, index: _BySound, limits: tuple[float, float, float]) -> tuple[float, str]:
    key = sound(joined)
    near = {pair for lessened in _lessened(key) for pair in index.get(lessened, ())}
    scored = ((_likeness(key, known, (joined, word), limits), word) for known, word in near)
    return max(scored, default=(0.0, ""))


def _lessened(key: str) -> tuple[str, ...]:
    return (key, *(key[:n] + key[n + 1 :] for n in range(len(key))))


def corrected(text: str, keywords: KeyWords) -> Corrected | None:
    """``text`` with key words in place of what sounds like them, or None when nothing does."""
    tokens, out, slips, place = text.split(), " ", [], 0
    while place < len(tokens):
        taken, word, likeness = _best(tokens, place, keywords)
        if taken:
            is_sure = likeness >= _SURE if word in keywords.words else len(word) >= _SURE_IF_SPELLED
            is_sure = is_sure or (taken > 1 and len(sound(word)) >= _LONG)
            slips.append(Slip(len(out), len(out) + len(word) + 1, is_sure))
        out += f"{word} "
        place += taken or 1
    return Corrected(out, tuple(slips)) if slips else None


def _best(tokens: list[str], place: int, keywords: KeyWords) -> tuple[int, str, float]:
    """How many words from ``place`` are one key word, and which; (0, the word itself, 0) when none."""
    best = (0, tokens[place], 0.0)
    if tokens[place] in keywords.words:
        return best
    for size in range(1, _WINDOW + 1):
        window = tokens[place : place + size]
        if len(window) < size or window[-1] in (".", ",") or window[-1] in keywords.words:
            break
        if not keywords.common.issuperset(window):
            word, likeness = keywords.best("".join(window), is_one=size == 1)
            is_bold = size > 2 or (size == 2 and tokens[place] in keywords.common and len(sound(word)) <= _LONG)
            if likeness > best[2] and (not is_bold or likeness >= _ALIKE_IF_BOLD):
                best = (size, word, likeness)
    return best


def _likeness(key: str, known: str, words: tuple[str, str], limits: tuple[float, float, float]) -> float:
    """0 when the two do not sound alike, else the share of letters in common."""
    same, near_if_long, near_if_short = limits
    least = same
    if key != known:
        if len(known) < _SHORT or not _is_one_apart(key, known):
            return 0.0
        least = near_if_long if len(known) >= _LONG else near_if_short
    alike = SequenceMatcher(None, *words, autojunk=False).ratio()
    return alike if alike >= least else 0.0


def _is_one_apart(one: str, other: str) -> bool:
    """Whether one sound was lost, gained or changed."""
    if abs(len(one) - len(other)) > 1 or one[:1] != other[:1]:
        return False
    head = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[head:], other[head:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:]
