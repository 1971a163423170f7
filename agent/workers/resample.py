"""Resampling to 16 kHz piece by piece, with the result of one shot.

A streaming filter of the same quality holds audio back for longer than the whole clause takes to compute. Pieces are
cut at multiples of 20 ms, where input and output sample grids meet, and resampled with context on both sides.
"""

import numpy as np
import soxr

from agent.workers.features import RATE_HZ, Floats

BLOCKS_PER_S = 50
CONTEXT_BLOCKS = 2


class Resampler:
    """From ``rate_hz`` (a multiple of 50) to 16 kHz; keeps back 40 ms until more comes."""

    def __init__(self, rate_hz: int) -> None:
        if rate_hz % BLOCKS_PER_S:
            raise ValueError(f"{rate_hz} Hz has no whole number of samples in 20 ms")
        self._rate_hz = rate_hz
        self._block = rate_hz // BLOCKS_PER_S
        self._held = np.zeros(0, np.float32)
        self._lead = 0

    def push(self, samples: Floats) -> Floats:
        """The output that ``samples`` complete."""
        self._held = np.concatenate((self._held, samples))
        ready = len(self._held) // self._block - self._lead - CONTEXT_BLOCKS
        if ready <= 0:
            return np.zeros(0, np.float32)
        done = self._lead + ready
        output = self._convert(self._held[: (done + CONTEXT_BLOCKS) * self._block])
        kept = max(0, done - CONTEXT_BLOCKS)
        self._held = self._held[kept * self._block :]
        start, self._lead = self._lead, done - kept
        return output[self._out(start) : self._out(done)]

    def finish(self) -> Floats:
        """What was kept back."""
        output = self._convert(self._held)[self._out(self._lead) :]
        self._held, self._lead = np.zeros(0, np.float32), 0
        return output

    def _out(self, blocks: int) -> int:
        return blocks * RATE_HZ // BLOCKS_PER_S

    def _convert(self, samples: Floats) -> Floats:
        if self._rate_hz == RATE_HZ or not len(samples):
            return samples
        return np.asarray(soxr.resample(samples, self._rate_hz, RATE_HZ, quality="HQ"), np.float32)
