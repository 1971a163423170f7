"""Packet loss concealment in the manner of G.711 Appendix I: repeat the last pitch period, fade, then comfort noise."""

from functools import cache

import numpy as np

from agent.media import pcm
from agent.media.pcm import Floats
from agent.values.audio import FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ

FADE_FROM_MS = 20
SILENT_FROM_MS = 60
"""From here on a repetition would sound like a buzz: only the noise floor is left."""
MIN_LAG = SAMPLE_RATE_HZ // 400
MAX_LAG = SAMPLE_RATE_HZ // 66
MAX_NOISE_DBFS = -50.0
"""Comfort noise never gets loud enough for a voice detector to look at it."""
_JOIN = SAMPLE_RATE_HZ * 5 // 1000
_HISTORY = 2 * MAX_LAG + FRAME_SAMPLES
_RISE = np.linspace(0, 1, _JOIN, endpoint=False, dtype=np.float32)
_FRAME_RISE = np.linspace(0, 1, FRAME_SAMPLES, dtype=np.float32)


@cache
def _noise() -> Floats:
    """A second of white noise of unit power, always the same."""
    made = np.random.Generator(np.random.PCG64(1)).standard_normal(SAMPLE_RATE_HZ).astype(np.float32)
    made.setflags(write=False)
    return made


def blend(first: bytes, second: bytes) -> bytes:
    """Two consecutive frames as one: a cross-fade over the frame's length."""
    a, b = pcm.samples(first).astype(np.float32), pcm.samples(second).astype(np.float32)
    return pcm.clip(a + (b - a) * _FRAME_RISE)


class Concealer:
    """Sees every frame of a stream; makes up the missing ones. Frames are FRAME_BYTES long."""

    def __init__(self) -> None:
        self._recent: list[bytes] = []
        self._floor_dbfs = MAX_NOISE_DBFS
        self._lost_ms = 0
        self._period: Floats = np.zeros(1, np.float32)
        self._phase = 0
        self._step = 0.0
        self._noise_at = 0

    def received(self, frame: bytes) -> bytes:
        """A frame that came. After a loss its first 5 ms are cross-faded with the repetition."""
        level = pcm.rms_dbfs(frame)
        # Down at once, up by 2.5 dB a second: speech is too short to lift the floor.
        self._floor_dbfs = min(level, self._floor_dbfs + 0.05, MAX_NOISE_DBFS)
        if self._lost_ms:
            values = pcm.samples(frame).astype(np.float32)
            tail = self._made(_JOIN)
            values[:_JOIN] = tail + (values[:_JOIN] - tail) * _RISE
            frame = pcm.clip(values)
            self._lost_ms = 0
        self._recent = [*self._recent[-2:], frame]
        return frame

    def lost(self) -> bytes:
        """A frame for one that is missing."""
        if self._lost_ms == 0:
            self._begin()
        made = self._made(FRAME_SAMPLES)
        if self._lost_ms == 0:
            made[:_JOIN] += np.float32(self._step) * (1 - _RISE)
        frame = pcm.clip(made)
        self._lost_ms += FRAME_MS
        return frame

    def _begin(self) -> None:
        history = pcm.samples(b"".join(self._recent)).astype(np.float32)
        self._phase, self._step = 0, 0.0
        if history.size < _HISTORY:
            self._period = np.zeros(1, np.float32)
            return
        lag = _pitch_lag(history[-_HISTORY:])
        period = history[-lag:].copy()
        # The seam between the period's end and its beginning: lead in from what came before it.
        seam = min(_JOIN, lag // 4)
        rise = np.linspace(0, 1, seam, dtype=np.float32)
        period[-seam:] += (history[-lag - seam : -lag] - period[-seam:]) * rise
        self._period = period
        # What was played last stays as it is, so the step from it to the repetition is let out slowly.
        self._step = float(history[-1] - history[-lag - 1])

    def _made(self, count: int) -> Floats:
        """The next ``count`` samples of repetition and noise at the present point of the loss."""
        noise_gain = np.float32(32768 * 10 ** (self._floor_dbfs / 20))
        at = (self._noise_at + np.arange(count)) % SAMPLE_RATE_HZ
        self._noise_at = int(at[-1]) + 1
        made = _noise()[at] * noise_gain
        if self._lost_ms >= SILENT_FROM_MS:
            return made
        repeated = self._period[(self._phase + np.arange(count)) % self._period.size]
        self._phase = (self._phase + count) % self._period.size
        since_ms = self._lost_ms + np.arange(count, dtype=np.float32) * np.float32(1000 / SAMPLE_RATE_HZ)
        weight = np.clip((SILENT_FROM_MS - since_ms) / (SILENT_FROM_MS - FADE_FROM_MS), 0, 1)
        return (repeated * weight + made * (1 - weight)).astype(np.float32, copy=False)


def _pitch_lag(history: Floats) -> int:
    """The lag between MIN_LAG and MAX_LAG at which the last frame best resembles what lies before it."""
    # Every other sample first: a quarter of the work. Then the neighbours of the best, at the full rate.
    coarse = 2 * _best_lag(history[::2], FRAME_SAMPLES // 2, MIN_LAG // 2, MAX_LAG // 2)
    return _best_lag(history, FRAME_SAMPLES, max(MIN_LAG, coarse - 2), min(MAX_LAG, coarse + 2))


def _best_lag(history: Floats, size: int, least: int, most: int) -> int:
    """The lag of the greatest normalised correlation of the last ``size`` samples with those ``lag`` before."""
    target = history[-size:]
    reach = history[-size - most : -least]
    products = np.correlate(reach, target, "valid")
    energy = np.convolve(reach * reach, np.ones(size, np.float32), "valid")
    return most - int(np.argmax(np.maximum(products, 0) / np.sqrt(energy + 1)))
