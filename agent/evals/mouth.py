"""The caller's mouth and room: clips cut into frames, over the background noise of the scenario."""

from dataclasses import dataclass

import numpy as np

from agent.evals.scenario import Noise
from agent.evals.tape import HOP_MS, level_dbfs, samples_of, voiced_hops
from agent.values.audio import BYTES_PER_MS, FRAME_BYTES, FRAME_SAMPLES, SAMPLE_RATE_HZ, SILENCE

_ROOM_SECONDS = 10
_BABBLE_VOICES = 6
_HOP_BYTES = HOP_MS * BYTES_PER_MS
LONGEST_PAUSE_MS = 350


@dataclass(frozen=True, slots=True)
class Clip:
    """A line ready to be sent: trimmed, in whole frames. ``voiced_ms`` is the end of its last voiced sample."""

    pcm: bytes
    voiced_ms: int


def clip_of(pcm: bytes) -> Clip:
    """Trim the silence around a rendered line, shorten pauses within it, and pad it to whole frames.

    The voice renders sentence by sentence and leaves 0.7 to 0.9 s between them; fluent speakers do not.
    """
    voiced = voiced_hops(pcm)
    places = np.flatnonzero(voiced)
    if not places.size:
        return Clip(b"", 0)
    keep, pause = [], 0
    for place in range(int(places[0]), int(places[-1]) + 1):
        pause = 0 if voiced[place] else pause + HOP_MS
        if pause <= LONGEST_PAUSE_MS:
            keep.append(pcm[place * _HOP_BYTES : (place + 1) * _HOP_BYTES])
    body = b"".join(keep)
    return Clip(body + bytes(-len(body) % FRAME_BYTES), len(body) // BYTES_PER_MS)


def cough(seed: int) -> Clip:
    """A cough: two bursts of breath noise, loud at once and gone within 300 ms each. No speech in it."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(int(0.3 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    shape = np.minimum(seconds / 0.008, 1.0) * np.exp(-seconds / 0.06)
    bursts = []
    for gain in (1.0, 0.7):
        breath = np.convolve(rng.standard_normal(seconds.size), np.ones(6) / 6, mode="same")
        bursts += [shape * breath * gain * 14_000, np.zeros(int(0.12 * SAMPLE_RATE_HZ))]
    return clip_of(_pcm(np.concatenate(bursts)))


def room(noise: Noise, seed: int, voices: tuple[bytes, ...] = ()) -> bytes:
    """Ten seconds of background at the asked level, to be looped; empty without noise.

    Babble is made of the caller's own clips, reversed and laid over one another: speech-like, without words.
    """
    rng = np.random.default_rng(seed)
    length = _ROOM_SECONDS * SAMPLE_RATE_HZ
    if noise.kind == "none":
        return b""
    if noise.kind == "white" or not voices:
        return _at_level(rng.standard_normal(length), noise.level_db)
    speech = np.concatenate([samples_of(voice) for voice in voices]).astype(np.float64)[::-1]
    layers = [np.resize(np.roll(speech, int(rng.integers(speech.size))), length) for _ in range(_BABBLE_VOICES)]
    return _at_level(np.sum(layers, axis=0), noise.level_db)


class Mouth:
    """Gives one frame per tick: the line being spoken, over the room."""

    def __init__(self, background: bytes = b"") -> None:
        self._background, self._room_at = background, 0
        self._line, self._line_at = b"", 0

    @property
    def is_speaking(self) -> bool:
        """Whether a line is not yet out."""
        return self._line_at < len(self._line)

    def say(self, clip: Clip) -> None:
        """Start a line; what was left of the last one is dropped."""
        self._line, self._line_at = clip.pcm, 0

    def frame(self) -> bytes:
        """The next 20 ms."""
        spoken = self._line[self._line_at : self._line_at + FRAME_BYTES]
        self._line_at += FRAME_BYTES
        if not self._background:
            return spoken or SILENCE
        behind = samples_of(self._background[self._room_at : self._room_at + FRAME_BYTES]).astype(np.float64)
        self._room_at = (self._room_at + FRAME_BYTES) % (len(self._background) // FRAME_BYTES * FRAME_BYTES)
        front = samples_of(spoken or SILENCE).astype(np.float64)
        return _pcm(front + np.resize(behind, FRAME_SAMPLES))


def _at_level(sound: np.ndarray[tuple[int, ...], np.dtype[np.float64]], level_db: float) -> bytes:
    loud = sound / max(float(np.max(np.abs(sound))), 1e-9) * 16_000
    gain = 10 ** ((level_db - level_dbfs(_pcm(loud))) / 20)
    return _pcm(loud * gain)


def _pcm(sound: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bytes:
    return np.clip(np.rint(sound), -32768, 32767).astype("<i2").tobytes()
