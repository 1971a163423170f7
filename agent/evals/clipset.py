"""Labelled clips on disk: the format that the benches ``endpointing`` and ``bargein`` read (docs/clips.md).

One WAV per clip, µ-law at 8 kHz as a telephone line carries it, beside a JSON of the same stem with its labels.
Anyone can point the benches at recordings of their own.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from agent.media.resample import Decimator, Interpolator

Split = Literal["tune", "test"]
SoundClass = Literal["interruption", "backchannel", "cough", "door", "noise", "music", "echo"]
LEAST_SILENCE_MS: Final = 100
RATE_HZ: Final = 8_000
_MULAW: Final = 7
_BIAS: Final = 0x84
_LOUDEST: Final = 32_635


class ClipError(Exception):
    """A clip that cannot be used: the message names the file and the cause."""


@dataclass(frozen=True, slots=True)
class Silence:
    """No speech from ``start_ms`` to ``end_ms`` of the clip, at least LEAST_SILENCE_MS. A hold, or an end of turn."""

    start_ms: int
    end_ms: int
    is_end: bool


@dataclass(frozen=True, slots=True)
class EndpointingLabels:
    """One turn of a caller. The last of ``silences`` is the end, the others are holds.

    ``expects`` is the slot type that the agent had just asked for, empty for nothing in particular.
    """

    split: Split
    speaker: str
    text: str
    silences: tuple[Silence, ...]
    expects: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class BargeInLabels:
    """A sound over the agent's speech, from ``onset_ms`` for ``sound_ms``; ``agent_said`` is what the agent speaks.

    An echo has its loss and its delay besides: the bench makes it anew from what the agent plays.
    """

    split: Split
    speaker: str
    text: str
    sound: SoundClass
    onset_ms: int
    sound_ms: int
    agent_said: str
    language: str = "en"
    echo_loss_db: int = 0
    echo_delay_ms: int = 0


Labels = EndpointingLabels | BargeInLabels


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip in memory. ``pcm`` is 16 kHz, 16-bit, mono: the telephone band, as a call's line hands it over."""

    path: Path
    pcm: bytes
    labels: Labels

    @property
    def name(self) -> str:
        """The stem of its two files."""
        return self.path.stem


def read_clips(folder: Path) -> tuple[Clip, ...]:
    """All clips of ``folder`` and the folders in it, by path. Raises ClipError for the first that is broken."""
    if not folder.is_dir():
        raise ClipError(f"{folder}: no such folder")
    return tuple(read_clip(path) for path in sorted(folder.rglob("*.wav")))


def read_clip(path: Path) -> Clip:
    """The clip of a WAV file, with the labels beside it. Raises ClipError."""
    beside = path.with_suffix(".json")
    try:
        labels = labels_from(json.loads(_bytes_of(beside)))
    except ValueError as error:  # JSONDecodeError is one of them
        raise ClipError(f"{beside}: {error}") from None
    try:
        mulaw = _samples_in_wav(_bytes_of(path))
    except ValueError as error:
        raise ClipError(f"{path}: {error}") from None
    length_ms = len(mulaw) * 1000 // RATE_HZ
    if _last_ms(labels) > length_ms:
        raise ClipError(f"{beside}: a label lies at {_last_ms(labels)} ms, the clip ends at {length_ms} ms")
    return Clip(path, Interpolator().feed(from_mulaw(mulaw).tobytes()), labels)


