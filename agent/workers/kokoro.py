"""Kokoro-82M speaking English with voices of another language: natural enough to ring up with an accent."""

import json
import re
from pathlib import Path

import numpy as np
import soxr
from piper.phonemize_espeak import EspeakPhonemizer

from agent.workers.features import RATE_HZ, Floats
from agent.workers.process import model_file
from agent.workers.runtime import session

_MODEL_RATE_HZ = 24_000
MAX_TOKENS = 480
# Kokoro writes English diphthongs and affricates as one letter each, and no vowel lengths.
_RESPELLED = {
    "e\u026a": "A",
    "o\u028a": "O",
    "a\u026a": "I",
    "a\u028a": "W",
    "\u0254\u026a": "Y",
    "t\u0283": "\u02a7",
    "d\u0292": "\u02a4",
    "\u025a": "\u0259\u0279",
    "\u02d0": "",
    "\u0361": "",
}
_SPELLING = re.compile("|".join(_RESPELLED))


def respell(ipa: str) -> str:
    """espeak-ng's IPA as Kokoro was trained to read it."""
    return _SPELLING.sub(lambda found: _RESPELLED[found.group()], ipa)


class Kokoro:
    """``model.onnx`` (24 kHz), ``voices.npz`` (a style by token count) and ``vocab.json``. For one thread at a time."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._letters: dict[str, int] = json.loads(model_file(folder, "vocab.json").read_text("utf-8"))["vocab"]
        with np.load(model_file(folder, "voices.npz")) as styles:
            self._styles = {name: np.asarray(styles[name], np.float32) for name in styles.files}
        self._session = session(model_file(folder, "model.onnx"), threads)
        self._phonemizer = EspeakPhonemizer()

    @property
    def voices(self) -> tuple[str, ...]:
        """Names of the voices."""
        return tuple(sorted(self._styles))

    def render(self, text: str, voice: str) -> Floats:
        """16 kHz samples of ``text``. Raises KeyError for an unknown voice."""
        styles = self._styles[voice]
        parts = [self._sentence(ids, styles) for ids in self._sentences(text)]
        samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return np.asarray(soxr.resample(samples, _MODEL_RATE_HZ, RATE_HZ, quality="HQ"), np.float32)

    def _sentences(self, text: str) -> list[list[int]]:
        """Token ids by sentence; letters outside the vocabulary are left out."""
        spelled = (respell("".join(sentence)) for sentence in self._phonemizer.phonemize("en-us", text))
        tokens = ([self._letters[letter] for letter in line if letter in self._letters] for line in spelled)
        return [ids[:MAX_TOKENS] for ids in tokens if ids]

    def _sentence(self, ids: list[int], styles: Floats) -> Floats:
        feed = {
            "tokens": np.array([[0, *ids, 0]], np.int64),
            "style": styles[min(len(ids), len(styles) - 1)],
            "speed": np.ones(1, np.float32),
        }
        return np.asarray(self._session.run(None, feed)[0], np.float32).reshape(-1)
