"""Music on hold, a motor, a crowd's murmur: sound without pause that is no speech."""

from collections import deque

from agent.speech.gate import WINDOW_MS

JUDGED_MS = 6_000
AUDIBLE_DBFS = -50.0
SPEECH_PROB = 0.5
LEAST_AUDIBLE = 0.65
MOST_SPEECH = 0.3
"""Music on hold is audible in two thirds of its windows and more, and speech in none; callers, as they talk on, are
speech in seven windows of ten."""


class Background:
    """Looks back over JUDGED_MS of windows."""

    def __init__(self) -> None:
        self._windows: deque[tuple[bool, bool]] = deque(maxlen=JUDGED_MS // WINDOW_MS)
        self._audible = self._speech = 0

    def feed(self, prob: float, level_dbfs: float) -> None:
        """One window: the detector's probability of speech, and the level."""
        if len(self._windows) == self._windows.maxlen:
            self._count(*self._windows[0], by=-1)
        window = level_dbfs > AUDIBLE_DBFS, prob >= SPEECH_PROB
        self._windows.append(window)
        self._count(*window, by=1)

    @property
    def is_playing(self) -> bool:
        """Whether what is heard is a background and nobody speaks."""
        whole = self._windows.maxlen or 1
        is_judged = len(self._windows) == whole
        return is_judged and self._audible >= LEAST_AUDIBLE * whole and self._speech <= MOST_SPEECH * whole

    def _count(self, is_audible: bool, is_speech: bool, by: int) -> None:
        self._audible += by * is_audible
        self._speech += by * is_speech
