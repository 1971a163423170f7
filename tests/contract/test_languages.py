"""People who speak Spanish, French and Italian: the recogniser tells the language, and writes it.

They are Asterisk's prompts from Debian, spoken by professionals: easier than a caller, which the bounds allow for.
"""

import asyncio
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr

from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.listening import WorkerRecogniser
from agent.adapters.models.specs import worker_specs
from agent.policy.language import spoken
from agent.ports.models import ModelUnavailable
from agent.setup import foreign_prompts
from agent.setup.paths import home
from agent.values.talk import Transcript
from tests.contract.model_workers import Running

pytestmark = pytest.mark.contract

SAID = [
    ("es", "vm-nonumber", "mensaje"),
    ("es", "vm-goodbye", "hasta pronto"),
    ("fr", "cannot-complete-as-dialed", "votre appel"),
    ("fr", "all-circuits-busy-now", "occupées"),
    ("it", "cannot-complete-as-dialed", "non può essere completata"),
    ("it", "vm-nonumber", "questo messaggio"),
]
"""Words that each prompt is known to hold."""


@pytest.fixture(scope="module")
def prompts() -> dict[str, Path]:
    return foreign_prompts.ensure(home())


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    (spec,) = worker_specs(home().models, tmp_path_factory.mktemp("stt"), ["stt"])
    running = Running(spec)
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
async def recogniser(worker: Running) -> AsyncIterator[WorkerRecogniser]:
    connection = WorkerConnection(worker.spec.socket)
    yield WorkerRecogniser(connection)
    await connection.close()


def speech(path: Path) -> bytes:
    """16 kHz PCM of a prompt (8 kHz)."""
    with wave.open(str(path)) as clip:
        samples = np.frombuffer(clip.readframes(clip.getnframes()), "<i2")
        return bytes(soxr.resample(samples, clip.getframerate(), 16_000).astype("<i2").tobytes())


@pytest.mark.parametrize(("language", "prompt", "words"), SAID)
async def test_what_is_said_is_written_in_its_language(
    language: str, prompt: str, words: str, prompts: dict[str, Path], recogniser: WorkerRecogniser
) -> None:
    heard = await recogniser.transcribe(speech(prompts[language] / f"{prompt}.wav"), language=language)
    assert words in heard.text.lower()
    assert heard.language == "", "nobody asked"


def lines(folder: Path, count: int) -> list[Path]:
    """The first prompts of ``folder`` that last 2.5 to 8 s."""
    found = []
    for path in sorted(folder.glob("*.wav")):
        with wave.open(str(path)) as clip:
            if 2.5 <= clip.getnframes() / clip.getframerate() <= 8:
                found.append(path)
    return found[:count]


async def told(recogniser: WorkerRecogniser, path: Path) -> tuple[Transcript, str]:
    """The transcript of a prompt whose language is to be found out, and what the policy makes of it."""
    pcm = speech(path)
    heard = await recogniser.transcribe(pcm, language="")
    return heard, spoken(heard.language, heard.language_prob, len(pcm) // 32, heard.text)


@pytest.mark.parametrize(("language", "at_least"), [("es", 3), ("fr", 9), ("it", 9)])
async def test_the_language_of_a_sentence_is_found_out(
    language: str, at_least: int, prompts: dict[str, Path], recogniser: WorkerRecogniser
) -> None:
    found = [await told(recogniser, path) for path in lines(prompts[language], 10)]
    assert [code for _, code in found].count(language) >= at_least
    assert {code for _, code in found} <= {language, ""}, "never another one"


async def test_english_is_not_taken_for_anything_else(recogniser: WorkerRecogniser) -> None:
    english = home().debian_root / "usr/share/asterisk/sounds/en_US_f_Allison"
    for path in lines(english, 10):
        heard, foreign = await told(recogniser, path)
        assert (heard.language, foreign) == ("en", "")


async def test_a_language_that_it_does_not_know_is_refused(recogniser: WorkerRecogniser) -> None:
    with pytest.raises(ModelUnavailable, match="a language is one of en, es, fr, de, it"):
        await recogniser.transcribe(bytes(32_000), language="xx")
    await asyncio.sleep(0)
    assert (await recogniser.transcribe(bytes(32_000), language="")).text == ""