def write_clip(folder: Path, name: str, pcm: bytes, labels: Labels) -> Path:
    """Write 16 kHz ``pcm`` as ``name``.wav and its labels as ``name``.json; returns the path of the former."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = pcm[: len(pcm) // 4 * 4]
    mulaw = to_mulaw(np.frombuffer(Decimator().feed(whole), "<i2").astype(np.int16))
    path = folder / f"{name}.wav"
    (folder / f"{name}.json").write_text(json.dumps(labels_as_json(labels), indent=1, ensure_ascii=False) + "\n")
    path.write_bytes(_wav(mulaw))
    return path


def labels_as_json(labels: Labels) -> dict[str, Any]:
    """The object of the JSON file."""
    common = {
        "split": labels.split,
        "speaker": labels.speaker,
        "text": labels.text,
        "language": labels.language,
    }
    if isinstance(labels, EndpointingLabels):
        silences = [{"start_ms": s.start_ms, "end_ms": s.end_ms, "is_end": s.is_end} for s in labels.silences]
        return {"kind": "endpointing", **common, "expects": labels.expects, "silences": silences}
    is_echo = labels.sound == "echo"
    return {
        "kind": "bargein",
        **common,
        "class": labels.sound,
        "onset_ms": labels.onset_ms,
        "sound_ms": labels.sound_ms,
        "agent_said": labels.agent_said,
        **({"echo_loss_db": labels.echo_loss_db, "echo_delay_ms": labels.echo_delay_ms} if is_echo else {}),
    }


def labels_from(data: object) -> Labels:
    """The labels of a JSON object. Raises ValueError with the cause."""
    fields = _Fields(data)
    kind = fields.one_of("kind", ("endpointing", "bargein"))
    split: Split = "tune" if fields.one_of("split", get_args(Split)) == "tune" else "test"
    speaker, text, language = fields.text("speaker"), fields.text("text"), fields.text("language")
    if kind == "endpointing":
        silences = tuple(_silence(entry) for entry in fields.entries("silences"))
        _check_silences(silences)
        return EndpointingLabels(split, speaker, text, silences, fields.text("expects"), language)
    sound = fields.one_of("class", get_args(SoundClass))
    return BargeInLabels(
        split,
        speaker,
        text,
        sound=sound,
        onset_ms=fields.whole("onset_ms"),
        sound_ms=fields.whole("sound_ms"),
        agent_said=fields.text("agent_said"),
        language=language,
        echo_loss_db=fields.whole("echo_loss_db") if sound == "echo" else 0,
        echo_delay_ms=fields.whole("echo_delay_ms") if sound == "echo" else 0,
    )


def to_mulaw(samples: npt.NDArray[np.int16]) -> bytes:
    """16-bit samples as µ-law (ITU-T G.711), one byte each."""
    wide = samples.astype(np.int32)
    sign = np.where(wide < 0, 0x80, 0)
    size = np.minimum(np.abs(wide), _LOUDEST) + _BIAS
    exponent = np.floor(np.log2(size)).astype(np.int32) - 7
    mantissa = (size >> (exponent + 3)) & 0x0F
    return bytes((~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8))


def from_mulaw(data: bytes) -> npt.NDArray[np.int16]:
    """µ-law bytes as 16-bit samples."""
    code = ~np.frombuffer(data, np.uint8).astype(np.int32) & 0xFF
    size = ((((code & 0x0F) << 3) + _BIAS) << ((code >> 4) & 7)) - _BIAS
    return np.where(code & 0x80, -size, size).astype(np.int16)


class _Fields:
    """Typed access to a JSON object; each miss is one sentence."""

    def __init__(self, data: object) -> None:
        if not isinstance(data, dict):
            raise ValueError("an object is expected")
        self._data: Mapping[str, Any] = data

    def text(self, name: str) -> str:
        return str(self._typed(name, str, "text"))

    def whole(self, name: str) -> int:
        value = self._typed(name, int, "a whole number of milliseconds")
        if isinstance(value, bool) or value < 0:
            raise ValueError(f"{name} must be a whole number of milliseconds, not {value!r}")
        return int(value)

    def flag(self, name: str) -> bool:
        return bool(self._typed(name, bool, "true or false"))

    def entries(self, name: str) -> list[Any]:
        return list(self._typed(name, list, "a list"))

    def one_of(self, name: str, known: tuple[str, ...]) -> Any:
        value = self.text(name)
        if value not in known:
            raise ValueError(f"{name} is {value!r}, known are {', '.join(known)}")
        return value

    def _typed(self, name: str, kind: type, what: str) -> Any:
        if name not in self._data:
            raise ValueError(f"{name} is missing")
        value = self._data[name]
        if not isinstance(value, kind):
            raise ValueError(f"{name} must be {what}, not {value!r}")
        return value


def _silence(entry: object) -> Silence:
    fields = _Fields(entry)
    silence = Silence(fields.whole("start_ms"), fields.whole("end_ms"), fields.flag("is_end"))
    if silence.end_ms - silence.start_ms < LEAST_SILENCE_MS:
        raise ValueError(f"a silence from {silence.start_ms} to {silence.end_ms} ms is under {LEAST_SILENCE_MS} ms")
    return silence


def _check_silences(silences: tuple[Silence, ...]) -> None:
    if not silences or [s.is_end for s in silences] != [False] * (len(silences) - 1) + [True]:
        raise ValueError("silences: the last, and only the last, is an end")
    for one, next_one in pairwise(silences):
        if next_one.start_ms <= one.end_ms:
            raise ValueError(f"silences: the one at {next_one.start_ms} ms begins before the last one ends")


def _last_ms(labels: Labels) -> int:
    if isinstance(labels, EndpointingLabels):
        return labels.silences[-1].end_ms
    return labels.onset_ms + labels.sound_ms


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ClipError(f"{path}: {error.strerror}") from None


def _wav(mulaw: bytes) -> bytes:
    """RIFF with a ``fmt``, a ``fact`` and a ``data`` chunk, as a format that is not PCM asks for."""
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, _MULAW, 1, RATE_HZ, RATE_HZ, 1, 8, 0)
    fact = struct.pack("<4sII", b"fact", 4, len(mulaw))
    data = struct.pack("<4sI", b"data", len(mulaw)) + mulaw + bytes(len(mulaw) % 2)
    body = b"WAVE" + form + fact + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def _samples_in_wav(raw: bytes) -> bytes:
    """The data chunk of a µ-law WAV. Raises ValueError for anything else."""
    if raw[:4] != b"RIFF" or raw[8:12] != b"WAVE":
        raise ValueError("no WAV file")
    chunks, at = {}, 12
    while at + 8 <= len(raw):
        name, size = struct.unpack_from("<4sI", raw, at)
        chunks[name] = raw[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    form = chunks.get(b"fmt ", b"")
    if len(form) < 16 or b"data" not in chunks:
        raise ValueError("the WAV file lacks its format or its data")
    code, channels, rate_hz = struct.unpack_from("<HHI", form)
    if (code, channels, rate_hz) != (_MULAW, 1, RATE_HZ):
        raise ValueError(f"µ-law, mono, {RATE_HZ} Hz is expected, not format {code}, {channels} channels, {rate_hz} Hz")
    return chunks[b"data"]
