"""Is what comes in our own voice come back? Judged by likeness to what went out; nothing is cancelled.

SIP has no echo canceller on our side, and a loudspeaker at the far end returns our speech 20 to 35 dB softer and 40
to 250 ms later. Outbound and inbound are compared as waveforms, at every delay up to MOST_DELAY_MS. The spectral
tilt is taken out of both first: two voices of one pitch are alike in their fundamental, and only there.
"""

from collections import deque

import numpy as np
import numpy.typing as npt

from agent.speech.gate import WINDOW_BYTES, WINDOW_MS
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
_FFT_SIZE = _LAGS + _COMPARED
"""Circular is enough: at none of the delays looked at does what came reach beyond what was sent."""
_WINDOW = WINDOW_MS * _RATE_HZ // 1000
_TILT = np.float32(0.9)
_QUIET = 32_768 * 10 ** (SOUNDING_DBFS / 20)

_KEPT_SENT = -(-(_LAGS + _COMPARED) // _WINDOW)
_KEPT_RECEIVED = -(-_COMPARED // _WINDOW)
_SILENT = bytes(WINDOW_BYTES)

Signal = npt.NDArray[np.float32]


class EchoGuard:
    """One call's outbound and inbound audio, kept as long as an echo can take. Windows of WINDOW_BYTES, fed in step.

    Most windows are never compared: they are kept as they came.
    """

    def __init__(self) -> None:
        self._sent = deque([_SILENT] * _KEPT_SENT, _KEPT_SENT)
        self._received = deque([_SILENT] * _KEPT_RECEIVED, _KEPT_RECEIVED)
        self._unheard = _KEPT_SENT
        self._return_db = -96.0
        self._echoes = 0

    def feed(self, sent: bytes, received: bytes) -> None:
        """The same window of time in both directions."""
        self._sent.append(sent)
        self._received.append(received)
        self._unheard = 0 if _sounds(sent) else self._unheard + 1

    @property
    def is_sounding(self) -> bool:
        """Whether the agent was heard within the time an echo can take."""
        return self._unheard < _KEPT_SENT

    def is_echo(self) -> bool:
        """Whether the last window is our own voice. Echoes that are plain teach how loud this call's echoes are."""
        if not self.is_sounding:
            return False
        like, return_db = self._compared()
        if like >= LIKE and return_db <= LOUDEST_RETURN_DB:
            self._echoes += 1
            self._return_db = max(return_db, self._return_db - 0.5)
            return True
        return self._echoes >= KNOWN_AFTER and _level_db(_halved(self._received[-1])) < self._expected_db()

    def _expected_db(self) -> float:
        """As loud as an echo of the loudest recent moment would be, and HEADROOM_DB."""
        loudest_db = max(_level_db(_halved(window)) for window in self._sent)
        return loudest_db + self._return_db + HEADROOM_DB

    def _compared(self) -> tuple[float, float]:
        """How like the last COMPARED_MS are to what was sent at the likeliest delay (1 is a pure echo, another voice
        near 0.2), and how much louder they are than it, in dB."""
        sent = _flat(_halved(b"".join(self._sent))[-_LAGS - _COMPARED :])
        received = _flat(_halved(b"".join(self._received))[-_COMPARED:])
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


def _sounds(window: bytes) -> bool:
    return window != _SILENT and bool(np.abs(_halved(window)).max() > _QUIET)


def _halved(pcm: bytes) -> Signal:
    """``pcm`` at half the rate: pairs averaged."""
    pairs = np.frombuffer(pcm, "<i2").astype(np.float32)
    return (pairs[0::2] + pairs[1::2]) / np.float32(2)


def _flat(signal: Signal) -> Signal:
    flat = signal.copy()
    flat[1:] -= _TILT * signal[:-1]
    return flat
