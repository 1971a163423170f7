"""What the caller sent and received, frame by frame on one tick clock, and what is measured on it.

Voice-to-voice is the time from the end of the last voiced sample of the caller's clip, as it was sent, to the
first agent audio received. Both are places on this tape, so there is one clock. A received frame is written
where the tick took it from the line: up to one tick and the line's jitter buffer after it arrived, never
before, so the figure is right within +-20 ms and never flatters.
"""

import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agent.values.audio import BYTES_PER_MS, FRAME_BYTES, FRAME_MS, SAMPLE_RATE_HZ, SILENCE

VOICED_DBFS = -45.0
HOP_MS = 5
_SUSTAINED_HOPS = 4
_SUSTAINED_OF = 6
_HOP_SAMPLES = SAMPLE_RATE_HZ * HOP_MS // 1000
_FRAME_SAMPLES = SAMPLE_RATE_HZ * FRAME_MS // 1000
_TONE_SHARE = 0.8
_TONE_FRAMES = 8
_NEXT_TONE_FRAMES = 25

Samples = npt.NDArray[np.int16]


@dataclass(slots=True)
class Tape:
    """Two tracks of 16 kHz mono PCM of equal length: ``sent`` (caller) and ``received`` (agent)."""

    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)

    def add(self, sent: bytes, received: bytes | None) -> None:
        """Append one tick; None is a tick without audio from the other side."""
        self.sent += sent
        self.received += (received or SILENCE).ljust(FRAME_BYTES, b"\0")[:FRAME_BYTES]

    @property
    def now_ms(self) -> int:
        """The length of the tape."""
        return len(self.sent) // FRAME_BYTES * FRAME_MS

    def heard(self, from_ms: int, to_ms: int) -> bytes:
        """What was received between two times."""
        return bytes(self.received[from_ms * BYTES_PER_MS : to_ms * BYTES_PER_MS])

    def save(self, path: Path) -> None:
        """Write a stereo WAV: caller left, agent right."""
        tracks = np.stack([samples_of(bytes(self.sent)), samples_of(bytes(self.received))], axis=1)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE_HZ)
            file.writeframes(tracks.astype("<i2").tobytes())


def samples_of(pcm: bytes) -> Samples:
    """16-bit little-endian PCM as an array."""
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.int16)


def level_dbfs(pcm: bytes) -> float:
    """Root mean square of ``pcm`` against full scale; -120 for digital silence."""
    samples = samples_of(pcm).astype(np.float64)
    power = float(np.mean(np.square(samples))) if samples.size else 0.0
    return max(-120.0, 10 * float(np.log10(power / 32768.0**2))) if power > 0 else -120.0


def voiced_hops(pcm: bytes) -> npt.NDArray[np.bool_]:
    """For each whole HOP_MS of ``pcm``, whether its level is above VOICED_DBFS."""
    samples = samples_of(pcm).astype(np.float64)
    hops = samples[: samples.size // _HOP_SAMPLES * _HOP_SAMPLES].reshape(-1, _HOP_SAMPLES)
    threshold = (32768.0 * 10 ** (VOICED_DBFS / 20)) ** 2
    return np.asarray(np.mean(np.square(hops), axis=1) > threshold)


def voiced_end_ms(pcm: bytes) -> int:
    """The end of the last voiced hop of a clip; 0 when there is none."""
    voiced = np.flatnonzero(voiced_hops(pcm))
    return (int(voiced[-1]) + 1) * HOP_MS if voiced.size else 0


def voiced_part(pcm: bytes, margin_ms: int = 150) -> bytes:
    """``pcm`` from its first to its last voiced hop, with a margin; empty without one.

    What a recogniser is given: long silence around speech makes it doubt that there was any.
    """
    places = np.flatnonzero(voiced_hops(pcm))
    if not places.size:
        return b""
    start, end = int(places[0]) * HOP_MS - margin_ms, (int(places[-1]) + 1) * HOP_MS + margin_ms
    return pcm[max(0, start) * BYTES_PER_MS : end * BYTES_PER_MS]


def onset_ms(pcm: bytes, from_ms: int = 0) -> int | None:
    """The first hop at or after ``from_ms`` that begins sustained sound: 4 voiced hops of 6; None without one."""
    voiced = voiced_hops(pcm)[-(-from_ms // HOP_MS) :]
    for place in np.flatnonzero(voiced):
        if voiced[place : place + _SUSTAINED_OF].sum() >= _SUSTAINED_HOPS:
            return (-(-from_ms // HOP_MS) + int(place)) * HOP_MS
    return None


def tones_ms(pcm: bytes, tones_hz: Sequence[int]) -> int | None:
    """Where ``tones_hz`` begin that are heard one right after the other, each for 160 ms and more; None if nowhere."""
    frames = samples_of(pcm).astype(np.float64)
    frames = frames[: frames.size // _FRAME_SAMPLES * _FRAME_SAMPLES].reshape(-1, _FRAME_SAMPLES)
    starts = [_runs(_is_tone(frames, hz)) for hz in tones_hz]
    for first in starts[0]:
        place = first
        for following in starts[1:]:
            place = next((start for start in following if place < start <= place + _NEXT_TONE_FRAMES), -1)
        if place >= 0:
            return first * FRAME_MS
    return None


def _is_tone(frames: npt.NDArray[np.float64], hz: int) -> npt.NDArray[np.bool_]:
    """For each 20 ms whether nearly all that is heard is one tone."""
    wave_of = np.exp(2j * np.pi * hz / SAMPLE_RATE_HZ * np.arange(_FRAME_SAMPLES))
    energy = np.sum(np.square(frames), axis=1)
    threshold = _FRAME_SAMPLES * (32768.0 * 10 ** (VOICED_DBFS / 20)) ** 2
    share = 2 * np.square(np.abs(frames @ wave_of)) / _FRAME_SAMPLES / np.maximum(energy, 1.0)
    return np.asarray((energy > threshold) & (share > _TONE_SHARE))


def _runs(is_so: npt.NDArray[np.bool_]) -> list[int]:
    """Where runs of at least _TONE_FRAMES begin."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_so, [False]])))
    return [int(start) for start, end in zip(edges[::2], edges[1::2], strict=True) if end - start >= _TONE_FRAMES]


def voice_to_voice_ms(received: bytes, said_from_ms: int, said_until_ms: int, next_line_ms: int) -> int | None:
    """Gap from the caller's last voiced sample to the agent's first audio before the caller's next line.

    None when the agent was heard while the caller spoke (then who answers whom is not known), or not at all.
    """
    while_speaking = received[said_from_ms * BYTES_PER_MS : said_until_ms * BYTES_PER_MS]
    if onset_ms(while_speaking) is not None:
        return None
    answered_ms = onset_ms(received[: next_line_ms * BYTES_PER_MS], said_until_ms)
    return None if answered_ms is None else answered_ms - said_until_ms


def stopped_after_ms(received: bytes, interrupted_ms: int, quiet_ms: int = 300) -> int | None:
    """How long the agent went on after it was interrupted, until ``quiet_ms`` of silence; None if never."""
    voiced = voiced_hops(received)[interrupted_ms // HOP_MS :]
    needed, run = quiet_ms // HOP_MS, 0
    for place, is_voiced in enumerate(voiced):
        run = 0 if is_voiced else run + 1
        if run >= needed:
            return (place + 1 - needed) * HOP_MS
    return None
