"""Sounds of a caller's world that are no speech: coughs, doors, rooms, babble. Seeded, so that each can be made again.

They are models, not recordings: a cough is breath noise through a mouth, with or without its voiced end; a door is
a few damped modes struck at once. docs/clips.md says so beside the figures.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from agent.values.audio import SAMPLE_RATE_HZ

Sound = npt.NDArray[np.float64]
"""16 kHz samples, full scale at 1."""

_MOUTHS = ((650, 1_150, 2_500), (520, 1_500, 2_450), (730, 1_350, 2_900))
"""Formants of open mouths, in Hz."""


def cough(rng: np.random.Generator) -> Sound:
    """One to three coughs: a burst, its breath, and for most speakers a voiced end."""
    mouth = _MOUTHS[int(rng.integers(len(_MOUTHS)))]
    pitch_hz = float(rng.uniform(110, 330))
    parts: list[Sound] = []
    for strength in (1.0, 0.75, 0.5)[: int(rng.integers(1, 4))]:
        parts += [_one_cough(rng, mouth, pitch_hz) * strength, silence(int(rng.uniform(60, 200)))]
    return np.concatenate(parts[:-1])


def _one_cough(rng: np.random.Generator, mouth: Sequence[int], pitch_hz: float) -> Sound:
    burst = _noise(rng, int(rng.uniform(30, 60)))
    burst *= np.minimum(_seconds(burst) / 0.004, 1.0) * np.exp(-_seconds(burst) / 0.05)
    breath = _noise(rng, int(rng.uniform(80, 200)))
    breath *= 0.35 * np.exp(-_seconds(breath) / 0.12)
    parts = [burst, breath]
    if rng.random() < 0.6:
        parts.append(_voiced_end(rng, pitch_hz))
    return peak(resonate(np.concatenate(parts), mouth, 140))


def _voiced_end(rng: np.random.Generator, pitch_hz: float) -> Sound:
    """60 to 140 ms of falling, rough voice."""
    breath = _noise(rng, int(rng.uniform(60, 140)))
    seconds = _seconds(breath)
    falling = pitch_hz * (1 - 1.5 * seconds) * (1 + 0.06 * rng.standard_normal(seconds.size))
    cycle = np.cumsum(falling) / SAMPLE_RATE_HZ % 1.0
    pulses = (np.diff(cycle, prepend=cycle[0]) < 0).astype(np.float64) * 6.0
    fade = np.minimum(seconds / 0.01, 1.0) * np.minimum((seconds[-1] - seconds) / 0.03, 1.0)
    ending: Sound = (pulses + 0.25 * breath) * fade * 0.5
    return ending


def door(rng: np.random.Generator) -> Sound:
    """A slam with its rattle, or two to four knocks."""
    if rng.random() < 0.5:
        knocks = [_strike(rng, (180, 1_400), 0.025) for _ in range(int(rng.integers(2, 5)))]
        gap_ms = int(rng.uniform(90, 180))
        return peak(np.concatenate([part for knock in knocks for part in (knock[: 16 * 160], silence(gap_ms))]))
    slam = _strike(rng, (60, 900), 0.12)
    rattle = np.concatenate([silence(int(rng.uniform(40, 110))), _strike(rng, (300, 2_200), 0.05)]) * 0.3
    length = max(slam.size, rattle.size)
    return peak(np.pad(slam, (0, length - slam.size)) + np.pad(rattle, (0, length - rattle.size)))


def _strike(rng: np.random.Generator, band_hz: tuple[int, int], decay_s: float) -> Sound:
    """Wood or metal struck once: twelve damped modes, and the click of the contact."""
    seconds = np.arange(int(5 * decay_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    struck: Sound = np.zeros(seconds.size)
    for _ in range(12):
        mode_hz = float(np.exp(rng.uniform(np.log(band_hz[0]), np.log(band_hz[1]))))
        decay = decay_s * float(rng.uniform(0.3, 1.0))
        struck += rng.uniform(0.3, 1.0) * np.sin(2 * np.pi * mode_hz * seconds) * np.exp(-seconds / decay)
    click = rng.standard_normal(seconds.size) * np.exp(-seconds / 0.004)
    return peak(struck + 4 * click)


def noise(rng: np.random.Generator) -> Sound:
    """Two seconds of a machine or a street that begins: coloured noise, hum, or typing."""
    makers: tuple[Callable[[np.random.Generator], Sound], ...] = (_coloured, _machine, _typing)
    return peak(makers[int(rng.integers(len(makers)))](rng))


def _coloured(rng: np.random.Generator) -> Sound:
    white = _noise(rng, 2_000)
    tilt = float(rng.choice((0.0, 0.5, 1.0)))
    spectrum = np.fft.rfft(white)
    spectrum /= np.maximum(np.arange(spectrum.size), 20.0) ** tilt
    return np.fft.irfft(spectrum, white.size) * _swell(white, float(rng.uniform(0.02, 0.4)))


def _machine(rng: np.random.Generator) -> Sound:
    """A motor: harmonics of its turning over a hiss."""
    hiss = _noise(rng, 2_000) * 0.15
    seconds, turning_hz = _seconds(hiss), float(rng.uniform(50, 140))
    hum = sum(
        (np.sin(2 * np.pi * turning_hz * n * seconds + rng.uniform(0, 6)) / n for n in range(1, 16)),
        start=np.zeros(seconds.size),
    )
    return (hum * 0.5 + hiss) * _swell(hiss, float(rng.uniform(0.05, 0.5)))


def _typing(rng: np.random.Generator) -> Sound:
    typed = silence(2_000)
    for at_ms in np.cumsum(rng.uniform(70, 260, 8)):
        key = _strike(rng, (700, 3_200), 0.008)
        at = int(at_ms * 16)
        typed[at : at + key.size] += key[: max(0, typed.size - at)] * rng.uniform(0.4, 1.0)
    return typed


def babble(voices: Sequence[Sound], rng: np.random.Generator, length_ms: int = 2_500, talkers: int = 5) -> Sound:
    """A waiting room: ``talkers`` of the voices over one another, from anywhere within them."""
    length = length_ms * SAMPLE_RATE_HZ // 1000
    speech = np.concatenate(list(voices))
    layers = [np.resize(np.roll(speech, int(rng.integers(speech.size))), length) for _ in range(talkers)]
    mixed: Sound = np.sum(layers, axis=0)
    return peak(mixed * _swell(mixed, 0.2))


def resonate(sound: Sound, formants_hz: Sequence[int], width_hz: float) -> Sound:
    """``sound`` through resonances in parallel, made in the frequency domain."""
    spectrum = np.fft.rfft(sound, 2 * sound.size)
    hz = np.fft.rfftfreq(2 * sound.size, 1 / SAMPLE_RATE_HZ)
    shape = sum((1 / (1 + ((hz - f) / width_hz) ** 2) / (n + 1) for n, f in enumerate(formants_hz)), np.zeros(hz.size))
    return np.fft.irfft(spectrum * (shape + 0.02), 2 * sound.size)[: sound.size]


def silence(length_ms: int) -> Sound:
    """Nothing."""
    return np.zeros(length_ms * SAMPLE_RATE_HZ // 1000)


def peak(sound: Sound) -> Sound:
    """``sound`` at full scale."""
    return sound / max(float(np.max(np.abs(sound), initial=0.0)), 1e-9)


def at_level(sound: Sound, dbfs: float) -> Sound:
    """``sound`` with its loudest 100 ms at ``dbfs`` (root mean square)."""
    span = SAMPLE_RATE_HZ // 10
    power = np.convolve(np.square(sound), np.ones(span) / span)
    return sound * 10 ** (dbfs / 20) / max(float(np.sqrt(power.max(initial=0.0))), 1e-9)


def from_pcm(pcm: bytes) -> Sound:
    """16 kHz PCM as a sound."""
    return np.frombuffer(pcm, "<i2").astype(np.float64) / 32_768


def to_pcm(sound: Sound) -> bytes:
    """A sound as 16 kHz PCM, saturating."""
    return np.clip(np.rint(sound * 32_768), -32_768, 32_767).astype("<i2").tobytes()


def _noise(rng: np.random.Generator, length_ms: int) -> Sound:
    return rng.standard_normal(length_ms * SAMPLE_RATE_HZ // 1000)


def _seconds(sound: Sound) -> Sound:
    return np.arange(sound.size) / SAMPLE_RATE_HZ


def _swell(sound: Sound, rise_s: float) -> Sound:
    return np.minimum(_seconds(sound) / rise_s, 1.0)
