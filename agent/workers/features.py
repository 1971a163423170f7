"""Whisper's log-mel spectrogram in numpy: what the recogniser and the turn detector both listen to.

Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision (2022), section 2.2: 80 Slaney mel bands,
25 ms Hann windows every 10 ms, log10, floor 8 below the maximum, scaled to about [-1, 1].
"""

from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

RATE_HZ = 16_000
HOP_SAMPLES = 160
WINDOW_SAMPLES = 400
MEL_BANDS = 80
_LINEAR_HZ_PER_MEL = 200.0 / 3
_LOG_FROM_HZ = 1000.0
_LOG_FROM_MEL = _LOG_FROM_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


def samples_from_pcm(pcm: bytes) -> Floats:
    """Signed 16-bit little-endian ``pcm`` as samples in [-1, 1); an odd last byte is dropped."""
    return np.frombuffer(pcm[: len(pcm) & ~1], "<i2").astype(np.float32) / 32768.0


def pcm_from_samples(samples: Floats) -> bytes:
    """Samples in [-1, 1] as signed 16-bit little-endian PCM; louder ones are clipped."""
    return (np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()


def _mel_edges_hz(bands: int) -> npt.NDArray[np.float64]:
    """Edges of the Slaney mel bands between 0 and 8 kHz: linear to 1 kHz, then logarithmic."""
    top = _LOG_FROM_MEL + np.log(RATE_HZ / 2 / _LOG_FROM_HZ) / _LOG_STEP
    mels = np.linspace(0.0, top, bands + 2)
    return np.where(
        mels < _LOG_FROM_MEL,
        mels * _LINEAR_HZ_PER_MEL,
        _LOG_FROM_HZ * np.exp(_LOG_STEP * (mels - _LOG_FROM_MEL)),
    )


@cache
def _mel_filters(bands: int) -> Floats:
    """The (bands, 201) filter bank, each triangle of unit area."""
    edges = _mel_edges_hz(bands)
    bins = np.fft.rfftfreq(WINDOW_SAMPLES, 1.0 / RATE_HZ)
    ramps = edges[:, None] - bins[None, :]
    widths = np.diff(edges)[:, None]
    triangles = np.maximum(0.0, np.minimum(-ramps[:-2] / widths[:-1], ramps[2:] / widths[1:]))
    return np.asarray(triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None], np.float32)


_WINDOW = np.hanning(WINDOW_SAMPLES + 1)[:-1].astype(np.float32)


def log_mel(samples: Floats, bands: int = MEL_BANDS) -> Floats:
    """The (bands, len(samples) // 160) log-mel spectrogram of 16 kHz ``samples``, at least 201 of them.

    Whisper's large v3 was trained on 128 bands, the others on 80.
    """
    padded = np.pad(samples, WINDOW_SAMPLES // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)[::HOP_SAMPLES][:-1]
    power = np.abs(np.fft.rfft(frames * _WINDOW, axis=1)).astype(np.float32) ** 2
    logs = np.log10(np.maximum(_mel_filters(bands) @ power.T, 1e-10))
    return np.ascontiguousarray((np.maximum(logs, logs.max() - 8.0) + 4.0) / 4.0, np.float32)
