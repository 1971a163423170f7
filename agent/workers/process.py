"""What every worker process does to itself: yield the CPU to audio, and die with its parent."""

import ctypes
import os
import signal
from pathlib import Path

_PR_SET_PDEATHSIG = 1


class CannotStart(RuntimeError):
    """The worker cannot serve; the text is one line: what is wrong and what mends it."""


def die_with_parent() -> None:
    """Have the kernel send SIGTERM when the parent ends (prctl(2)).

    The signal follows the parent's *thread* that started us: start workers from a thread that lasts.
    """
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        raise SystemExit(0)


def model_file(folder: Path, name: str) -> Path:
    """The file ``name`` of a model. Raises CannotStart if it is missing or empty."""
    path = folder / name
    if not path.is_file() or path.stat().st_size == 0:
        raise CannotStart(f"{path}: no such model file; fetch it with `attendant models fetch`")
    return path
