"""CPU seconds that a model worker has used, as the kernel counts them (``schedstat``: nanoseconds on a CPU)."""

import socket
import struct
from pathlib import Path

_UCRED = struct.Struct("3i")


class WorkerCpu:
    """The process that listens on a unix socket, on this machine."""

    def __init__(self, path: Path) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.connect(str(path))
            pid, _, _ = _UCRED.unpack(probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
        self._tasks = Path(f"/proc/{pid}/task")

    def seconds(self) -> float:
        """Used so far by all its threads; a thread that ends takes its share along, and a worker's threads stay.

        Raises OSError when the process is gone or its kernel does not count.
        """
        counts = [(task / "schedstat").read_text().split()[0] for task in self._tasks.iterdir()]
        return sum(int(count) for count in counts) / 1e9
