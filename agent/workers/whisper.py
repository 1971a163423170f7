"""Whisper on CTranslate2, fitted to telephone turns: a short encoder window, greedy decoding, bounded length."""

from dataclasses import dataclass
from pathlib import Path

import ctranslate2
import numpy as np
import tokenizers

from agent.workers.features import RATE_HZ, Floats, log_mel
from agent.workers.gates import MAX_NO_SPEECH, MIN_PEAK, is_speech
from agent.workers.process import CannotStart, model_file

# The model was trained on 30 s; 10 s reads short turns as well, six times as fast. The decoder needs the silence
# after the speech to find its end: 2 s of it beyond 8 s of speech.
SHORT_WINDOW_S = 10
TAIL_S = 2
MAX_WINDOW_S = 30
MAX_SPEECH_S = MAX_WINDOW_S - TAIL_S
# No one says more; it bounds a decoder that runs away.
SPARE_TOKENS = 12
TOKENS_PER_S = 10
MAX_HINT_TOKENS = 100


@dataclass(frozen=True, slots=True)
class Heard:
    """What was recognised; ``text`` is empty when it was not speech."""

    text: str
    no_speech_prob: float
    avg_logprob: float


NOTHING = Heard("", 1.0, 0.0)


def window_s(duration_s: float) -> int:
    """Length of the encoder window for speech of ``duration_s`` (at most MAX_SPEECH_S)."""
    return SHORT_WINDOW_S if duration_s <= SHORT_WINDOW_S - TAIL_S else min(int(np.ceil(duration_s)) + TAIL_S, 30)


def stretches(samples: Floats) -> list[Floats]:
    """Cut what exceeds the model's window at the quietest 100 ms of its last 4 s."""
    limit, step, parts = MAX_SPEECH_S * RATE_HZ, RATE_HZ // 10, []
    while len(samples) > limit:
        first = limit - 4 * RATE_HZ
        energy = (samples[first:limit].reshape(-1, step) ** 2).sum(axis=1)
        cut = first + int(energy.argmin()) * step + step // 2
        parts.append(samples[:cut])
        samples = samples[cut:]
    return [*parts, samples]


class Whisper:
    """A multilingual Whisper model with its ``tokenizer.json``. Safe to call from several threads."""

    def __init__(self, folder: Path, language: str, threads: int, parallel: int) -> None:
        model_file(folder, "model.bin")
        self._model = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", intra_threads=threads, inter_threads=parallel
        )
        self._tokens = tokenizers.Tokenizer.from_file(str(model_file(folder, "tokenizer.json")))
        names = ("<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>")
        self._start = [self._token(name) for name in names]
        self._previous = self._token("<|startofprev|>")

    def _token(self, name: str) -> int:
        token = self._tokens.token_to_id(name)
        if token is None:
            raise CannotStart(f"the recogniser knows no {name}: choose a language it speaks")
        return int(token)

    def transcribe(self, samples: Floats, hints: str = "") -> Heard:
        """Recognise 16 kHz ``samples`` of any length. ``hints`` are words to expect."""
        heard = [self._stretch(part, hints) for part in stretches(samples)]
        spoken = [part for part in heard if part.text]
        if not spoken:
            return heard[0]
        return Heard(
            " ".join(part.text for part in spoken),
            max(part.no_speech_prob for part in spoken),
            min(part.avg_logprob for part in spoken),
        )

    def _stretch(self, samples: Floats, hints: str) -> Heard:
        if len(samples) < RATE_HZ // 20 or np.abs(samples).max() < MIN_PEAK:
            return NOTHING
        duration_s = len(samples) / RATE_HZ
        window = np.zeros(window_s(duration_s) * RATE_HZ, np.float32)
        window[: len(samples)] = samples
        encoded = self._model.encode(ctranslate2.StorageView.from_array(log_mel(window)[None]))
        if hints and (no_speech := self._no_speech(encoded)) >= MAX_NO_SPEECH:
            # Hints leak into the text of noise, and lower its no_speech_prob: they are given to speech only.
            return Heard("", no_speech, 0.0)
        heard = self._decode(encoded, self._prompt(hints), duration_s)
        is_believed = is_speech(heard.text, heard.no_speech_prob, heard.avg_logprob, duration_s)
        return heard if is_believed else Heard("", heard.no_speech_prob, heard.avg_logprob)

    def _no_speech(self, encoded: ctranslate2.StorageView) -> float:
        """The model's belief, without hints, that there is no speech: one decoder step."""
        length = len(self._start) + 1
        (result,) = self._model.generate(
            encoded, [self._start], beam_size=1, max_length=length, return_no_speech_prob=True
        )
        return float(result.no_speech_prob)

    def _prompt(self, hints: str) -> list[int]:
        if not hints:
            return self._start
        words = self._tokens.encode(f" {hints.strip()}", add_special_tokens=False).ids[-MAX_HINT_TOKENS:]
        return [self._previous, *words, *self._start]

    def _decode(self, encoded: ctranslate2.StorageView, prompt: list[int], duration_s: float) -> Heard:
        longest = len(prompt) + SPARE_TOKENS + int(duration_s * TOKENS_PER_S)
        (result,) = self._model.generate(
            encoded,
            [prompt],
            beam_size=1,
            max_length=min(longest, 448),
            return_scores=True,
            return_no_speech_prob=True,
        )
        ids = result.sequences_ids[0]
        text = self._tokens.decode(ids, skip_special_tokens=True).strip()
        # The score averages over the tokens; Whisper's own measure counts the end token too.
        avg_logprob = float(result.scores[0]) * len(ids) / (len(ids) + 1)
        return Heard(text, float(result.no_speech_prob), avg_logprob)
