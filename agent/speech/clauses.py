"""A reply cut into clauses that can be spoken one by one; the first one short, so that it is heard soon.

Words are the unit: how a stream happens to be chunked never changes the cut. Joined by single spaces the
clauses are the text.
"""

import re

from agent.speech.words import table

FIRST_SOFT_WORDS = 5
SOFT_WORDS = 12
HARD_WORDS = 24
_STOPS = re.compile(r"[.?!…][\"')\]]*$")
_COMMAS = re.compile(r"(?:[,;:]|^[—–-]|[—–])$")
_INITIALS = re.compile(r"^(?:[a-z]\.)+$", re.IGNORECASE)
_LIST_NUMBER = re.compile(r"^\d{1,2}\.$")
ABBREVIATIONS = frozenset(
    table("""dr. mr. mrs. ms. prof. st. ave. rd. blvd. apt. ste. no. vs. approx. etc. jan. feb. mar. apr. jun. jul. aug.
    sep. sept. oct. nov. dec. mon. tue. tues. wed. thu. thurs. fri. sat. sun. inc. ltd. co. jr. sr. ext. tel.""")
)
_JOINTS = frozenset(table("and but so because which or while then if"))
_FIRST_JOINTS = _JOINTS | frozenset(table("for in on at with from behind near next by after before when where that"))
"""The first clause may end before any of these: to be heard soon counts for more there."""


class ClauseStream:
    """Takes a reply as it is written, gives clauses as soon as they are whole."""

    def __init__(self) -> None:
        self._rest = ""
        self._pending: list[str] = []
        self._is_first = True

    def feed(self, piece: str) -> tuple[str, ...]:
        """More text, of any length. The clauses it completes."""
        self._rest += piece
        *whole, self._rest = re.split(r"\s+", self._rest)
        return tuple(c for word in whole if word for c in self._take(word))

    def finish(self) -> tuple[str, ...]:
        """The text is at its end: what is left. The next text begins anew."""
        done = self._take(self._rest) if self._rest else []
        done += self._cut()
        self._rest, self._is_first = "", True
        return tuple(done)

    def _take(self, word: str) -> list[str]:
        soft = FIRST_SOFT_WORDS if self._is_first else SOFT_WORDS
        done: list[str] = []
        joints = _FIRST_JOINTS if self._is_first else _JOINTS
        is_joint = len(self._pending) >= soft and word.lower() in joints
        if is_joint or len(self._pending) >= HARD_WORDS:
            done += self._cut()
        self._pending.append(word)
        is_pause = _COMMAS.search(word) and len(self._pending) >= (2 if self._is_first else soft)
        if is_pause or _is_stop(word):
            done += self._cut()
        return done

    def _cut(self) -> list[str]:
        if not self._pending:
            return []
        clause, self._pending = " ".join(self._pending), []
        self._is_first = False
        return [clause]


def voiced(clause: str) -> str:
    """A clause for the synthesiser: one that stops in mid-sentence ends on a comma, so that the voice stays up."""
    return clause if not clause or clause[-1] in ".,;:!?…—–\"')" else f"{clause},"


def split_clauses(text: str) -> tuple[str, ...]:
    """The clauses of a whole reply."""
    stream = ClauseStream()
    return stream.feed(text) + stream.finish()


def _is_stop(word: str) -> bool:
    if not _STOPS.search(word):
        return False
    bare = word.lower()
    return bare not in ABBREVIATIONS and not _INITIALS.match(bare) and not _LIST_NUMBER.match(bare)
