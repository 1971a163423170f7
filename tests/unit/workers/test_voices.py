"""The letters of the caller's voice, and the seam of the agent's."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from agent.workers.kokoro import respell
from agent.workers.vits import find_seam


@pytest.mark.parametrize(
    ("ipa", "letters"),
    [
        ("m\u02c8e\u026a", "m\u02c8A"),
        ("t\u0283\u02c8\u025b\u0279i", "\u02a7\u02c8\u025b\u0279i"),
        ("t\u0361\u0283", "t\u0361\u0283".replace("\u0361", "")),
        ("j\u02c8u\u02d0", "j\u02c8u"),
        ("w\u02c8\u028at\u025a", "w\u02c8\u028at\u0259\u0279"),
    ],
)
def test_english_is_respelled_for_kokoro(ipa: str, letters: str) -> None:
    assert respell(ipa) == letters


def graph(nodes: list[Any]) -> Any:
    real = TensorProto.FLOAT
    ends = [helper.make_tensor_value_info(name, real, [None]) for name in ("x", "y")]
    return helper.make_graph(nodes, "voice", ends[:1], ends[1:], [onnx.numpy_helper.from_array(np.ones(1), "w")])


def node(kind: str, inputs: list[str], output: str) -> Any:
    return helper.make_node(kind, inputs, [output])


FRONT = [
    node("Relu", ["x"], "mean"),
    node("Ceil", ["x"], "mask"),
    node("RandomNormalLike", ["mean"], "noise"),
    node("Mul", ["noise", "w"], "scaled"),
    node("Add", ["mean", "scaled"], "latent"),
]


def test_the_seam_is_the_sum_with_the_prior_noise_and_the_mask() -> None:
    found = find_seam(graph([*FRONT, node("Mul", ["latent", "mask"], "y")]))
    assert (found.latent, found.mask, found.first_node) == ("latent", "mask", len(FRONT))


def test_a_voice_that_cannot_be_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="no prior noise"):
        find_seam(graph([node("Relu", ["x"], "y")]))
    with pytest.raises(ValueError, match="never added"):
        find_seam(graph([*FRONT[:4], node("Relu", ["scaled"], "y")]))
    with pytest.raises(ValueError, match="several speakers"):
        find_seam(graph([*FRONT, node("Sum", ["latent", "mask", "mean"], "y")]))
