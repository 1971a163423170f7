"""What the bench ``stt`` hears: callers' lines and human prompts with known texts, as a telephone line delivers them.

Everything goes through µ-law at 8 kHz. Of every four utterances two are clean, one has noise 10 to 20 dB under it, and
one has lost a twentieth of its packets, with the gaps filled as a call fills them. All of it is drawn from fixed seeds.
"""

import gzip
import hashlib
import tomllib
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np

from agent.evals.clipset import EndpointingLabels, from_mulaw, read_clips, to_mulaw
from agent.evals.mouth import clip_of
from agent.evals.sounds import Sound, babble, from_pcm, silence, to_pcm
from agent.media.conceal import Concealer
from agent.media.resample import Decimator, Interpolator
from agent.values.audio import BYTES_PER_MS, FRAME_BYTES

LINES = Path(__file__).with_name("stt_lines.toml")
VOICES = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
HUMAN = "allison"
PROMPTS = 170
LONGEST_PROMPT_MS = 15_000
LEAD_MS = 240
"""A call's recogniser gets what came before the voice gate opened, and 96 ms of the silence that it speculates on."""
TAIL_MS = 96
SPEECH_DBFS = -24.0
QUIET_DBFS = -66.0
SNR_DB = (10.0, 20.0)
LOSS = 0.05

Condition = Literal["clean", "noise", "loss"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
_TURN: tuple[Condition, ...] = ("clean", "noise", "clean", "loss")


@dataclass(frozen=True, slots=True)
class Utterance:
    """Speech with its text. ``pcm`` is 16 kHz, as the recogniser gets it; ``expects`` the slot that was asked for."""

    speaker: str
    text: str
    condition: Condition
    pcm: bytes
    expects: str = ""


class Voices(Protocol):
    """Who speaks the callers' lines."""

    async def render(self, text: str, voice: str) -> bytes:
        """16 kHz PCM of ``text``. Raises ModelUnavailable."""


async def utterances(
    voices: Voices, recordings: Path | None, tell: Callable[[int, int], None]
) -> tuple[Utterance, ...]:
    """The project's own set, callers and prompts mixed. ``recordings`` is Asterisk's data directory.

    Raises ModelUnavailable.
    """
    lines = [(slot, text) for slot, texts in tomllib.loads(LINES.read_text("utf-8")).items() for text in texts]
    wanted = [(voice, slot, text) for slot, text in lines for voice in VOICES]
    spoken: list[tuple[str, str, str, bytes]] = []
    for done, (voice, slot, text) in enumerate(wanted):
        tell(done, len(wanted))
        spoken.append((voice, slot, text, clip_of(await voices.render(text, voice)).pcm))
    tell(len(wanted), len(wanted))
    spoken += [(HUMAN, "", text, pcm) for text, pcm in (prompts(recordings) if recordings else ())]
    spoken.sort(key=lambda one: _digest(f"{one[0]} {one[2]}"))
    crowd = [from_pcm(pcm) for _, _, _, pcm in spoken[:8]]
    return tuple(
        Utterance(speaker, text, condition, _on_the_line(pcm, condition, place, crowd), expects)
        for place, (speaker, expects, text, pcm) in enumerate(spoken)
        for condition in (_TURN[place % len(_TURN)],)
    )


def from_folder(folder: Path) -> tuple[Utterance, ...]:
    """The turns of labelled clips as they are, up to TAIL_MS into their last silence. Raises ClipError."""
    return tuple(
        Utterance(
            clip.labels.speaker,
            clip.labels.text,
            "clean",
            clip.pcm[: (clip.labels.silences[-1].start_ms + TAIL_MS) * BYTES_PER_MS],
            clip.labels.expects,
        )
        for clip in read_clips(folder)
        if isinstance(clip.labels, EndpointingLabels) and clip.labels.language == "en"
    )


def prompts(data: Path) -> Iterator[tuple[str, bytes]]:
    """PROMPTS of Asterisk's English prompts with their texts; none where Debian's package is not there."""
    texts = data.parent / "doc/asterisk-core-sounds-en/core-sounds-en.txt.gz"
    if not texts.exists():
        return
    with gzip.open(texts, "rt", encoding="utf-8", errors="replace") as file:
        rows = [line.rstrip("\n").partition(":") for line in file if not line.startswith(";")]
    known = {name: text.strip() for name, _, text in rows if _is_a_sentence(name, text)}
    left = PROMPTS
    for name in sorted(known, key=_digest):
        path = data / "sounds/en" / f"{name}.wav"
        if left and path.exists() and (pcm := _short_enough(path)):
            left -= 1
            yield known[name], pcm


def _is_a_sentence(name: str, text: str) -> bool:
    """A few words, without a description of a sound. The first name's recording says something else."""
    odd = name == "conf-roll-callcomplete" or any(mark in text for mark in "[(")
    letters = [word for word in text.split() if len(word.strip(".,")) == 1 and word.strip(".,").lower() not in "ai"]
    return not odd and len(text.split()) > 2 and not letters


def _short_enough(path: Path) -> bytes:
    with wave.open(str(path), "rb") as file:
        if file.getnframes() * 1000 // file.getframerate() > LONGEST_PROMPT_MS:
            return b""
        return clip_of(Interpolator().feed(file.readframes(file.getnframes()))).pcm


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _on_the_line(pcm: bytes, condition: Condition, seed: int, crowd: Sequence[Sound]) -> bytes:
    rng = np.random.default_rng(seed)
    speech = from_pcm(pcm)
    level = float(np.sqrt(np.mean(np.square(speech[np.abs(speech) > np.abs(speech).max() / 20]))))
    sound = np.concatenate((silence(LEAD_MS), speech * 10 ** (SPEECH_DBFS / 20) / level, silence(TAIL_MS)))
    under_db = rng.uniform(*SNR_DB) - SPEECH_DBFS if condition == "noise" else -QUIET_DBFS
    behind = _background(rng, sound.size, crowd if condition == "noise" else ())
    sound = sound + behind / np.sqrt(np.mean(np.square(behind))) * 10 ** (-under_db / 20)
    narrow = np.frombuffer(Decimator().feed(to_pcm(sound[: sound.size // 2 * 2])), "<i2").astype(np.int16)
    wide = Interpolator().feed(from_mulaw(to_mulaw(narrow)).tobytes())
    return with_losses(wide, LOSS, rng) if condition == "loss" else wide


def _background(rng: np.random.Generator, length: int, crowd: Sequence[Sound]) -> Sound:
    """Babble, or a hiss that falls by 0, 3 or 6 dB an octave."""
    kind = int(rng.integers(4)) if crowd else 0
    if kind == 3:
        return babble(crowd, rng, length * 1000 // 16_000 + 100)[:length]
    return hiss(rng, length, kind / 2)


def hiss(rng: np.random.Generator, length: int, tilt: float) -> Sound:
    """Noise whose spectrum falls as frequency to the power of -``tilt``: 0 white, 0.5 pink, 1 brown."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    spectrum /= np.maximum(np.arange(spectrum.size) / max(1, spectrum.size), 50 / 8_000) ** tilt
    return np.fft.irfft(spectrum, length)


def with_losses(pcm: bytes, share: float, rng: np.random.Generator) -> bytes:
    """16 kHz ``pcm`` after ``share`` of its 20 ms packets were lost and concealed; a part of a frame is dropped."""
    line = Concealer()
    frames = (pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES))
    return b"".join(line.lost() if rng.random() < share else line.received(frame) for frame in frames)
