"""The receiving half of a line: packets' audio in, one frame a tick out."""

from agent.media.conceal import Concealer, blend
from agent.media.jitter import JitterBuffer, JitterCounts
from agent.values.audio import FRAME_MS, AudioFrame


class Intake:
    """Jitter buffer and concealment in one. Payloads are frames: FRAME_BYTES of 16 kHz PCM."""

    def __init__(self) -> None:
        self.concealed = 0
        self._jitter = JitterBuffer()
        self._concealer = Concealer()

    @property
    def counts(self) -> JitterCounts:
        """What became of the packets."""
        return self._jitter.counts

    @property
    def delay_ms(self) -> int:
        """Audio that waits for its tick."""
        return self._jitter.span * FRAME_MS

    def push(self, sequence_number: int, pcm: bytes) -> None:
        """A packet came."""
        self._jitter.push(sequence_number, pcm)

    def restart(self) -> None:
        """Another source took over."""
        self._jitter.restart()

    def take(self, at_ms: int) -> AudioFrame | None:
        """The tick's frame; None before the first packet."""
        if not self._jitter.is_started:
            return None
        taken = self._jitter.pop()
        if taken.payload is None:
            self.concealed += 1
            return AudioFrame(self._concealer.lost(), at_ms, concealed=True)
        frame = taken.payload if taken.merged is None else blend(taken.payload, taken.merged)
        return AudioFrame(self._concealer.received(frame), at_ms)
