"""A media line without a network: what comes in is scripted or fed, what goes out is kept.

It keeps the port's contract with the real parts of the media room (jitter, concealment), fed with frames
instead of datagrams: one scripted entry arrives per exchange.
"""

from collections import deque
from collections.abc import Callable, Iterable

from agent.media.intake import Intake
from agent.media.rtp import SEQUENCE_MODULO
from agent.values.audio import FRAME_BYTES, FRAME_MS, AudioFrame

FIRST_PORT = 40_000


class FakeLine:
    """One line. ``script`` has an entry for each exchange: a frame, or None for a lost packet; then nothing comes."""

    def __init__(self, port: int, script: Iterable[bytes | None] = ()) -> None:
        self.sent: list[bytes] = []
        """Every frame given to ``exchange`` while connected, in order."""
        self.peer: tuple[str, int] | None = None
        self.is_closed = False
        self._port = port
        self._script = iter(script)
        self._inbox: deque[tuple[int, bytes]] = deque()
        self._sequence_number = 0
        self._intake = Intake()
        self._exchanges = 0
        self._quiet = 0
        self._foreign = 0
        self._malformed = 0

    @property
    def port(self) -> int:
        """The line's number."""
        return self._port

    @property
    def quiet_ms(self) -> int:
        """How long nothing has come in, in ms of exchanges."""
        return self._quiet * FRAME_MS

    def connect(self, host: str, port: int) -> None:
        """Set the peer."""
        self.peer = (host, port)

    def feed(self, pcm: bytes | None) -> None:
        """Let the peer send one more frame before the next exchange; None is a packet lost on its way."""
        if pcm is not None:
            self.deliver(self._sequence_number, pcm)
        self._sequence_number = (self._sequence_number + 1) % SEQUENCE_MODULO

    def deliver(self, sequence_number: int, pcm: bytes) -> None:
        """Let a packet of the peer arrive out of the ordinary: late, twice, or of a wrong length."""
        self._inbox.append((sequence_number, pcm))

    def intrude(self) -> None:
        """Let a packet of a stranger arrive."""
        self._foreign += 1

    def exchange(self, pcm: bytes) -> AudioFrame | None:
        """Keep ``pcm``; give the next frame of script and feed."""
        at_ms = self._exchanges * FRAME_MS
        self._exchanges += 1
        if self.is_closed:
            return None
        self._quiet += 1
        if self.peer is None:
            return None
        self.sent.append(pcm)
        for scripted in self._script:
            self.feed(scripted)
            break
        while self._inbox:
            self._arrive(*self._inbox.popleft())
        return self._intake.take(at_ms)

    def stats(self) -> dict[str, int]:
        """The counters of the port."""
        counts = self._intake.counts
        return {
            "received": counts.received,
            "late": counts.late,
            "lost": counts.lost,
            "duplicate": counts.duplicate,
            "concealed": self._intake.concealed,
            "foreign": self._foreign,
            "malformed": self._malformed,
            "sent": len(self.sent),
        }

    def close(self) -> None:
        """Nothing comes or goes any more."""
        self.is_closed = True

    def _arrive(self, sequence_number: int, pcm: bytes) -> None:
        if len(pcm) != FRAME_BYTES:
            self._malformed += 1
            return
        self._intake.push(sequence_number, pcm)
        self._quiet = 0


class FakeMedia:
    """Opens fake lines; ``script`` makes the script of the n-th line."""

    def __init__(self, script: Callable[[int], Iterable[bytes | None]] | None = None) -> None:
        self.lines: list[FakeLine] = []
        """Every line ever opened, in order."""
        self._script = script

    async def open(self, port: int | None = None) -> FakeLine:
        """A line with the next free number, or ``port``. Raises OSError while that one is open."""
        number = FIRST_PORT + 2 * len(self.lines) if port is None else port
        if any(line.port == number and not line.is_closed for line in self.lines):
            raise OSError(f"port {number} is taken")
        line = FakeLine(number, self._script(len(self.lines)) if self._script else ())
        self.lines.append(line)
        return line
