"""Real model processes for the contract suites: started once a session, stopped by pid."""

import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from agent.adapters.models.specs import WorkerSpec

START_S = 60.0


@dataclass
class Running:
    """A worker that can be killed and started again on its socket."""

    spec: WorkerSpec
    _process: subprocess.Popen[str] | None = field(default=None)

    def start(self) -> None:
        """Start, and wait for the ``ready`` line."""
        with self.log.open("w") as log:
            self._process = subprocess.Popen(self.spec.argv, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], START_S)
        line = self._process.stdout.readline() if readable else ""
        if line != "ready\n":
            self._process.kill()
            raise AssertionError(f"{self.spec.kind} did not start: {self.log.read_text()}")

    @property
    def log(self) -> Path:
        """What it wrote on stderr."""
        return self.spec.socket.with_suffix(".log")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As the kernel does when memory is short."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """Ask to end; returns the exit status."""
        os.kill(self.pid, signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """The exit status, once it has ended."""
        assert self._process is not None
        status = self._process.wait(START_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return status


def wait_until_gone(pid: int) -> bool:
    """Whether a process that is not our child ends within START_S."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False
