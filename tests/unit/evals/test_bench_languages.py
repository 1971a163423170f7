"""The bench of languages counts what the policy would decide."""

from collections.abc import Iterator

import pytest

from agent.evals.bench_languages import MIN_SPEECH_MS, SENTENCE_MS, _told
from agent.values.audio import BYTES_PER_MS
from agent.values.talk import Transcript

HEARD = [("es", 0.95), ("es", 0.6), ("fr", 0.97), ("en", 0.99), ("es", 0.99)]


class Scripted:
    """Tells the languages of HEARD one after the other; every turn must ask for it."""

    def __init__(self) -> None:
        self.asked = 0

    async def transcribe(
        self, pcm: bytes, hints: str = "", is_final: bool = True, stream: str = "", language: str = "en"
    ) -> Transcript:
        assert language == ""
        self.asked += 1
        code, probability = HEARD[self.asked - 1]
        return Transcript("palabras", language=code, language_prob=probability)


def turns() -> Iterator[bytes]:
    yield bytes((MIN_SPEECH_MS - 1) * BYTES_PER_MS)
    yield bytes(SENTENCE_MS * BYTES_PER_MS)
    for _ in range(10):
        yield bytes(MIN_SPEECH_MS * BYTES_PER_MS)


@pytest.mark.parametrize(
    ("language", "right", "unsure", "another"), [("es", 2, 2, 1), ("en", 1, 1, 3)], ids=["spanish", "english"]
)
async def test_what_is_short_does_not_count_and_what_is_sure_is_decided(
    language: str, right: int, unsure: int, another: int
) -> None:
    found = await _told(Scripted(), language, turns(), len(HEARD))
    assert (found["n"], found["right"], found["unsure"], found["another_language"]) == (5, right, unsure, another)
    assert found["sentences"] == {"n": 1, "right": int(language == "es")}
