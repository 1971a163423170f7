"""Does somebody begin to speak while the agent speaks? Quick for a voice, slow for a cough, deaf to our own echo.

The voice gate waits for three windows and takes whatever the detector takes. Over the agent's speech that is both
too slow and too easily moved: a pause of the agent is heard. Here a single window may do, when it is loud, the
detector says speech, and it has a pitch. A cough has a pitch too, at its end, but the burst before it is louder;
in speech the vowel is.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.speech.echo import EchoGuard
from agent.values.audio import SAMPLE_RATE_HZ

_LEAST_LAG = SAMPLE_RATE_HZ // 400
_MOST_LAG = SAMPLE_RATE_HZ // 80
_LAGS = np.arange(_LEAST_LAG, _MOST_LAG)
_BEFORE = 288
"""Samples of the window before that are looked at too, so that a low voice shows two periods."""


@dataclass(frozen=True, slots=True)
class OnsetSettings:
    """``prob`` is the detector's, ``voicing`` 0 to 1, ``margin_db`` above the noise floor. Counts are windows of 32 ms.

    Three ways to begin: one ``clear`` window; two ``voiced`` ones in a row; ``sure_windows`` that the detector is
    sure of, with or without a pitch. The first two need a vowel louder than the unvoiced sound before it, for
    ``burst_windows`` back.
    """

    voice_prob: float = 0.5
    clear_voicing: float = 0.7
    clear_margin_db: float = 15.0
    voiced_voicing: float = 0.6
    voiced_margin_db: float = 8.0
    burst_windows: int = 10
    sure_prob: float = 0.8
    sure_windows: int = 3


@dataclass(frozen=True, slots=True)
class _Window:
    level_dbfs: float
    is_pitched: bool


class Onset:
    """One call's judge of onsets. Fed every window; answers only while the agent is heard."""

    def __init__(self, settings: OnsetSettings | None = None) -> None:
        self._settings = settings or OnsetSettings()
        self._echo = EchoGuard()
        self._recent: deque[_Window] = deque(maxlen=self._settings.burst_windows)
        self._last = b""
        self._voiced = self._sure = 0
        self._echo_windows = self._other_windows = 0

    @property
    def is_agent_heard(self) -> bool:
        """Whether the agent sounds, or has just stopped sounding."""
        return self._echo.is_sounding

    @property
    def is_echo(self) -> bool:
        """Whether the speech since ``forget`` was mostly our own, come back."""
        return self._echo_windows > self._other_windows

    def forget(self) -> None:
        """A turn of the caller begins: what is echo is counted anew."""
        self._echo_windows = self._other_windows = 0

    def feed(self, window: bytes, sent: bytes, prob: float, over_floor_db: float, level_dbfs: float) -> bool:
        """One window of WINDOW_BYTES, and what we sent meanwhile; whether somebody begins to speak over the agent.

        ``over_floor_db`` is the window's level above the noise floor.
        """
        s = self._settings
        self._echo.feed(sent, window)
        before, self._last = self._last, window
        if prob < s.voice_prob or over_floor_db < s.voiced_margin_db:
            self._voiced = self._sure = 0
            self._recent.append(_Window(level_dbfs, is_pitched=False))
            return False
        if not self._echo.is_sounding:
            self._other_windows += 1
            # Most of a call: its pitch is not asked for, and a burst is one that comes while the agent speaks.
            self._voiced = self._sure = 0
            self._recent.append(_Window(level_dbfs, is_pitched=True))
            return False
        pitch = max(voicing(window), voicing(before[-2 * _BEFORE :] + window))
        is_vowel = level_dbfs >= self._burst_dbfs()
        self._recent.append(_Window(level_dbfs, pitch >= s.voiced_voicing))
        if self._is_echo():
            self._voiced = self._sure = 0
            return False
        self._voiced = self._voiced + 1 if is_vowel and pitch >= s.voiced_voicing else 0
        self._sure = self._sure + 1 if prob >= s.sure_prob else 0
        is_clear = is_vowel and pitch >= s.clear_voicing and over_floor_db >= s.clear_margin_db
        return is_clear or self._voiced >= 2 or self._sure >= s.sure_windows

    def _burst_dbfs(self) -> float:
        """The loudest sound without a pitch, just before."""
        return max((w.level_dbfs for w in self._recent if not w.is_pitched), default=-96.0)

    def _is_echo(self) -> bool:
        is_echo = self._echo.is_echo()
        self._echo_windows += is_echo
        self._other_windows += not is_echo
        return is_echo


def voicing(pcm: bytes) -> float:
    """The highest autocorrelation at a pitch of 80 to 400 Hz: near 1 for a vowel, under 0.5 for breath."""
    values = np.frombuffer(pcm, "<i2").astype(np.float64)
    if values.size <= _MOST_LAG:
        return 0.0
    values -= values.mean()
    spectrum = np.fft.rfft(values, 2 * values.size)
    products = np.fft.irfft(np.square(np.abs(spectrum)))[_LAGS]
    return float(np.max(products / _overlaps(values)))


def _overlaps(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """For each lag the geometric mean of the energies of the two parts that overlap at it."""
    until = np.cumsum(np.square(values))
    first, second = until[values.size - 1 - _LAGS], until[-1] - until[_LAGS - 1]
    overlaps: npt.NDArray[np.float64] = np.sqrt(np.maximum(first * second, 1.0))
    return overlaps
