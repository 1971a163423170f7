"""How each model worker is started. Starting and watching them is the set-up's affair."""

import sys
from collections.abc import Iterable
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


# Folders under the models directory, threads of one inference, niceness. Two cores must still carry the audio.
_SETTINGS: dict[str, tuple[tuple[str, ...], int, int]] = {
    "vad": (("silero-vad", "smart-turn"), 1, 2),
    "stt": (("whisper-base",), 1, 5),
    "tts": (("piper-joe",), 1, 5),
    "caller": (("kokoro",), 2, 10),
}
KINDS = tuple(_SETTINGS)


def worker_specs(models_dir: Path, run_dir: Path, kinds: Iterable[str] = KINDS) -> tuple[WorkerSpec, ...]:
    """The workers of ``kinds``; their sockets are ``run_dir/KIND.sock``. Raises KeyError for an unknown kind.

    The language model is no worker of ours: llama-server listens on a socket of its own (``HttpReasoner``).
    """
    return tuple(_spec(models_dir, run_dir, kind) for kind in kinds)


def _spec(models_dir: Path, run_dir: Path, kind: str) -> WorkerSpec:
    folders, threads, niceness = _SETTINGS[kind]
    socket = run_dir / f"{kind}.sock"
    models = [word for folder in folders for word in ("--model", str(models_dir / folder))]
    argv = [sys.executable, "-m", "agent.workers", kind, "--socket", str(socket), *models]
    return WorkerSpec(kind, (*argv, "--threads", str(threads), "--nice", str(niceness)), socket)
