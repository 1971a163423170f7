"""A voice without words, made of harmonics: what a recogniser's window of silence begins with.

Its encoder's states of silence are not the same after speech as in a window that was never spoken in, and the decoder
tells the difference: after speech it is surer that there was some.
"""

import numpy as np

from agent.workers.features import RATE_HZ, Floats

LENGTH_S = 2
_PITCH_HZ = 120.0
_BANDWIDTH_HZ = 120.0
_SYLLABLES_HZ = 2.0
_TOP_HZ = 3_400.0


def murmur() -> Floats:
    """LENGTH_S of vowels that glide into one another, at -14 dBFS peak; always the same."""
    seconds = np.arange(LENGTH_S * RATE_HZ) / RATE_HZ
    pitch_hz = _PITCH_HZ * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * seconds))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    first_hz = 500 + 200 * np.sin(2 * np.pi * 2.1 * seconds)
    second_hz = 1_500 + 500 * np.sin(2 * np.pi * 1.3 * seconds)
    voice = np.zeros_like(seconds)
    for harmonic in range(1, int(_TOP_HZ / _PITCH_HZ)):
        formants = (first_hz, second_hz, np.full_like(seconds, 2_500.0))
        gains = (1 / (1 + ((harmonic * pitch_hz - f) / _BANDWIDTH_HZ) ** 2) / (n + 1) for n, f in enumerate(formants))
        voice += sum(gains, np.zeros_like(seconds)) * np.sin(harmonic * phase)
    voice *= np.clip(np.sin(2 * np.pi * _SYLLABLES_HZ * seconds), 0.0, 1.0)
    breath = np.random.default_rng(0).standard_normal(seconds.size) * 0.003
    loud = voice + breath
    return np.asarray(0.2 * loud / np.abs(loud).max(), np.float32)
