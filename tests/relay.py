"""A relay in front of sockets, and the certificates for it: what tests of workers on another host share."""

import select
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from agent.adapters.models.tls import TlsPlace, tls_place
from agent.setup.pki import make_pki

START_S = 30.0
HOST = "127.0.0.1"


@dataclass
class RunningRelay:
    """A relay process on a free port of loopback, for the sockets in ``sockets``. It can be stopped and started."""

    sockets: Path
    pki: Path
    kinds: tuple[str, ...]
    port: int
    _process: subprocess.Popen[str] | None = field(default=None)

    @property
    def log(self) -> Path:
        return self.pki / "relay.log"

    def start(self) -> None:
        """Start, and wait for the ``ready`` line."""
        argv = [sys.executable, "-m", "agent.workers.relay", "--listen", f"{HOST}:{self.port}"]
        argv += ["--tls", str(self.pki / "worker"), "--sockets", str(self.sockets)]
        argv += [word for kind in self.kinds for word in ("--kind", kind)]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], START_S)
        line = self._process.stdout.readline() if readable else ""
        assert line == "ready\n", self.log.read_text()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self) -> int:
        """Ask to end; returns the exit status."""
        assert self._process is not None
        self._process.terminate()
        status = self._process.wait(START_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return status

    def place(self, kind: str) -> TlsPlace:
        """Where a controller with a good certificate finds the worker of ``kind``."""
        return tls_place(kind, f"{HOST}:{self.port}", self.pki / "controller")


def make_relay(folder: Path, sockets: Path, kinds: tuple[str, ...], port: int) -> RunningRelay:
    """A relay that is not started yet, with an authority of its own."""
    make_pki(folder, [HOST])
    return RunningRelay(sockets, folder, kinds, port)
