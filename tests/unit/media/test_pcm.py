"""Byte order, level and gain."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.media import pcm


@given(st.binary(max_size=100).map(lambda b: b[: len(b) // 2 * 2]))
def test_swapped_twice_is_the_same(data: bytes) -> None:
    assert pcm.swap(pcm.swap(data)) == data


def test_swap_puts_the_high_byte_last() -> None:
    assert pcm.swap(bytes.fromhex("0001fffe")) == bytes.fromhex("0100feff")


@pytest.mark.parametrize(("amplitude", "dbfs"), [(32767, 0.0), (3276.7, -20.0), (32.767, -60.0)])
def test_level_of_a_square_wave(amplitude: float, dbfs: float) -> None:
    wave = pcm.clip(amplitude * np.tile([1.0, -1.0], 160))
    assert pcm.rms_dbfs(wave) == pytest.approx(dbfs, abs=0.1)


def test_level_of_nothing_is_the_floor() -> None:
    assert pcm.rms_dbfs(b"") == pcm.rms_dbfs(bytes(640)) == pcm.FLOOR_DBFS


def test_gain_saturates() -> None:
    wave = pcm.clip(np.array([100.0, -100.0, 20_000.0, -20_000.0]))
    assert list(pcm.samples(pcm.gain(wave, 6.0206))) == [200, -200, 32767, -32768]
