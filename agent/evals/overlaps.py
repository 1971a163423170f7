"""The project's own clips for the bench ``bargein``: what a caller's line carries while the agent speaks.

Interruptions and backchannels are rendered in the callers' voices; coughs, doors, rooms are modelled
(``agent.evals.sounds``), babble is laid together from the voices, music is Debian's music on hold. An echo is made
by the bench while it runs, out of what the agent really plays then; its clip is the echo of an agent that nobody
stops. All of it passes G.711, over a room that is never quite still.
"""

import hashlib
import tomllib
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from agent.evals import sounds
from agent.evals.clipset import BargeInLabels, SoundClass, Split, write_clip
from agent.evals.mouth import clip_of
from agent.evals.sounds import Sound
from agent.media.resample import Interpolator
from agent.values.audio import SAMPLE_RATE_HZ

LINES = Path(__file__).with_name("overlap_lines.toml")
SPEAKERS: dict[Split, tuple[str, ...]] = {
    "tune": ("jf_alpha", "jf_gongitsune"),
    "test": ("jf_nezumi", "jf_tebukuro", "jm_kumo"),
}
SOUNDS: dict[SoundClass, int] = {"cough": 48, "door": 32, "noise": 36, "music": 32, "echo": 40}
"""How many of each the split ``test`` has; ``tune`` has half as many."""
VERSION = 1
"""Of the way clips are made: another one makes another set."""
HUMAN = "allison"
LEAD_MS, TAIL_MS = 1_000, 2_400
MUSIC_MS = 2_500
AGENT_DBFS = -18.0

Tell = Callable[[int, int], None]


class Voices(Protocol):
    """Who speaks the lines."""

    async def render(self, text: str, voice: str) -> bytes:
        """16 kHz PCM of ``text``; ``voice`` agent is the agent's own. Raises ModelUnavailable."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One clip to make. ``recording`` is a WAV file that holds the sound, from ``from_ms`` on."""

    name: str
    labels: BargeInLabels
    recording: Path | None = None
    from_ms: int = 0


def agent_texts() -> tuple[str, ...]:
    """What the agent speaks meanwhile."""
    return tuple(tomllib.loads(LINES.read_text("utf-8"))["agent"])


