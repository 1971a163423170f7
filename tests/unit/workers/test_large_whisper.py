"""A model shaped like Whisper's large v3 (128 mel bands, random weights) is opened by the same code; no GPU is told."""

import shutil
from pathlib import Path

import ctranslate2
import numpy as np
import pytest
from ctranslate2.specs import WhisperSpec

from agent.setup.paths import home
from agent.workers.options import Options
from agent.workers.process import CannotStart
from agent.workers.whisper import Whisper

WIDTH = 64
BANDS = 128
BASE = home().models / "whisper-base"


def random_weights(spec: WhisperSpec, words: int) -> None:
    """Fill every weight of ``spec`` in its shape, with a fixed seed."""
    chance = np.random.default_rng(0)

    def matrix(*shape: int) -> np.ndarray:
        return (chance.standard_normal(shape) * 0.02).astype(np.float32)

    def linear(layer: object, rows: int, columns: int) -> None:
        layer.weight, layer.bias = matrix(rows, columns), matrix(rows)  # type: ignore[attr-defined]

    def norm(layer: object) -> None:
        layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)  # type: ignore[attr-defined]

    def attention(layer: object, widths: tuple[int, ...]) -> None:
        norm(layer.layer_norm)  # type: ignore[attr-defined]
        for part, rows in zip(layer.linear, widths, strict=True):  # type: ignore[attr-defined]
            linear(part, rows, WIDTH)

    def feed_forward(layer: object) -> None:
        norm(layer.layer_norm)  # type: ignore[attr-defined]
        linear(layer.linear_0, 4 * WIDTH, WIDTH)  # type: ignore[attr-defined]
        linear(layer.linear_1, WIDTH, 4 * WIDTH)  # type: ignore[attr-defined]

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = matrix(WIDTH, BANDS, 3), matrix(WIDTH)
    encoder.conv2.weight, encoder.conv2.bias = matrix(WIDTH, WIDTH, 3), matrix(WIDTH)
    encoder.position_encodings.encodings = matrix(1500, WIDTH)
    norm(encoder.layer_norm)
    for layer in encoder.layer:
        attention(layer.self_attention, (3 * WIDTH, WIDTH))
        feed_forward(layer.ffn)
    decoder.embeddings.weight = matrix(words, WIDTH)
    decoder.position_encodings.encodings = matrix(448, WIDTH)
    norm(decoder.layer_norm)
    decoder.projection.weight = decoder.embeddings.weight
    for layer in decoder.layer:
        attention(layer.self_attention, (3 * WIDTH, WIDTH))
        attention(layer.attention, (WIDTH, 2 * WIDTH, WIDTH))
        feed_forward(layer.ffn)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    words = (BASE / "vocabulary.txt").read_text().splitlines()
    spec = WhisperSpec(1, 2, 1, 2)
    random_weights(spec, len(words))
    spec.register_vocabulary(words)
    spec.config.lang_ids = list(range(50259, 50358))
    spec.validate()
    spec.save(str(folder))
    shutil.copy(BASE / "tokenizer.json", folder)
    return folder


def test_it_is_opened_and_fed_with_its_own_bands(large: Path) -> None:
    assert ctranslate2.models.Whisper(str(large), device="cpu").n_mels == BANDS
    whisper = Whisper(large, Options((large,)), parallel=1)
    noise = np.random.default_rng(1).normal(0, 0.1, 32_000).astype(np.float32)
    heard = whisper.transcribe(noise, "", "")
    assert 0.0 <= heard.no_speech_prob <= 1.0


def test_without_a_gpu_that_is_said_in_one_line(large: Path) -> None:
    if ctranslate2.get_cuda_device_count():
        assert Whisper(large, Options((large,), device="cuda"), parallel=1)
    else:
        with pytest.raises(CannotStart, match="no GPU is found by CTranslate2: see nvidia-smi"):
            Whisper(large, Options((large,), device="cuda"), parallel=1)
