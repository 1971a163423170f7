"""Concealment: like the voice for a moment, then quiet, and never a click."""

import numpy as np
import pytest

from agent.media import pcm
from agent.media.conceal import MAX_NOISE_DBFS, Concealer, blend
from agent.values.audio import FRAME_BYTES, FRAME_SAMPLES, SILENCE


def voice(pitch_hz: float, frames: int) -> list[bytes]:
    t = np.arange(frames * FRAME_SAMPLES) / 16_000
    wave = sum(np.sin(2 * np.pi * pitch_hz * k * t + k) / k for k in range(1, 9))
    data = pcm.clip(4_000 * np.asarray(wave))
    return [data[at : at + FRAME_BYTES] for at in range(0, len(data), FRAME_BYTES)]


def ratio_db(true: bytes, made: bytes) -> float:
    a, b = pcm.samples(true).astype(float), pcm.samples(made).astype(float)
    return float(10 * np.log10((a**2).sum() / (((a - b) ** 2).sum() + 1)))


@pytest.mark.parametrize("pitch_hz", [80, 113, 130, 187, 240, 310])
def test_one_lost_frame_of_a_voice_is_rebuilt(pitch_hz: float) -> None:
    frames = voice(pitch_hz, 12)
    concealer = Concealer()
    for frame in frames[:10]:
        assert concealer.received(frame) == frame
    assert ratio_db(frames[10], concealer.lost()) > 6


def test_a_long_loss_fades_into_the_noise_floor() -> None:
    concealer = Concealer()
    for frame in voice(120, 10):
        concealer.received(frame)
    levels = [pcm.rms_dbfs(concealer.lost()) for _ in range(10)]
    assert levels[0] > -25
    assert levels[0] > levels[1] > levels[2] > MAX_NOISE_DBFS
    assert all(MAX_NOISE_DBFS - 1 < level < MAX_NOISE_DBFS + 1 for level in levels[3:])


def test_no_step_at_either_end_of_a_loss() -> None:
    frames = voice(130, 30)
    lost = {10, 14, 15, 20, 21, 22, 23, 24}
    concealer = Concealer()
    made = b"".join(concealer.lost() if n in lost else concealer.received(f) for n, f in enumerate(frames))
    steepest = np.abs(np.diff(pcm.samples(b"".join(frames)).astype(int))).max()
    assert np.abs(np.diff(pcm.samples(made).astype(int))).max() <= 1.3 * steepest


def test_no_step_into_a_loss_where_the_sound_does_not_repeat() -> None:
    noise = np.random.default_rng(5).standard_normal(9_600)
    smooth = pcm.clip(20_000 * np.convolve(noise, np.hanning(161), "same") / 20)
    frames = [smooth[at : at + FRAME_BYTES] for at in range(0, len(smooth), FRAME_BYTES)]
    concealer = Concealer()
    made = b"".join(concealer.lost() if n % 7 == 6 else concealer.received(f) for n, f in enumerate(frames))
    steepest = np.abs(np.diff(pcm.samples(smooth).astype(int))).max()
    assert np.abs(np.diff(pcm.samples(made).astype(int))).max() <= 2 * steepest


def test_a_loss_at_the_very_beginning_and_in_silence_is_quiet() -> None:
    concealer = Concealer()
    assert pcm.rms_dbfs(concealer.lost()) < MAX_NOISE_DBFS + 1
    for _ in range(5):
        concealer.received(SILENCE)
    assert pcm.rms_dbfs(concealer.lost()) < -90


def test_blend_begins_with_the_first_and_ends_with_the_second() -> None:
    a, b = pcm.clip(np.full(FRAME_SAMPLES, 1000.0)), pcm.clip(np.full(FRAME_SAMPLES, -1000.0))
    mixed = pcm.samples(blend(a, b))
    assert (mixed[0], mixed[-1], len(mixed)) == (1000, -1000, FRAME_SAMPLES)
