"""Child processes that cannot outlive us: own session, own log file, parent-death signal, stop by pid.

`setpriv --pdeathsig` (util-linux) sets PR_SET_PDEATHSIG (prctl(2)) in the child itself, so nothing runs between fork
and exec in a process that may have threads. The signal is sent when the *thread* that spawned the child ends: spawn
from a thread that lives as long as the child should.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.setup.errors import CannotSetUp

_POLL_S = 0.02
_TAIL_BYTES = 4000


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. `niceness` is added to ours (0 to 19); `environment` is added to ours too.

    `when_orphaned` is the signal it gets when we die without stopping it.
    """

    name: str
    argv: tuple[str, ...]
    directory: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    niceness: int = 0
    when_orphaned: signal.Signals = signal.SIGTERM


@dataclass(slots=True)
class Child:
    """A running program. `stop` is idempotent."""

    program: Program
    log: Path
    _process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative: killed by that signal."""
        return self._process.poll()

    def wait_ready(self, is_ready: Callable[[], bool], timeout_s: float) -> None:
        """Poll until `is_ready`. CannotSetUp, with the log's last line, where the program ends or stays silent."""
        deadline = time.monotonic() + timeout_s
        while not is_ready():
            if not self.is_running:
                raise CannotSetUp(
                    f"{self.program.name} ended with status {self.exit_status}: {last_line(self.log)}",
                    f"see {self.log}",
                )
            if time.monotonic() > deadline:
                self.stop()
                raise CannotSetUp(
                    f"{self.program.name} was not ready after {timeout_s:.0f} s: {last_line(self.log)}",
                    f"see {self.log}",
                )
            time.sleep(_POLL_S)

    def stop(self, grace_s: float = 5.0, ask: signal.Signals = signal.SIGTERM) -> None:
        """Ask politely, then kill what is left of the program and of its own children."""
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(ask)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace_s)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


def spawn(program: Program, log: Path) -> Child:
    """Start a program, its output appended to `log`. CannotSetUp where it cannot be started."""
    log.parent.mkdir(parents=True, exist_ok=True)
    prefix: Sequence[str] = ("setpriv", "--pdeathsig", program.when_orphaned.name.removeprefix("SIG"), "--")
    if program.niceness:
        prefix = ("nice", "-n", str(program.niceness), *prefix)
    try:
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*prefix, *program.argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=program.directory,
                env={**os.environ, **program.environment},
                start_new_session=True,
            )
    except OSError as error:
        remedy = "install util-linux" if error.filename == prefix[0] else f"see that {program.argv[0]} is there"
        raise CannotSetUp(f"cannot start {program.name}: {error}", remedy) from error
    return Child(program, log, process)


def last_line(log: Path) -> str:
    """The last line of a log that says something; what it was, if it says nothing."""
    try:
        with log.open("rb") as source:
            source.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            lines = [line.strip() for line in source.read().decode(errors="replace").splitlines()]
    except OSError:
        return "no log"
    return next((line for line in reversed(lines) if line), "its log is empty")
