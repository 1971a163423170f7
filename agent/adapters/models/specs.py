"""How each model worker is started. Starting and watching them is the set-up's affair."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """A worker's command line and where it will listen.

    It prints ``ready`` on stdout when it serves, exits with 2 and one line on stderr when it cannot, ends at once on
    SIGTERM, and ends when the thread that started it does.
    """

    kind: str
    argv: tuple[str, ...]
    socket: Path


# Threads of one inference, niceness. Two cores must still carry the audio.
_SETTINGS: dict[str, tuple[int, int]] = {"vad": (1, 2), "stt": (1, 5), "tts": (1, 5), "caller": (2, 10)}
KINDS = tuple(_SETTINGS)


@dataclass(frozen=True, slots=True)
class Weights:
    """What a worker opens: folders under the models directory, in the order its kind expects, and where it runs."""

    folders: tuple[str, ...]
    device: str = "cpu"


TINY: Mapping[str, Weights] = {
    "vad": Weights(("silero-vad", "smart-turn")),
    "stt": Weights(("whisper-base",)),
    "tts": Weights(("piper-joe",)),
    "caller": Weights(("kokoro",)),
}


def worker_specs(
    models_dir: Path, run_dir: Path, kinds: Iterable[str] = KINDS, weights: Mapping[str, Weights] = TINY
) -> tuple[WorkerSpec, ...]:
    """The workers of ``kinds``; their sockets are ``run_dir/KIND.sock``. Raises KeyError for an unknown kind.

    The language model is no worker of ours: llama-server listens on a socket of its own (``HttpReasoner``).
    """
    return tuple(_spec(models_dir, run_dir / f"{kind}.sock", kind, weights[kind]) for kind in kinds)


def voice_socket(run_dir: Path, voice: str) -> Path:
    """Where the worker of a further voice listens."""
    return run_dir / f"tts-{voice}.sock"


def voice_spec(models_dir: Path, run_dir: Path, voice: str) -> WorkerSpec:
    """The worker of a further voice, beside the agent's own."""
    return _spec(models_dir, voice_socket(run_dir, voice), "tts", Weights((voice,)))


def _spec(models_dir: Path, socket: Path, kind: str, weights: Weights) -> WorkerSpec:
    threads, niceness = _SETTINGS[kind]
    models = [word for folder in weights.folders for word in ("--model", str(models_dir / folder))]
    argv = [sys.executable, "-m", "agent.workers", kind, "--socket", str(socket), *models]
    return WorkerSpec(
        kind, (*argv, "--threads", str(threads), "--nice", str(niceness), "--device", weights.device), socket
    )