def wanted(recordings: Path | None) -> Iterator[Wanted]:
    """Every clip of the set. ``recordings`` is Asterisk's data directory; without it there is no human and no music."""
    said, agent = tomllib.loads(LINES.read_text("utf-8")), agent_texts()
    split: Split
    for split, speakers in SPEAKERS.items():
        kind: SoundClass
        for kind in ("interruption", "backchannel"):
            for place, text in enumerate(said[kind][split]):
                for voice in speakers:
                    labels = BargeInLabels(split, voice, text, kind, LEAD_MS, 0, agent[place % len(agent)])
                    yield Wanted(f"{kind}-{split}-{place:03}-{voice}", labels)
        for kind, count in SOUNDS.items():
            for place in range(count if split == "test" else count // 2):
                labels = BargeInLabels(split, "none", "", kind, LEAD_MS, 0, agent[place % len(agent)])
                name = f"{kind}-{split}-{place:03}"
                if kind != "music":
                    yield Wanted(name, labels)
                elif recordings is not None:
                    yield _music(name, labels, recordings, place)
    if recordings is not None:
        for file, spoken in tomllib.loads(LINES.read_text("utf-8"))["recorded"].items():
            labels = BargeInLabels("test", HUMAN, spoken, "interruption", LEAD_MS, 0, agent[0])
            yield Wanted(f"interruption-{file}", labels, recordings / "sounds" / "en" / f"{file}.wav")


def _music(name: str, labels: BargeInLabels, recordings: Path, place: int) -> Wanted:
    """Pieces take turns; a split has its own half of each."""
    pieces = sorted((recordings / "moh").glob("*.wav"))
    if not pieces:
        raise FileNotFoundError(f"{recordings / 'moh'} holds no music on hold")
    half_ms = 35_000 if labels.split == "test" else 0
    return Wanted(name, labels, pieces[place % len(pieces)], half_ms + 2_000 + place // len(pieces) * 4_000)


async def make_overlaps(folder: Path, voices: Voices, recordings: Path | None, tell: Tell) -> Path:
    """The folder of the set below ``folder``, made if it is not there yet; ``tell(done, all)`` reports progress.

    Raises ModelUnavailable.
    """
    target = folder / f"bargein-{_made_of(recordings)}"
    if (target / "complete").exists():
        return target
    clips, crowd = list(wanted(recordings)), list[Sound]()
    for done, clip in enumerate(clips):
        tell(done, len(clips))
        sound, labels = await _sound(clip, voices, crowd)
        if labels.text:
            crowd = [*crowd[-11:], sound]
        write_clip(target / labels.split, clip.name, _placed(clip.name, sound, labels), labels)
    (target / "complete").touch()
    tell(len(clips), len(clips))
    return target


def _made_of(recordings: Path | None) -> str:
    """A short name of all that the set depends on."""
    kind = f"{VERSION} {SOUNDS} {SPEAKERS} {recordings is not None}".encode()
    return hashlib.sha256(kind + LINES.read_bytes() + Path(sounds.__file__).read_bytes()).hexdigest()[:10]


async def _sound(clip: Wanted, voices: Voices, crowd: Sequence[Sound]) -> tuple[Sound, BargeInLabels]:
    """The sound at its level, and the labels with what was drawn."""
    labels, rng = clip.labels, _rng(clip.name)
    if labels.sound == "echo":
        return await _echo(labels, voices, rng)
    if labels.sound in ("interruption", "backchannel"):
        pcm = read_wav(clip.recording) if clip.recording else await voices.render(labels.text, labels.speaker)
        sound = sounds.at_level(sounds.from_pcm(clip_of(pcm).pcm), float(rng.uniform(-28, -14)))
    elif clip.recording is not None:
        piece = sounds.from_pcm(read_wav(clip.recording))[clip.from_ms * 16 : (clip.from_ms + MUSIC_MS) * 16]
        sound = sounds.at_level(piece, float(rng.uniform(-32, -20)))
    else:
        # A room is softer than what happens close to the telephone.
        loudest = -26 if labels.sound == "noise" else -14
        sound = sounds.at_level(_modelled(labels.sound, rng, crowd), float(rng.uniform(loudest - 18, loudest)))
    return sound, replace(labels, sound_ms=sound.size * 1000 // SAMPLE_RATE_HZ)


def _modelled(kind: SoundClass, rng: np.random.Generator, crowd: Sequence[Sound]) -> Sound:
    if kind == "cough":
        return sounds.cough(rng)
    if kind == "door":
        return sounds.door(rng)
    return sounds.babble(crowd, rng) if crowd and rng.random() < 0.3 else sounds.noise(rng)


async def _echo(labels: BargeInLabels, voices: Voices, rng: np.random.Generator) -> tuple[Sound, BargeInLabels]:
    loss_db, delay_ms = int(rng.integers(20, 36)), int(rng.integers(40, 251))
    drawn = replace(labels, onset_ms=delay_ms, echo_loss_db=loss_db, echo_delay_ms=delay_ms)
    voice = agent_level(await voices.render(labels.agent_said, "agent"))[: 5_000 * 16]
    sound = voice * 10 ** (-loss_db / 20)
    return sound, replace(drawn, sound_ms=sound.size * 1000 // SAMPLE_RATE_HZ)


def agent_level(pcm: bytes) -> Sound:
    """The agent's speech as loud as it plays in the bench."""
    return sounds.at_level(sounds.from_pcm(pcm), AGENT_DBFS)


def _placed(name: str, sound: Sound, labels: BargeInLabels) -> bytes:
    """The sound between its lead and its tail, in a room of its own."""
    rng = _rng(f"room {name}")
    whole = np.concatenate([sounds.silence(labels.onset_ms), sound, sounds.silence(TAIL_MS)])
    room_dbfs = float(rng.uniform(-68, -56)) if rng.random() < 0.75 else float(rng.uniform(-52, -46))
    room = np.convolve(rng.standard_normal(whole.size), np.ones(4) / 2, mode="same")
    return sounds.to_pcm(whole + room * 10 ** (room_dbfs / 20))


def read_wav(path: Path) -> bytes:
    """16 kHz PCM of a mono 16-bit WAV at 8 or 16 kHz. Raises ValueError for another."""
    with wave.open(str(path), "rb") as file:
        if file.getnchannels() != 1 or file.getsampwidth() != 2 or file.getframerate() not in (8_000, 16_000):
            raise ValueError(f"{path}: 16-bit mono at 8 or 16 kHz is expected")
        pcm, rate_hz = file.readframes(file.getnframes()), file.getframerate()
    return pcm if rate_hz == SAMPLE_RATE_HZ else Interpolator().feed(pcm)


def _rng(name: str) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]))
