"""A VITS voice cut in two, so that it can speak before it has finished thinking.

Piper exports one graph from phonemes to samples. Everything up to ``z_p`` (text encoder, durations, prior noise)
needs the whole clause and is cheap; everything after it (flow, HiFi-GAN) is a convolution over frames with a finite
receptive field, so it runs in pieces whose concatenation equals the whole. Both noise sources lie before the cut.
See Kim, Kong, Son: Conditional Variational Autoencoder with Adversarial Learning (2021), section 2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from agent.workers.features import Floats
from agent.workers.runtime import session

# Context of a piece in frames. The whole receptive field is 40; with 24 the error is 2e-6 rms (-114 dB), with 16 it
# can be heard.
LEFT_FRAMES = 24
RIGHT_FRAMES = 24
# The first piece is short to be heard soon; later ones grow, since every piece decodes its context again, up to what a
# reply that waits behind it can bear.
PIECE_FRAMES = (24, 40, 80)


@dataclass(frozen=True, slots=True)
class Seam:
    """Where the graph is cut: tensor names, and the node index after which the decoder begins."""

    latent: str
    mask: str
    first_node: int


def find_seam(graph: Any) -> Seam:
    """Locate ``z_p`` (the sum that takes in the prior noise) and the frame mask. Raises ValueError if it is no VITS."""
    noise = [index for index, node in enumerate(graph.node) if node.op_type == "RandomNormalLike"]
    if not noise:
        raise ValueError("the voice has no prior noise: it is not a single-speaker VITS export")
    latent, first = _noise_sum(graph, noise[-1])
    made_before = {name for node in graph.node[:first] for name in node.output}
    crossing = {name for node in graph.node[first:] for name in node.input if name in made_before}
    crossing.discard(latent)
    if len(crossing) != 1:
        raise ValueError(f"the voice cannot be cut at {latent}: {sorted(crossing)} cross too (several speakers?)")
    return Seam(latent, crossing.pop(), first)


def _noise_sum(graph: Any, noise: int) -> tuple[str, int]:
    """Follow the prior noise to the first Add: its output and the index after it."""
    tainted = set(graph.node[noise].output)
    for index in range(noise + 1, len(graph.node)):
        node = graph.node[index]
        if tainted.isdisjoint(node.input):
            continue
        if node.op_type == "Add":
            return str(node.output[0]), index + 1
        tainted.update(node.output)
    raise ValueError("the prior noise is never added: it is not a VITS export")


def _hop_samples(graph: Any) -> int:
    """Samples per frame: the product of the decoder's upsampling strides."""
    strides = [
        next(attribute.ints[0] for attribute in node.attribute if attribute.name == "strides")
        for node in graph.node
        if node.op_type == "ConvTranspose"
    ]
    return int(prod(strides))


def _part(model: Any, nodes: list[Any], inputs: list[Any], outputs: list[Any]) -> bytes:
    """A model of ``nodes`` with the initializers they use."""
    used = {name for node in nodes for name in node.input}
    weights = [weight for weight in model.graph.initializer if weight.name in used]
    graph = onnx.helper.make_graph(nodes, "part", inputs, outputs, weights)
    part = onnx.helper.make_model(graph, opset_imports=list(model.opset_import), ir_version=model.ir_version)
    return bytes(part.SerializeToString())


class Vits:
    """A single-speaker VITS voice that decodes in pieces."""

    def __init__(self, path: Path, threads: int) -> None:
        model = onnx.load(str(path))
        graph = model.graph
        seam = find_seam(graph)
        self.hop_samples = _hop_samples(graph)
        value, real = onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
        crossing = [value(seam.latent, real, [1, None, None]), value(seam.mask, real, [1, 1, None])]
        nodes = list(graph.node)
        front = _part(model, nodes[: seam.first_node], list(graph.input), crossing)
        back = _part(model, nodes[seam.first_node :], crossing, list(graph.output))
        self._front, self._back = session(front, threads), session(back, threads)
        self._seam = seam

    def pieces(self, ids: list[int], scales: tuple[float, float, float]) -> Iterator[Floats]:
        """Speak the phoneme ``ids``; ``scales`` are noise, length and duration noise. Yields samples in [-1, 1]."""
        latent, mask = self._front.run(
            [self._seam.latent, self._seam.mask],
            {
                "input": np.array([ids], np.int64),
                "input_lengths": np.array([len(ids)], np.int64),
                "scales": np.array(scales, np.float32),
            },
        )
        frames, start, count = latent.shape[2], 0, 0
        while start < frames:
            end = min(start + PIECE_FRAMES[min(count, len(PIECE_FRAMES) - 1)], frames)
            yield self._decode(latent, mask, start, end)
            start, count = end, count + 1

    def _decode(self, latent: npt.NDArray[Any], mask: npt.NDArray[Any], start: int, end: int) -> Floats:
        """Frames [start, end), decoded with their margins, which are then cut off."""
        low, high = max(0, start - LEFT_FRAMES), min(latent.shape[2], end + RIGHT_FRAMES)
        feed = {self._seam.latent: latent[:, :, low:high], self._seam.mask: mask[:, :, low:high]}
        samples = np.asarray(self._back.run(None, feed)[0], np.float32).reshape(-1)
        offset = (start - low) * self.hop_samples
        return samples[offset : offset + (end - start) * self.hop_samples]
