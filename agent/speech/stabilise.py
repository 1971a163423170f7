"""Partial transcripts flicker at their end. What two of them in a row agree on is stable, and stays said."""

from dataclasses import dataclass

from agent.speech.words import words


@dataclass(frozen=True, slots=True)
class Partial:
    """``stable`` never shrinks within an utterance; ``tail`` may change with the next partial."""

    stable: str = ""
    tail: str = ""

    @property
    def text(self) -> str:
        """Both together."""
        return " ".join(p for p in (self.stable, self.tail) if p)


class Stabiliser:
    """Longest common word prefix of consecutive partials (local agreement), punctuation and case aside."""

    def __init__(self) -> None:
        self._stable: list[str] = []
        self._last: list[str] = []

    def feed(self, text: str) -> Partial:
        """The newest partial transcript of the utterance."""
        now = text.split()
        agreed = 0
        while agreed < min(len(now), len(self._last)) and words(now[agreed]) == words(self._last[agreed]):
            agreed += 1
        self._last = now
        if agreed > len(self._stable):
            self._stable += now[len(self._stable) : agreed]
        return Partial(" ".join(self._stable), " ".join(now[len(self._stable) :]))

    def restart(self) -> None:
        """Another utterance begins."""
        self._stable, self._last = [], []
