"""The half-band filter: what passes, what does not, and how late."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.media import pcm
from agent.media.resample import DELAY_MS, Decimator, Interpolator


def tone(hz: float, rate_hz: int = 16_000, seconds: float = 0.5) -> bytes:
    return pcm.clip(10_000 * np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz))


def change_db(before: bytes, after: bytes) -> float:
    # Without the filter's run-in and run-out.
    return pcm.rms_dbfs(after[400:-400]) - pcm.rms_dbfs(before[400:-400])


@pytest.mark.parametrize("hz", [100, 300, 1000, 3000, 3400])
def test_speech_passes(hz: float) -> None:
    assert change_db(tone(hz), Decimator().feed(tone(hz))) == pytest.approx(0, abs=0.1)
    assert change_db(tone(hz, 8_000), Interpolator().feed(tone(hz, 8_000))) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("hz", [4600, 5000, 6000, 7500])
def test_what_would_alias_does_not_pass(hz: float) -> None:
    assert change_db(tone(hz), Decimator().feed(tone(hz))) < -55


def test_the_delay_is_below_two_milliseconds() -> None:
    assert DELAY_MS <= 2
    noise = np.random.default_rng(3).standard_normal(4_000)
    slow = np.convolve(noise, np.hanning(24), "same") * 800
    there_and_back = pcm.samples(Interpolator().feed(Decimator().feed(pcm.clip(slow)))).astype(float)
    lags = [float(np.dot(slow[:-200], there_and_back[lag : lag + len(slow) - 200])) for lag in range(100)]
    assert int(np.argmax(lags)) == round(2 * DELAY_MS * 16)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12))
def test_pieces_make_no_difference(sizes: list[int]) -> None:
    data = tone(440, seconds=0.02 * len(sizes) + 0.1)
    whole, pieces = Decimator(), Decimator()
    up, ups = Interpolator(), Interpolator()
    at, down_made, up_made = 0, b"", b""
    for size in sizes:
        down_made += pieces.feed(data[at : at + 4 * size])
        up_made += ups.feed(data[at : at + 4 * size])
        at += 4 * size
    assert down_made == whole.feed(data[:at])
    assert up_made == up.feed(data[:at])


def test_a_broken_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="sample pairs"):
        Decimator().feed(bytes(6))
