"""Whisper on CTranslate2, fitted to telephone turns: the encoder hears little more than the speech.

The model was trained on windows of 30 s, and its decoder finds the end of the text by the silence that fills them: on a
shorter window it says the sentence again, or worse. The encoder's states of silence, however, hardly depend on
what was said before. They are computed once, and put behind those of the speech and a second of silence.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import ctranslate2
import numpy as np
import tokenizers

from agent.workers.features import RATE_HZ, Floats, log_mel
from agent.workers.gates import MIN_PEAK, is_speech, repeats
from agent.workers.murmur import LENGTH_S, murmur
from agent.workers.options import Options
from agent.workers.process import CannotStart, model_file

WHOLE_WINDOW_S = 30
# Silence that the encoder hears after the speech.
TAIL_S = 1
MAX_SPEECH_S = WHOLE_WINDOW_S - 2
STEP_S = 0.5
STATES_PER_S = 50
# The first of the kept states that are silence.
SPOKEN_STATES = (LENGTH_S + 1) * STATES_PER_S
# No one says more; it bounds a decoder that runs away.
SPARE_TOKENS = 12
TOKENS_PER_S = 10
MAX_HINT_TOKENS = 100
# A short answer has little that supports it: several readings are weighed, at 15 ms more.
BEAM = 4
BEAM_S = 4.0
# Short of this a caller with an accent, or a word or two, would be taken for a speaker of another language.
SURE_LANGUAGE = 0.9
LANGUAGES = ("en", "es", "fr", "de", "it")


@dataclass(frozen=True, slots=True)
class Heard:
    """What was recognised; ``text`` is empty when it was not speech."""

    text: str
    no_speech_prob: float
    avg_logprob: float
    language: str = ""
    language_prob: float = 0.0


NOTHING = Heard("", 1.0, 0.0)


def window_s(duration_s: float) -> float:
    """Length of the encoder window for speech of ``duration_s`` (at most MAX_SPEECH_S)."""
    return math.ceil((duration_s + TAIL_S) / STEP_S) * STEP_S


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


def _opened(folder: Path, options: Options, parallel: int) -> ctranslate2.models.Whisper:
    """The model on the device that is asked for. Raises CannotStart where there is none."""
    if options.device == "cuda" and not ctranslate2.get_cuda_device_count():
        raise CannotStart('no GPU is found by CTranslate2: see nvidia-smi, or choose set = "cpu" for this host')
    return ctranslate2.models.Whisper(
        str(folder),
        device=options.device,
        compute_type="int8" if options.device == "cpu" else "int8_float16",
        intra_threads=options.threads,
        inter_threads=parallel,
    )


class Whisper:
    """A multilingual Whisper model with its ``tokenizer.json``. Safe to call from several threads."""

    def __init__(self, folder: Path, options: Options, parallel: int) -> None:
        model_file(folder, "model.bin")
        self._model = _opened(folder, options, parallel)
        self._tokens = tokenizers.Tokenizer.from_file(str(model_file(folder, "tokenizer.json")))
        self._own = options.language
        self._starts: dict[str, list[int]] = {}
        self._start(self._own)
        self._previous = self._token("<|startofprev|>")
        # A GPU has time for the whole window.
        has_time = options.device != "cpu"
        self._silence = None if has_time else np.asarray(self._states(murmur(), WHOLE_WINDOW_S))

    def _token(self, name: str) -> int:
        token = self._tokens.token_to_id(name)
        if token is None:
            raise CannotStart(f"the recogniser knows no {name}: choose a language it speaks")
        return int(token)

    def transcribe(
        self, samples: Floats, hints: str = "", language: str = "en", is_whole_window: bool = False
    ) -> Heard:
        """Recognise 16 kHz ``samples`` of any length. ``hints`` are words to expect.

        ``is_whole_window`` gives the encoder the 30 s it was trained on, as a baseline.

        Without a ``language`` it is found out and told; where that is not sure, the worker's own is taken to be spoken.
        Raises CannotStart for a language that the model does not have.
        """
        heard: list[Heard] = []
        for part in stretches(samples):
            heard.append(self._stretch(part, hints, language, is_whole_window))
            language = language or self._taken(heard[0])
        spoken = [part for part in heard if part.text]
        if not spoken:
            return heard[0]
        return Heard(
            " ".join(part.text for part in spoken),
            max(part.no_speech_prob for part in spoken),
            min(part.avg_logprob for part in spoken),
            heard[0].language,
            heard[0].language_prob,
        )

    def _start(self, language: str) -> list[int]:
        """What every transcript in ``language`` begins with."""
        if language not in self._starts:
            names = ("<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>")
            self._starts[language] = [self._token(name) for name in names]
        return self._starts[language]

    def _taken(self, heard: Heard) -> str:
        """The language to transcribe in, after one was looked for."""
        is_sure = heard.language_prob >= SURE_LANGUAGE and heard.language in LANGUAGES
        return heard.language if is_sure else self._own

    def _stretch(self, samples: Floats, hints: str, language: str, is_whole_window: bool) -> Heard:
        if len(samples) < RATE_HZ // 20 or np.abs(samples).max() < MIN_PEAK:
            return NOTHING
        duration_s = len(samples) / RATE_HZ
        encoded = self._encoded(samples, is_whole_window)
        found = Heard("", 0.0, 0.0) if language else self._language(encoded)
        start = self._start(language or self._taken(found))
        heard = self._decode(encoded, self._prompt(hints, start), duration_s)
        if repeats(heard.text, hints):
            # Few callers repeat our question, but the decoder does. Those who did are heard without it, too.
            heard = self._decode(encoded, start, duration_s)
        is_believed = is_speech(heard.text, heard.no_speech_prob, heard.avg_logprob, duration_s, hints)
        told = replace(heard, language=found.language, language_prob=found.language_prob)
        return told if is_believed else Heard("", heard.no_speech_prob, heard.avg_logprob)

    def _encoded(self, samples: Floats, is_whole_window: bool) -> ctranslate2.StorageView:
        if is_whole_window or self._silence is None:
            return self._states(samples, WHOLE_WINDOW_S)
        states = np.asarray(self._states(samples, window_s(len(samples) / RATE_HZ)))
        # Those at the same places of their window: where the murmur is, there is speech.
        joined = np.concatenate((states, self._silence[:, max(states.shape[1], SPOKEN_STATES) :]), axis=1)
        return ctranslate2.StorageView.from_array(np.ascontiguousarray(joined))

    def _states(self, samples: Floats, length_s: float) -> ctranslate2.StorageView:
        """What the encoder makes of ``samples`` at the beginning of a window of silence: (1, 50 a second, width)."""
        window = np.zeros(int(length_s * RATE_HZ), np.float32)
        window[: len(samples)] = samples
        return self._model.encode(ctranslate2.StorageView.from_array(log_mel(window, self._model.n_mels)[None]))

    def _language(self, encoded: ctranslate2.StorageView) -> Heard:
        """The likeliest of our languages, without the text: one decoder step."""
        if not self._model.is_multilingual:
            return Heard("", 0.0, 0.0, self._own, 1.0)
        found = {
            token.strip("<|>"): float(probability) for token, probability in self._model.detect_language(encoded)[0]
        }
        # Among ours alone: an accent is otherwise taken for the speaker's own language.
        known = {language: found.get(language, 0.0) for language in LANGUAGES}
        language = max(known, key=known.__getitem__)
        return Heard("", 0.0, 0.0, language, known[language] / (sum(known.values()) or 1.0))

    def _prompt(self, hints: str, start: list[int]) -> list[int]:
        """Hints stand where the text before would."""
        if not hints:
            return start
        words = self._tokens.encode(f" {hints.strip()}", add_special_tokens=False).ids[-MAX_HINT_TOKENS:]
        return [self._previous, *words, *start]

    def _decode(self, encoded: ctranslate2.StorageView, prompt: list[int], duration_s: float) -> Heard:
        longest = len(prompt) + SPARE_TOKENS + int(duration_s * TOKENS_PER_S)
        (result,) = self._model.generate(
            encoded,
            [prompt],
            beam_size=BEAM if duration_s <= BEAM_S else 1,
            max_length=min(longest, 448),
            return_scores=True,
            return_no_speech_prob=True,
        )
        ids = result.sequences_ids[0]
        text = self._tokens.decode(ids, skip_special_tokens=True).strip()
        # The score averages over the tokens; Whisper's own measure counts the end token too.
        avg_logprob = float(result.scores[0]) * len(ids) / (len(ids) + 1)
        return Heard(text, float(result.no_speech_prob), avg_logprob)
