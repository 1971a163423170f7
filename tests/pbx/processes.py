"""What runs on this machine of a home."""

import contextlib
from pathlib import Path

from agent.setup.paths import Home


def left_of(here: Home) -> list[str]:
    """Every process that was started in that home: its files are in each one's command line."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and str(here.var).encode() in (line := (entry / "cmdline").read_bytes()):
                found.append(f"{entry.name} {line!r}")
    return found
