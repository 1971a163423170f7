"""A Piper voice: text to phonemes by espeak-ng, phonemes to 16 kHz PCM in pieces."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from piper.phoneme_ids import phonemes_to_ids
from piper.phonemize_espeak import EspeakPhonemizer

from agent.workers.features import pcm_from_samples
from agent.workers.process import CannotStart, model_file
from agent.workers.resample import Resampler
from agent.workers.vits import Vits


class PiperVoice:
    """One voice: ``voice.onnx`` and ``voice.onnx.json``. For one thread at a time (espeak-ng keeps global state)."""

    def __init__(self, folder: Path, threads: int) -> None:
        config: dict[str, Any] = json.loads(model_file(folder, "voice.onnx.json").read_text("utf-8"))
        if config.get("phoneme_type", "espeak") != "espeak":
            raise CannotStart(f"{folder}: the voice wants {config['phoneme_type']} phonemes, not those of espeak")
        self._accent = str(config["espeak"]["voice"])
        self._ids: dict[str, list[int]] = config["phoneme_id_map"]
        scales = config["inference"]
        self._scales = (float(scales["noise_scale"]), float(scales["length_scale"]), float(scales["noise_w"]))
        self._rate_hz = int(config["audio"]["sample_rate"])
        self._vits = Vits(model_file(folder, "voice.onnx"), threads)
        self._phonemizer = EspeakPhonemizer()

    def speak(self, text: str) -> Iterator[bytes]:
        """16 kHz PCM of ``text``, sentence by sentence, each in pieces."""
        resampler = Resampler(self._rate_hz)
        for sentence in self._phonemizer.phonemize(self._accent, text):
            if not sentence:
                continue
            for samples in self._vits.pieces(phonemes_to_ids(sentence, self._ids), self._scales):
                if len(ready := resampler.push(samples)):
                    yield pcm_from_samples(ready)
        if len(rest := resampler.finish()):
            yield pcm_from_samples(rest)
