"""Features, resampling and cutting of audio, against slower and plainer ways to compute them."""

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.workers.features import RATE_HZ, log_mel, pcm_from_samples, samples_from_pcm
from agent.workers.resample import Resampler
from agent.workers.whisper import MAX_SPEECH_S, WHOLE_WINDOW_S, stretches, window_s


def noise(count: int, level: float = 0.1) -> np.ndarray:
    return np.random.default_rng(3).normal(0, level, count).astype(np.float32)


@given(st.binary(max_size=200))
def test_pcm_survives_within_one_step(pcm: bytes) -> None:
    back = np.frombuffer(pcm_from_samples(samples_from_pcm(pcm)), "<i2").astype(int)
    assert np.abs(back - np.frombuffer(pcm[: len(pcm) & ~1], "<i2").astype(int)).max(initial=0) <= 1


def test_a_tone_lights_the_band_of_its_pitch() -> None:
    # Slaney: 15 mel at 1 kHz, 45.25 at 8 kHz, in 81 steps; a band is centred on its upper neighbour's edge.
    for pitch_hz, mels in ((250, 3.75), (1000, 15.0), (4000, 35.16)):
        band = round(mels / (45.25 / 81)) - 1
        wave = np.sin(2 * np.pi * pitch_hz * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
        mel = log_mel(wave)
        assert mel.shape == (80, 100)
        assert abs(int(mel.mean(axis=1).argmax()) - band) <= 1


def test_the_features_span_no_more_than_whisper_was_trained_on() -> None:
    mel = log_mel(np.concatenate([noise(RATE_HZ), np.zeros(RATE_HZ, np.float32)]))
    assert mel.max() - mel.min() == pytest.approx(2.0)


@given(rate=st.sampled_from([8_000, 16_000, 22_050, 24_000]), cuts=st.lists(st.integers(1, 12_000), max_size=8))
@settings(max_examples=30, deadline=None)
def test_pieces_resample_like_the_whole(rate: int, cuts: list[int]) -> None:
    sound, resampler, parts, at = noise(rate), Resampler(rate), [], 0
    for cut in cuts:
        parts.append(resampler.push(sound[at : at + cut]))
        at += cut
    parts += [resampler.push(sound[at:]), resampler.finish()]
    got, whole = np.concatenate(parts), soxr.resample(sound, rate, RATE_HZ, quality="HQ")
    assert len(got) == len(whole)
    assert np.sqrt(np.mean((got - whole) ** 2)) < 2e-4


def test_a_rate_without_whole_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="11025"):
        Resampler(11_025)


def test_the_window_leaves_the_decoder_its_silence() -> None:
    assert [window_s(seconds) for seconds in (0.5, 1.9, 8.0, 8.1, 20.0)] == [1.5, 3.0, 9.0, 9.5, 21.0]
    assert window_s(MAX_SPEECH_S) <= WHOLE_WINDOW_S


@given(st.integers(0, 100 * RATE_HZ))
@settings(max_examples=20, deadline=None)
def test_long_speech_is_cut_without_loss_into_what_a_window_holds(count: int) -> None:
    sound = noise(count)
    parts = stretches(sound)
    assert all(len(part) <= MAX_SPEECH_S * RATE_HZ for part in parts)
    assert np.array_equal(np.concatenate(parts), sound)


def test_long_speech_is_cut_where_it_pauses() -> None:
    sound = noise(40 * RATE_HZ)
    sound[26 * RATE_HZ : 26 * RATE_HZ + RATE_HZ // 2] = 0
    first, _ = stretches(sound)
    assert 26 * RATE_HZ <= len(first) <= 26 * RATE_HZ + RATE_HZ // 2
