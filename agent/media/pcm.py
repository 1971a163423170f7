"""Signed 16-bit mono PCM: byte order, level, gain. Little-endian inside, big-endian (network order) on the wire."""

import math

import numpy as np
import numpy.typing as npt

FLOOR_DBFS = -96.0
"""The level of digital silence: the least a 16-bit sample can tell."""

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]


def swap(pcm: bytes) -> bytes:
    """Big-endian to little-endian or back. ``pcm`` has an even length."""
    return np.frombuffer(pcm, dtype=np.int16).byteswap().tobytes()


def samples(pcm: bytes) -> Samples:
    """A read-only view of little-endian ``pcm`` as samples; its length must be even."""
    return np.frombuffer(pcm, dtype="<i2")


def clip(values: npt.NDArray[np.floating]) -> bytes:
    """Round to the nearest sample and saturate; little-endian bytes."""
    clipped: Samples = np.clip(np.rint(values), -32768, 32767).astype("<i2")
    return clipped.tobytes()


def gain(pcm: bytes, db: float) -> bytes:
    """``pcm`` made louder (positive ``db``) or softer, saturating at full scale."""
    return clip(samples(pcm).astype(np.float32) * np.float32(10 ** (db / 20)))


def rms_dbfs(pcm: bytes) -> float:
    """Root mean square level against a full-scale square wave: 0 is the loudest, FLOOR_DBFS is silence or nothing."""
    if not pcm:
        return FLOOR_DBFS
    values = samples(pcm).astype(np.float32)
    mean_square = float(np.dot(values, values)) / values.size
    return max(FLOOR_DBFS, 10 * math.log10(mean_square / 2**30)) if mean_square > 0 else FLOOR_DBFS
