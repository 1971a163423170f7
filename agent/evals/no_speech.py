"""Ten minutes without a word in them: noises, tones and music, as a telephone carries them."""

import wave
from pathlib import Path

import numpy as np

from agent.evals.clipset import from_mulaw, to_mulaw
from agent.evals.sounds import Sound, at_level, to_pcm
from agent.evals.stt_clips import hiss
from agent.media.resample import Decimator, Interpolator
from agent.values.audio import SAMPLE_RATE_HZ

EACH_S = 60
_LEVELS_DBFS = (-46.0, -34.0, -22.0)
_KEYS_HZ = ((697, 770, 852, 941), (1_209, 1_336, 1_477, 1_633))


def no_speech(recordings: Path | None) -> dict[str, bytes]:
    """16 kHz PCM by kind, ten minutes in all. Without ``recordings`` the music is made of tones."""
    rng = np.random.default_rng(17)
    length = EACH_S * SAMPLE_RATE_HZ
    noises = {"white": 0.0, "pink": 0.5, "brown": 1.0}
    kinds: dict[str, Sound] = {name: _in_steps(hiss(rng, length, tilt)) for name, tilt in noises.items()}
    kinds["room"] = at_level(hiss(rng, length, 0.7), -58.0)
    kinds["hum"] = _in_steps(_harmonics(length, 50.0, 12))
    kinds["tones"] = at_level(_cadence(rng, length), -24.0)
    kinds["keypad"] = at_level(_keypad(rng, length), -20.0)
    kinds |= {f"music {place}": at_level(sound, -20.0) for place, sound in enumerate(_music(rng, recordings), 1)}
    return {name: _telephoned(sound) for name, sound in kinds.items()}


def _in_steps(sound: Sound) -> Sound:
    """A third of it at each of the levels."""
    parts = np.array_split(sound, len(_LEVELS_DBFS))
    return np.concatenate([at_level(part, level) for part, level in zip(parts, _LEVELS_DBFS, strict=True)])


def _harmonics(length: int, base_hz: float, count: int) -> Sound:
    seconds = np.arange(length) / SAMPLE_RATE_HZ
    return sum((np.sin(2 * np.pi * base_hz * n * seconds) / n for n in range(1, count + 1)), np.zeros(length))


def _cadence(rng: np.random.Generator, length: int) -> Sound:
    """Dialling, ringing and busy tones of several countries, and a sweep, one after the other."""
    pairs = ((350, 440), (440, 480), (480, 620), (425, 425), (400, 450), (1_000, 1_400), (1_400, 2_060))
    parts: list[Sound] = []
    while sum(part.size for part in parts) < length:
        seconds = np.arange(int(rng.uniform(0.2, 2.0) * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
        one, other = pairs[int(rng.integers(len(pairs)))]
        glide = float(rng.choice((0.0, 0.0, 0.0, 300.0)))
        tone = np.sin(2 * np.pi * (one + glide * seconds) * seconds) + np.sin(2 * np.pi * other * seconds)
        parts += [tone, np.zeros(int(rng.uniform(0.1, 2.0) * SAMPLE_RATE_HZ))]
    return np.concatenate(parts)[:length]


def _keypad(rng: np.random.Generator, length: int) -> Sound:
    seconds = np.arange(int(0.12 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    parts: list[Sound] = []
    while sum(part.size for part in parts) < length:
        low, high = (float(rng.choice(row)) for row in _KEYS_HZ)
        key = np.sin(2 * np.pi * low * seconds) + np.sin(2 * np.pi * high * seconds)
        parts += [key, np.zeros(int(rng.uniform(0.05, 0.6) * SAMPLE_RATE_HZ))]
    return np.concatenate(parts)[:length]


def _music(rng: np.random.Generator, recordings: Path | None) -> list[Sound]:
    """Three minutes of hold music, a minute each; chords where there are no recordings."""
    length = EACH_S * SAMPLE_RATE_HZ
    pieces = sorted((recordings / "moh").glob("*.wav"))[:3] if recordings else []
    if len(pieces) < 3:
        return [_chords(rng, length) for _ in range(3)]
    return [np.resize(_read(path)[:length], length) for path in pieces]


def _chords(rng: np.random.Generator, length: int) -> Sound:
    beat = SAMPLE_RATE_HZ // 2
    fade = np.exp(-np.arange(beat) / (0.2 * SAMPLE_RATE_HZ))
    chords = [
        sum((_harmonics(beat, 220 * 2 ** (float(rng.integers(24)) / 12), 5) for _ in range(3)), np.zeros(beat)) * fade
        for _ in range(length // beat)
    ]
    return np.concatenate(chords)


def _read(path: Path) -> Sound:
    with wave.open(str(path), "rb") as file:
        wide = Interpolator().feed(file.readframes(file.getnframes()))
    return np.frombuffer(wide, "<i2").astype(np.float64)


def _telephoned(sound: Sound) -> bytes:
    narrow = np.frombuffer(Decimator().feed(to_pcm(sound)), "<i2").astype(np.int16)
    return Interpolator().feed(from_mulaw(to_mulaw(narrow)).tobytes())
