"""Is what comes in our own voice come back? Judged by likeness to what went out; nothing is cancelled.

SIP has no echo canceller on our side, and a loudspeaker at the far end returns our speech 20 to 35 dB softer and 40
to 250 ms later. Outbound and inbound are compared as waveforms, at every delay up to MOST_DELAY_MS. The spectral
tilt is taken out of both first: two voices of one pitch are alike in their fundamental, and only there.
"""

import numpy as np
import numpy.typing as npt

from agent.values.audio import SAMPLE_RATE_HZ

MOST_DELAY_MS = 400
COMPARED_MS = 128
SOUNDING_DBFS = -50.0
LIKE = 0.5
"""Likeness of an echo. Through a reverberant path and G.711 nearly all are above, nearly all other voices below."""
LOUDEST_RETURN_DB = -12.0
"""What comes back louder than this is somebody else."""
HEADROOM_DB = 6.0
"""Once KNOWN_AFTER windows were echoes, what is not this much louder than they is taken for one, like or not."""
KNOWN_AFTER = 3

_RATE_HZ = SAMPLE_RATE_HZ // 2
_COMPARED = COMPARED_MS * _RATE_HZ // 1000
_LAGS = MOST_DELAY_MS * _RATE_HZ // 1000
_FFT_SIZE = 1 << (_LAGS + 2 * _COMPARED - 1).bit_length()
_WINDOW = 32 * _RATE_HZ // 1000
_TILT = np.float32(0.9)
_QUIET = 32_768 * 10 ** (SOUNDING_DBFS / 20)

Signal = npt.NDArray[np.float32]


class EchoGuard:
    """One call's outbound and inbound audio, kept as long as an echo can take. 16 kHz PCM, fed in step."""

    def __init__(self) -> None:
        self._sent: Signal = np.zeros(_LAGS + _COMPARED, np.float32)
        self._received: Signal = np.zeros(_COMPARED, np.float32)
        self._return_db = -96.0
        self._echoes = 0

    def feed(self, sent: bytes, received: bytes) -> None:
        """The same stretch of time in both directions, of equal and even length."""
        self._sent = _shifted(self._sent, sent)
        self._received = _shifted(self._received, received)

    @property
    def is_sounding(self) -> bool:
        """Whether the agent was heard within the time an echo can take."""
        return bool(np.max(np.abs(self._sent)) > _QUIET)

    def is_echo(self) -> bool:
        """Whether the last window is our own voice. Echoes that are plain teach how loud this call's echoes are."""
        if not self.is_sounding:
            return False
        like, return_db = self._compared()
        if like >= LIKE and return_db <= LOUDEST_RETURN_DB:
            self._echoes += 1
            self._return_db = max(return_db, self._return_db - 0.5)
            return True
        return self._echoes >= KNOWN_AFTER and _level_db(self._received[-_WINDOW:]) < self._expected_db()

    def _expected_db(self) -> float:
        """As loud as an echo of the loudest recent moment would be, and HEADROOM_DB."""
        moments = self._sent[: self._sent.size // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
        return float(max(_level_db(moment) for moment in moments)) + self._return_db + HEADROOM_DB

    def _compared(self) -> tuple[float, float]:
        """How like the last COMPARED_MS are to what was sent at the likeliest delay (1 is a pure echo, another voice
        near 0.2), and how much louder they are than it, in dB."""
        sent, received = _flat(self._sent), _flat(self._received)
        spectrum = np.fft.rfft(sent, _FFT_SIZE) * np.conj(np.fft.rfft(received, _FFT_SIZE))
        products = np.abs(np.fft.irfft(spectrum, _FFT_SIZE)[: _LAGS + 1])
        until = np.concatenate(([0.0], np.cumsum(np.square(sent, dtype=np.float64))))
        energies = np.maximum(until[_COMPARED:] - until[:-_COMPARED], 1.0)
        of_received = max(float(np.dot(received, received)), 1.0)
        likeness = products / np.sqrt(energies * of_received)
        best = int(np.argmax(likeness))
        return float(likeness[best]), 10 * float(np.log10(of_received / energies[best]))


def _level_db(signal: Signal) -> float:
    return 10 * float(np.log10(max(float(np.dot(signal, signal)) / signal.size, 1e-3)))


def _shifted(kept: Signal, pcm: bytes) -> Signal:
    """``kept`` with ``pcm`` at its end, at half the rate: pairs averaged."""
    pairs = np.frombuffer(pcm, "<i2").astype(np.float32)
    new = (pairs[0::2] + pairs[1::2]) / np.float32(2)
    return np.concatenate((kept[new.size :], new))[-kept.size :]


def _flat(signal: Signal) -> Signal:
    flat = signal.copy()
    flat[1:] -= _TILT * signal[:-1]
    return flat
