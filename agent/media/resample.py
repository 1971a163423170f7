"""16 kHz to 8 kHz and back in a stream, by one half-band FIR: 1.5 ms of delay each way.

Half of a half-band filter's taps are zero, so both directions are one short convolution and one delay.
Pass band to 3.4 kHz (within 0.1 dB), stop band from 4.6 kHz (more than 55 dB down).
"""

from functools import cache

import numpy as np

from agent.media import pcm
from agent.media.pcm import Floats

TAPS = 51
"""Of the form 4k + 3: the first and last taps are not zero."""
DELAY_MS = (TAPS - 1) / 2 / 16
_BETA = 5.6
_BRANCH = (TAPS + 1) // 2
_SHIFT = TAPS // 4


@cache
def _branch() -> Floats:
    """The taps that are neither zero nor the centre: a windowed sinc at every other place, summing to 1/2."""
    places = np.arange(TAPS) - TAPS // 2
    full = 0.5 * np.sinc(places / 2) * np.kaiser(TAPS, _BETA)
    half = full[::2].astype(np.float32)
    half *= np.float32(0.5) / half.sum()
    half.setflags(write=False)
    return half


class Decimator:
    """16 kHz in, 8 kHz out, any even number of samples at a time; state carries over."""

    def __init__(self) -> None:
        self._even = np.zeros(_BRANCH - 1, np.float32)
        self._odd = np.zeros(_SHIFT + 1, np.float32)

    def feed(self, frame: bytes) -> bytes:
        """Half as many samples. Raises ValueError when ``frame`` is not a whole number of sample pairs."""
        if len(frame) % 4:
            raise ValueError(f"{len(frame)} bytes are no whole number of sample pairs")
        if not frame:
            return b""
        values = pcm.samples(frame).astype(np.float32)
        even = np.concatenate((self._even, values[::2]))
        odd = np.concatenate((self._odd, values[1::2]))
        out = values.size // 2
        self._even, self._odd = even[out:], odd[out:]
        return pcm.clip(np.convolve(even, _branch(), "valid") + np.float32(0.5) * odd[:out])


class Interpolator:
    """8 kHz in, 16 kHz out, any number of samples at a time; state carries over."""

    def __init__(self) -> None:
        self._past = np.zeros(_BRANCH - 1, np.float32)

    def feed(self, frame: bytes) -> bytes:
        """Twice as many samples."""
        if not frame:
            return b""
        values = np.concatenate((self._past, pcm.samples(frame).astype(np.float32)))
        out = values.size - _BRANCH + 1
        self._past = values[out:]
        made = np.empty(2 * out, np.float32)
        made[::2] = 2 * np.convolve(values, _branch(), "valid")
        made[1::2] = values[_BRANCH - 1 - _SHIFT : _BRANCH - 1 - _SHIFT + out]
        return pcm.clip(made)
