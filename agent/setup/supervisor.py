"""Keeps the service's own processes up: model workers, the model server, the controller, the console.

Each is a child that ends with us. One that ends by itself is started again, at once the first time, then ever
more slowly; the others go on. A killed controller finds its calls in the journal and on the PBX.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.setup.errors import CannotSetUp
from agent.setup.files import write_text
from agent.setup.processes import Child, Program, spawn

LOOK_EVERY_S = 0.1
BACKOFF_S = (0.0, 0.5, 1.0, 2.0, 5.0)
STEADY_S = 30.0
"""A program that ran this long has recovered: its next restart is at once again."""


@dataclass(slots=True)
class _Kept:
    program: Program
    child: Child
    started_s: float
    restarts: int = 0
    due_s: float | None = None


@dataclass(slots=True)
class Supervisor:
    """Starts programs, keeps them up, writes their pids to ``pid_file`` for people and tests."""

    logs: Path
    pid_file: Path
    _kept: list[_Kept] = field(default_factory=list)

    def start(self, programs: Sequence[Program]) -> list[Child]:
        """Start programs side by side; returns their children, so that the caller may wait for readiness."""
        started = []
        for program in programs:
            child = spawn(program, self.logs / f"{program.name}.log")
            self._kept.append(_Kept(program, child, time.monotonic()))
            started.append(child)
        self._write_pids()
        return started

    def look(self) -> list[str]:
        """One look at all: restart what ended and is due. Returns the names of what was restarted."""
        restarted = []
        now = time.monotonic()
        for kept in self._kept:
            if kept.child.is_running:
                continue
            if kept.due_s is None:
                if now - kept.started_s > STEADY_S:
                    kept.restarts = 0
                kept.due_s = now + BACKOFF_S[min(kept.restarts, len(BACKOFF_S) - 1)]
            if now >= kept.due_s:
                kept.child = spawn(kept.program, kept.child.log)
                kept.started_s, kept.due_s, kept.restarts = now, None, kept.restarts + 1
                restarted.append(kept.program.name)
        if restarted:
            self._write_pids()
        return restarted

    def pid(self, name: str) -> int:
        """The pid of a running program. CannotSetUp when it is unknown."""
        for kept in self._kept:
            if kept.program.name == name:
                return kept.child.pid
        raise CannotSetUp(f"no program is called {name}", f"there are {[k.program.name for k in self._kept]}")

    def stop(self) -> None:
        """End everything, last started first."""
        for kept in reversed(self._kept):
            kept.child.stop()
        self._kept.clear()
        self.pid_file.unlink(missing_ok=True)

    def _write_pids(self) -> None:
        write_text(self.pid_file, json.dumps({k.program.name: k.child.pid for k in self._kept}, indent=1))
