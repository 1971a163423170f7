"""The project's own clips for the bench ``endpointing``: callers who hesitate, in voices of several kinds.

A line is rendered whole, so that its melody goes on at a hesitation, and the pause found there is stretched to a drawn
length. Lengths follow PAUSES_MS, whose tail is that of people in a published set (there a tenth of the silences within
a turn lasts longer than 1000 ms, a twentieth longer than 1600 ms); a speaker who pauses long once does so again.
Labels are read off the sound in the telephone band, before noise is added.
"""

import hashlib
import tomllib
import wave
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Protocol

import numpy as np
import numpy.typing as npt

from agent.evals.clipset import LEAST_SILENCE_MS, EndpointingLabels, Silence, Split, write_clip
from agent.evals.mouth import LONGEST_PAUSE_MS, room
from agent.evals.scenario import Noise
from agent.media.resample import Decimator, Interpolator
from agent.values.audio import BYTES_PER_MS, SAMPLE_RATE_HZ

LINES = Path(__file__).with_name("endpointing_lines.toml")
SPEAKERS: dict[Split, tuple[str, ...]] = {
    "tune": ("jf_alpha", "jf_gongitsune", "jf_nezumi"),
    "test": ("jf_tebukuro", "jm_kumo", "joe"),
}
"""Rendered speakers. ``test`` has besides the human of the recordings."""
SOLO = "joe"
"""Of another synthesiser, and a fast one."""
HUMAN = "allison"
VERSION = 3
"""Of the way clips are made: another one makes another set."""
PAUSES_MS = ((0.0, 100), (0.4, 250), (0.71, 600), (0.84, 1_000), (0.92, 1_600), (1.0, 2_500))
"""Quantiles of the stretched pauses. Unstretched ones, which are short, make up the rest of all holds."""
LEAD_MS, TAIL_MS = 400, 3_000
NEAR_MS = 260
"""A pause lies within this of where the letters of its line say it does."""
APART_MS = 180
"""Between the pauses that are put into fluent speech."""
_ALIKE = 0.6
_FOUND_MS = 50
_GAP_MS = 80
_SPEECH_DBFS = -22.0
_SILENT_BELOW_DB = 28.0
_HOP = SAMPLE_RATE_HZ // 200
_HOP_MS = 5

Sound = npt.NDArray[np.float64]
Run = tuple[int, int]
Tell = Callable[[int, int], None]


