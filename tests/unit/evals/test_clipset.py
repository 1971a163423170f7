"""Clips on disk: what is written is read, and what is broken is told."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.evals.clipset import (
    BargeInLabels,
    ClipError,
    EndpointingLabels,
    Labels,
    Silence,
    from_mulaw,
    labels_as_json,
    labels_from,
    read_clips,
    to_mulaw,
    write_clip,
)

TURN = EndpointingLabels(
    split="test",
    speaker="anna",
    text="Well, um, at ten.",
    silences=(Silence(400, 620, False), Silence(900, 2_000, True)),
    expects="time",
)
SOUND = BargeInLabels(
    split="tune", speaker="bob", text="", sound="cough", onset_ms=500, sound_ms=300, agent_said="We are open."
)


def tone(length_ms: int) -> bytes:
    seconds = np.arange(length_ms * 16) / 16_000
    return (8_000 * np.sin(2 * np.pi * 440 * seconds)).astype("<i2").tobytes()


@pytest.mark.parametrize("labels", [TURN, SOUND])
def test_what_is_written_is_read(tmp_path: Path, labels: Labels) -> None:
    write_clip(tmp_path / "some", "one", tone(2_000), labels)
    (clip,) = read_clips(tmp_path)
    assert clip.labels == labels
    assert clip.name == "one"
    assert len(clip.pcm) == 2_000 * 32
    # The two filters delay by 50 samples; what is left is the noise of 8 bits.
    heard = np.frombuffer(clip.pcm, "<i2").astype(float)[1_050:]
    sent = np.frombuffer(tone(2_000), "<i2").astype(float)[1_000:-50]
    assert np.sqrt(np.mean((heard - sent) ** 2)) < 0.04 * np.sqrt(np.mean(sent**2))


@pytest.mark.parametrize("labels", [TURN, SOUND])
def test_labels_survive_json(labels: Labels) -> None:
    assert labels_from(json.loads(json.dumps(labels_as_json(labels)))) == labels


def test_mulaw_is_that_of_the_recommendation() -> None:
    # G.711, table 2: the two zeros, the loudest of each sign.
    assert from_mulaw(b"\xff\x7f\x80\x00").tolist() == [0, 0, 32_124, -32_124]
    assert to_mulaw(np.array([0, 32_767, -32_768], np.int16)) == b"\xff\x80\x00"


@given(st.binary(min_size=1, max_size=64))
def test_every_code_is_coded_again_as_itself(codes: bytes) -> None:
    again = to_mulaw(from_mulaw(codes))
    assert again == codes.replace(b"\x7f", b"\xff"), "only minus zero becomes zero"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "speech"}, "kind is 'speech'"),
        ({"split": "train"}, "split is 'train'"),
        ({"speaker": 3}, "speaker must be text"),
        ({"silences": []}, "the last, and only the last, is an end"),
        ({"silences": [{"start_ms": 0, "end_ms": 99, "is_end": True}]}, "is under 100 ms"),
        ({"silences": [{"start_ms": 0, "end_ms": 200, "is_end": False}]}, "the last, and only the last"),
        ({"silences": [{"start_ms": True, "end_ms": 200, "is_end": True}]}, "start_ms must be a whole number"),
        ({"silences": [{"start_ms": 900, "end_ms": 9_000, "is_end": True}]}, "the clip ends at 2000 ms"),
        (
            {
                "silences": [
                    {"start_ms": 900, "end_ms": 1_200, "is_end": False},
                    {"start_ms": 1_100, "end_ms": 1_500, "is_end": True},
                ]
            },
            "begins before the last one ends",
        ),
    ],
)
def test_a_label_that_does_not_fit_is_told(tmp_path: Path, change: dict[str, object], said: str) -> None:
    path = write_clip(tmp_path, "one", tone(2_000), TURN)
    labels = path.with_suffix(".json")
    labels.write_text(json.dumps(labels_as_json(TURN) | change))
    with pytest.raises(ClipError) as told:
        read_clips(tmp_path)
    assert said in str(told.value)
    assert str(labels) in str(told.value)


def test_a_missing_label_is_told(tmp_path: Path) -> None:
    path = write_clip(tmp_path, "one", tone(2_000), TURN)
    path.with_suffix(".json").unlink()
    with pytest.raises(ClipError, match=r"one\.json: No such file"):
        read_clips(tmp_path)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"hello", "no WAV file"),
        (b"RIFF\x04\0\0\0WAVE", "lacks its format"),
        (
            b"RIFF\x30\0\0\0WAVEfmt \x10\0\0\0"
            + struct.pack("<HHIIHH", 1, 2, 44_100, 176_400, 4, 16)
            + b"data\0\0\0\0",
            "not format 1, 2 channels, 44100 Hz",
        ),
    ],
)
def test_a_sound_that_does_not_fit_is_told(tmp_path: Path, raw: bytes, said: str) -> None:
    path = write_clip(tmp_path, "one", tone(2_000), TURN)
    path.write_bytes(raw)
    with pytest.raises(ClipError) as told:
        read_clips(tmp_path)
    assert said in str(told.value)
    assert str(path) in str(told.value)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="no such folder"):
        read_clips(tmp_path / "none")
