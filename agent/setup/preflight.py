"""What must hold before set-up touches anything: the machine, the disk, and that nobody else is at it."""

import contextlib
import fcntl
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from agent.setup.errors import CannotSetUp
from agent.setup.paths import Home

# Models 0.75 GB, the same again on its way, requantised model 0.4, Asterisk and llama.cpp 0.35, packages in flight 0.2.
_FIRST_RUN_MB = 3000
_LATER_RUN_MB = 300


def check(home: Home) -> None:
    """CannotSetUp where this machine cannot do it, or where its disk is (nearly) full."""
    require_platform(platform.system(), platform.machine())
    make_writable(home.var)
    is_first = not (home.stamps / "complete").exists()
    require_disk(shutil.disk_usage(home.var).free >> 20, _FIRST_RUN_MB if is_first else _LATER_RUN_MB, home.var)


def require_platform(system: str, machine: str) -> None:
    if (system, machine) != ("Linux", "x86_64"):
        raise CannotSetUp(f"this is {system} on {machine}", "use Linux on x86_64: Debian 12 or Ubuntu 24.04")


def require_disk(free_mb: int, needed_mb: int, where: Path) -> None:
    if free_mb < needed_mb:
        raise CannotSetUp(
            f"{where} has {free_mb} MB free, {needed_mb} MB are needed",
            "free some disk, or set ATTENDANT_HOME to a directory on another one",
        )


def make_writable(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotSetUp(f"cannot make {directory}: {error.strerror}", _elsewhere()) from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise CannotSetUp(f"cannot write to {directory}", _elsewhere())


@contextlib.contextmanager
def hold(lock: Path, what: str) -> Iterator[None]:
    """Hold `lock` (flock(2), so that a crash frees it) for as long as the block runs.

    CannotSetUp, naming the holder's pid, where another process holds it. `what` completes "... is at work already".
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            raise CannotSetUp(f"{what} is at work already (pid {holder})", "wait for it to end, or stop it") from error
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield
        handle.truncate(0)


def _elsewhere() -> str:
    return "set ATTENDANT_HOME to a directory you own"
