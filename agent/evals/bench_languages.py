"""``attendant bench languages``: how surely a caller's language is told, and how often an English one is sent away.

People speak Asterisk's prompts in four languages; the simulated callers' lines are English with an accent. Each is one
turn as the recogniser gets it, and the policy decides as in a call.
"""

import random
import wave
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.listening import WorkerRecogniser
from agent.evals.address import StackAddress
from agent.evals.bench_wish import ClipsWish
from agent.evals.clipset import ClipError
from agent.evals.compare import BenchResult, conditions
from agent.media.resample import Decimator, Interpolator
from agent.policy.language import MIN_SPEECH_MS, SURE, spoken
from agent.ports.models import Recogniser
from agent.values.audio import BYTES_PER_MS

COUNT = 100
LONGEST_MS = 12_000
SENTENCE_MS = 2_500
FOREIGN = ("es", "fr", "it")
_NO_SENTENCES = ("silence", "letters", "phonetic", "digits")
_SEED = 4


async def bench_languages(stack: StackAddress, wish: ClipsWish) -> BenchResult:
    """COUNT turns of each kind. Raises ClipError where the prompts are not on this machine."""
    before = conditions() | {"sure": SURE, "min_speech_ms": MIN_SPEECH_MS, "sentence_ms": SENTENCE_MS}
    count = COUNT // 10 if wish.is_quick else COUNT
    connection = WorkerConnection(stack.workers_dir / "stt.sock")
    try:
        results = {
            name: await _told(WorkerRecogniser(connection), name.partition(" ")[0], turns, count)
            for name, turns in _kinds(stack, wish).items()
        }
    finally:
        await connection.close()
    return BenchResult("languages", sum(each["n"] for each in results.values()), before, results, None, None)


def _kinds(stack: StackAddress, wish: ClipsWish) -> dict[str, Iterator[bytes]]:
    """Turns by kind; its name begins with the language that is spoken."""
    if wish.recordings is None:
        raise ClipError("there are no prompts of Asterisk: run attendant demo once")
    english = wish.recordings / "sounds" / "en"
    folders = {f"{code} people": _foreign(stack, code) for code in FOREIGN} | {"en people": english}
    kinds = {name: _prompts(folder) for name, folder in folders.items()}
    callers = (_over_the_telephone(path.read_bytes()) for path in _shuffled(stack.cache_dir.glob("*.pcm")))
    return {**kinds, "en callers": callers}


def _over_the_telephone(pcm: bytes) -> bytes:
    return Interpolator().feed(Decimator().feed(pcm[: len(pcm) // 4 * 4]))


def _foreign(stack: StackAddress, code: str) -> Path:
    sounds = stack.models_dir.parent / "languages/usr/share/asterisk/sounds"
    folder = next(sounds.glob(f"{code}_*"), None)
    if folder is None:
        raise ClipError(f"there are no prompts in {code!r}: run python -m agent.setup.foreign_prompts")
    return folder


def _prompts(folder: Path) -> Iterator[bytes]:
    """16 kHz PCM of the sentences below ``folder`` (8 kHz WAV)."""
    for path in _shuffled(folder.rglob("*.wav")):
        if not any(part in str(path.relative_to(folder)) for part in _NO_SENTENCES):
            with wave.open(str(path)) as clip:
                yield Interpolator().feed(clip.readframes(clip.getnframes()))


def _shuffled(paths: Iterable[Path]) -> list[Path]:
    found = sorted(paths)
    random.Random(_SEED).shuffle(found)
    return found


async def _told(recogniser: Recogniser, language: str, turns: Iterator[bytes], count: int) -> dict[str, Any]:
    """What was made of ``count`` turns long enough to be judged."""
    found: Counter[str] = Counter()
    for pcm in turns:
        length_ms = len(pcm) // BYTES_PER_MS
        if not MIN_SPEECH_MS <= length_ms <= LONGEST_MS:
            continue
        heard = await recogniser.transcribe(pcm, language="")
        taken = spoken(heard.language, heard.language_prob, length_ms, heard.text)
        is_right = heard.language == language and heard.language_prob >= SURE
        outcome = "right" if is_right else "sent_away" if taken else "unsure"
        found[outcome] += 1
        if length_ms >= SENTENCE_MS:
            found["sentences"] += 1
            found["sentences_right"] += is_right
        if sum(found[name] for name in ("right", "sent_away", "unsure")) >= count:
            break
    return {
        "n": found["right"] + found["sent_away"] + found["unsure"],
        "right": found["right"],
        "unsure": found["unsure"],
        "another_language": found["sent_away"],
        "sentences": {"n": found["sentences"], "right": found["sentences_right"]},
    }
