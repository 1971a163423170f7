"""What runs on this machine of a home."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from agent.setup.paths import Home

PATIENCE_S = 90.0


def left_of(here: Home) -> list[str]:
    """Every process that was started in that home: its files are in each one's command line."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and str(here.var).encode() in (line := (entry / "cmdline").read_bytes()):
                found.append(f"{entry.name} {line!r}")
    return found


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for a state of the world; the time it takes is the machine's."""
    give_up = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up, what
        time.sleep(0.05)
