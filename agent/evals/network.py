"""The network between the simulated caller and the carrier: loss and jitter, both ways, drawn from the call's seed.

Each packet is lost by chance of its own, and each that is not waits for up to ``jitter_ms``. Packets do not overtake
one another: what delays them on a line to a provider is queues.
"""

import asyncio
import socket
from collections import deque
from dataclasses import dataclass
from random import Random

from agent.adapters.rtp.line import RtpLine, bound_socket
from agent.evals.scenario import Network

_Datagram = tuple[bytes, tuple[str, int]]


@dataclass(slots=True)
class _Way:
    """One direction: the fate of each packet."""

    network: Network
    rng: Random
    last_due_s: float = 0.0

    def due_s(self, now_s: float) -> float | None:
        """When a packet that set out now arrives; None when it does not."""
        # Both are drawn for every packet, so that one setting does not change the luck of the other.
        is_lost = self.rng.random() * 100 < self.network.loss_percent
        delay_s = self.rng.uniform(0, self.network.jitter_ms) / 1000
        if is_lost:
            return None
        self.last_due_s = max(self.last_due_s, now_s + delay_s)
        return self.last_due_s


class ImpairedSocket:
    """A bound UDP socket behind a bad network (agent.adapters.rtp.line.Datagrams). Needs a running event loop."""

    def __init__(self, sock: socket.socket, network: Network, seed: int) -> None:
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        self._out, self._in = _Way(network, Random(f"{seed} out")), _Way(network, Random(f"{seed} in"))
        self._leaving: deque[bytes] = deque()
        self._arriving: deque[tuple[float, _Datagram]] = deque()

    def getsockname(self) -> tuple[str, int]:
        """See socket."""
        name: tuple[str, int] = self._socket.getsockname()
        return name

    def connect(self, address: tuple[str, int]) -> None:
        """See socket."""
        self._socket.connect(address)

    def send(self, data: bytes) -> int:
        """A packet sets out; nobody is told whether it arrives."""
        now_s = self._loop.time()
        due_s = self._out.due_s(now_s)
        if due_s is not None:
            self._leaving.append(data)
            self._loop.call_at(due_s, self._deliver)
        return len(data)

    def recvfrom(self, size: int) -> _Datagram:
        """The next packet that has arrived. Raises BlockingIOError when there is none yet."""
        now_s = self._loop.time()
        self._fetch(size, now_s)
        if not self._arriving or self._arriving[0][0] > now_s:
            raise BlockingIOError
        return self._arriving.popleft()[1]

    def close(self) -> None:
        """What is under way is lost."""
        self._socket.close()

    def _deliver(self) -> None:
        # The oldest, whichever timer this is: those that are due at one time run in no particular order.
        data = self._leaving.popleft()
        try:
            self._socket.send(data)
        except OSError:
            # Closed meanwhile, or the other side is: on a network nobody would know.
            return

    def _fetch(self, size: int, now_s: float) -> None:
        while True:
            try:
                datagram = self._socket.recvfrom(size)
            except BlockingIOError:
                return
            due_s = self._in.due_s(now_s)
            if due_s is not None:
                self._arriving.append((due_s, datagram))


def impaired_line(host: str, network: Network, seed: int) -> RtpLine:
    """A line of a caller who is badly connected. Raises OSError when no port is free."""
    return RtpLine(ImpairedSocket(bound_socket(host, 0), network, seed))