class Voices(Protocol):
    """Who speaks the lines."""

    async def render(self, text: str, speaker: str) -> bytes:
        """16 kHz PCM of ``text``. Raises ModelUnavailable."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One clip to make: recordings joined (``|`` in ``pieces`` is a hesitation), or without them ``text`` rendered."""

    split: Split
    speaker: str
    expects: str
    text: str
    pieces: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The stem of its files."""
        letters = "".join(c if c.isalnum() else "-" for c in self.text.lower())
        digest = hashlib.sha256(self.text.encode()).hexdigest()[:6]
        return f"{self.speaker}-{'-'.join(filter(None, letters.split('-')))[:32]}-{digest}"

    @property
    def marks(self) -> tuple[float, ...]:
        """Which shares of the line have been said at its hesitations, by letters."""
        said = "".join(self.pieces or [self.text.replace(" ", "")])
        letters = len(said) - said.count("|")
        return tuple((at - place) / letters for place, at in enumerate(i for i, c in enumerate(said) if c == "|"))

    @property
    def plain(self) -> str:
        """The text as it is spoken."""
        return " ".join(self.text.replace("|", " ").split())


def turns(has_recordings: bool) -> Iterator[Turn]:
    """Every turn of the set. SOLO speaks all of its split; the others take turns, but for the lines of everyone."""
    data = tomllib.loads(LINES.read_text("utf-8"))
    split: Split
    for split, speakers in SPEAKERS.items():
        others = [speaker for speaker in speakers if speaker != SOLO]
        shared = data[split].pop("everyone", {})
        for expects, text in _flat(shared):
            yield from (Turn(split, speaker, expects, text) for speaker in speakers)
        for place, (expects, text) in enumerate(_flat(data[split])):
            chosen = {others[place % len(others)], *(speakers[len(others) :])}
            yield from (Turn(split, speaker, expects, text) for speaker in sorted(chosen))
    if has_recordings:
        for entry in data["recorded"]:
            yield Turn("test", HUMAN, entry["expects"], entry["text"], tuple(entry["pieces"]))


def _flat(by_slot: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    return [(expects, text) for expects, texts in by_slot.items() for text in texts]


async def make_clips(folder: Path, voices: Voices, recordings: Path | None, tell: Tell) -> Path:
    """The folder of the set below ``folder``, made if it is not there yet; ``tell(done, all)`` reports progress.

    ``recordings`` is Asterisk's data directory. Raises ModelUnavailable.
    """
    sounds = _Recordings.of(recordings)
    made_of = f"{VERSION} {sounds is not None} {SPEAKERS} {PAUSES_MS}".encode() + LINES.read_bytes()
    target = folder / f"endpointing-{hashlib.sha256(made_of).hexdigest()[:10]}"
    if (target / "complete").exists():
        return target
    wanted = list(turns(sounds is not None))
    crowd: list[bytes] = []
    for done, turn in enumerate(wanted):
        tell(done, len(wanted))
        pcm = await _spoken(turn, voices, sounds)
        crowd = [*crowd[-5:], pcm]
        clip, silences = _performed(turn, pcm, crowd, sounds)
        labels = EndpointingLabels(turn.split, turn.speaker, turn.plain, silences, turn.expects)
        write_clip(target / turn.split, turn.name, clip, labels)
    (target / "complete").touch()
    tell(len(wanted), len(wanted))
    return target


async def _spoken(turn: Turn, voices: Voices, sounds: "_Recordings | None") -> bytes:
    if turn.pieces and sounds is not None:
        return sounds.joined(turn.pieces)
    return await voices.render(turn.plain, turn.speaker)


def _performed(
    turn: Turn, pcm: bytes, crowd: Sequence[bytes], sounds: "_Recordings | None"
) -> tuple[bytes, tuple[Silence, ...]]:
    """The clip and its labels: levelled, hesitating, in a room."""
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(turn.name.encode()).digest()[:8]))
    speech = levelled(telephone_band(pcm))
    shares = None if turn.pieces else turn.marks
    sound, silences = hesitant(speech, drawn_pauses_ms(len(turn.marks), rng), shares)
    return _in_a_room(sound, rng, crowd, sounds), silences


def drawn_pauses_ms(count: int, rng: np.random.Generator) -> list[int]:
    """Lengths after PAUSES_MS; those of one speaker are alike (a Gaussian copula)."""
    shares, lengths = zip(*PAUSES_MS, strict=True)
    slowness = rng.standard_normal()
    ranks = [NormalDist().cdf(_ALIKE * slowness + (1 - _ALIKE**2) ** 0.5 * rng.standard_normal()) for _ in range(count)]
    return [round(float(np.exp(np.interp(rank, shares, np.log(lengths))))) for rank in ranks]


def hesitant(
    speech: Sound, pauses_ms: Sequence[int], shares: Sequence[float] | None = None
) -> tuple[Sound, tuple[Silence, ...]]:
    """``speech`` with pauses stretched to ``pauses_ms``, in order, between a lead-in and a tail.

    They lie where ``shares`` of the line have been said: at the silence found there, else the speech is parted at the
    quietest place. Without ``shares`` its longest silences are stretched.
    """
    runs = silent_runs(speech)
    if shares is None:
        longest = sorted(runs, key=lambda run: run[0] - run[1])[: len(pauses_ms)]
        wanted = dict(zip(sorted(longest), pauses_ms, strict=False))
    else:
        wanted = _placed(speech, runs, dict(zip(shares, pauses_ms, strict=True)))
    first, last = _speech_ms(speech)
    parts, silences, at_ms, from_ms = [_quiet(LEAD_MS)], [], LEAD_MS, first
    for start, end in sorted({*runs, *wanted}):
        # Between sentences the voices leave up to 0.9 s; fluent speakers do not.
        kept_ms = min(end - start, LONGEST_PAUSE_MS)
        length_ms = max(kept_ms, wanted.get((start, end), 0))
        parts += [_cut(speech, from_ms, start + kept_ms // 2), _quiet(length_ms - kept_ms)]
        at_ms += start - from_ms
        if length_ms >= LEAST_SILENCE_MS:
            silences.append(Silence(at_ms, at_ms + length_ms, False))
        from_ms = end - (kept_ms - kept_ms // 2)
        at_ms += length_ms - (end - from_ms)
    parts += [_cut(speech, from_ms, last), _quiet(TAIL_MS)]
    at_ms += last - from_ms
    return np.concatenate(parts), (*silences, Silence(at_ms, at_ms + TAIL_MS, True))


def _placed(speech: Sound, runs: Sequence[Run], pauses_ms: Mapping[float, int]) -> dict[Run, int]:
    """The run for each share of the line that has been said, with the length of its pause."""
    first, last = _speech_ms(speech)
    placed: dict[Run, int] = {}
    for share, length_ms in pauses_ms.items():
        about_ms = first + share * (last - first)
        near = [run for run in runs if run not in placed and abs(sum(run) / 2 - about_ms) <= NEAR_MS]
        if near:
            placed[max(near, key=lambda run: run[1] - run[0])] = length_ms
        elif (place := _quietest_ms(speech, [*runs, *placed], about_ms)) is not None:
            placed[place, place] = length_ms
    return placed


def silent_runs(speech: Sound) -> list[Run]:
    """Silences of at least 50 ms within levelled speech, as (start_ms, end_ms)."""
    voiced = np.flatnonzero(_voiced(speech))
    ends = np.flatnonzero(np.diff(voiced) * _HOP_MS > _FOUND_MS)
    return [(int(voiced[at] + 1) * _HOP_MS, int(voiced[at + 1]) * _HOP_MS) for at in ends]


def _quietest_ms(speech: Sound, runs: Sequence[Run], about_ms: float) -> int | None:
    """Where 20 ms of speech are quietest, near ``about_ms`` and APART_MS from all else; None without such a place."""
    first, last = _speech_ms(speech)
    power = np.convolve(_powers(speech), np.ones(4) / 4, "same")
    taken = [(0, first), *runs, (last, len(power) * _HOP_MS)]
    for low, high in taken:
        power[max(0, low - APART_MS) // _HOP_MS : (high + APART_MS) // _HOP_MS] = np.inf
    power[: max(0, round(about_ms - NEAR_MS) // _HOP_MS)] = np.inf
    power[round(about_ms + NEAR_MS) // _HOP_MS :] = np.inf
    return int(power.argmin()) * _HOP_MS if np.isfinite(power).any() else None


def levelled(pcm: bytes) -> Sound:
    """``pcm`` with its loud half at -22 dBFS."""
    sound = np.frombuffer(pcm, "<i2").astype(np.float64) / 32_768
    power = _powers(sound)
    loud = power[power >= np.median(power[power > power.max() / 1_000])]
    return np.asarray(sound * np.sqrt(10 ** (_SPEECH_DBFS / 10) / loud.mean()))


def telephone_band(pcm: bytes) -> bytes:
    """16 kHz PCM as 8 kHz carries it, so that what no line carries is no speech."""
    return Interpolator().feed(Decimator().feed(pcm[: len(pcm) // 4 * 4]))


def _in_a_room(sound: Sound, rng: np.random.Generator, crowd: Sequence[bytes], sounds: "_Recordings | None") -> bytes:
    """Half of the lines are quiet; the others have a hiss, babble or music 15 to 24 dB under the speech."""
    kind = rng.choice(["quiet", "white", "babble", "music"], p=[0.5, 0.2, 0.15, 0.15])
    level_db = -62.0 if kind == "quiet" else _SPEECH_DBFS - rng.uniform(15, 24)
    seed = int(rng.integers(2**31))
    if kind == "music" and sounds is not None:
        behind = levelled(sounds.music(rng, len(sound))) * 10 ** ((level_db - _SPEECH_DBFS) / 20)
    else:
        noise = Noise("babble" if kind == "babble" else "white", level_db)
        behind = np.frombuffer(room(noise, seed, tuple(crowd)), "<i2") / 32_768
    mixed = sound + np.resize(behind, len(sound))
    return np.clip(np.rint(mixed * 32_768), -32_768, 32_767).astype("<i2").tobytes()


class _Recordings:
    """Debian's prompts and hold music, below Asterisk's data directory."""

    def __init__(self, prompts: Path, pieces: Sequence[Path]) -> None:
        self._prompts, self._music = prompts, pieces

    @classmethod
    def of(cls, data: Path | None) -> "_Recordings | None":
        """None where the packages are not there."""
        if data is None or not (data / "sounds/en/vm-num-i-have.wav").exists():
            return None
        return cls(data / "sounds/en", sorted((data / "moh").glob("*.wav")))

    def joined(self, pieces: Sequence[str]) -> bytes:
        """The prompts named by ``pieces`` in a row; the breath at a hesitation is the longest silence between them."""
        parts = []
        for piece in pieces:
            if piece == "|":
                parts.append(bytes(2 * _GAP_MS * BYTES_PER_MS))
                continue
            speech = levelled(_from_wav(self._prompts / f"{piece}.wav"))
            first, last = _speech_ms(speech)
            spoken = _cut(speech, first, last)
            parts += [(spoken * 32_767).clip(-32_768, 32_767).astype("<i2").tobytes(), bytes(_GAP_MS * BYTES_PER_MS)]
        return b"".join(parts)

    def music(self, rng: np.random.Generator, length: int) -> bytes:
        """Hold music from anywhere within a piece; hiss where there is none."""
        if not self._music:
            return (rng.standard_normal(length) * 3_000).astype("<i2").tobytes()
        pcm = _from_wav(self._music[int(rng.integers(len(self._music)))])
        start = 2 * int(rng.integers(max(1, len(pcm) // 2 - length)))
        return pcm[start : start + 2 * length]


def _from_wav(path: Path) -> bytes:
    """16 kHz PCM of an 8 kHz recording."""
    with wave.open(str(path), "rb") as file:
        return Interpolator().feed(file.readframes(file.getnframes()))


def _powers(sound: Sound) -> Sound:
    hops = sound[: sound.size // _HOP * _HOP].reshape(-1, _HOP)
    return np.asarray(np.mean(np.square(hops), axis=1)) + 1e-12


def _voiced(speech: Sound) -> npt.NDArray[np.bool_]:
    return np.asarray(_powers(speech) > 10 ** ((_SPEECH_DBFS - _SILENT_BELOW_DB) / 10))


def _speech_ms(speech: Sound) -> tuple[int, int]:
    voiced = np.flatnonzero(_voiced(speech))
    return int(voiced[0]) * _HOP_MS, int(voiced[-1] + 1) * _HOP_MS


def _cut(sound: Sound, from_ms: int, to_ms: int) -> Sound:
    return sound[from_ms * SAMPLE_RATE_HZ // 1_000 : to_ms * SAMPLE_RATE_HZ // 1_000]


def _quiet(length_ms: int) -> Sound:
    return np.zeros(length_ms * SAMPLE_RATE_HZ // 1_000)
