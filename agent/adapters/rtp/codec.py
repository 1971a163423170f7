"""What our frames become on the wire: slin at 8 kHz. Asterisk drops slin16 from the app silently (its inbound payload
types above 34 need a mapping that externalMedia never makes)."""

from agent.media import pcm
from agent.media.resample import Decimator
from agent.media.rtp import PT_SLIN
from agent.values.audio import FRAME_BYTES, SILENCE

STEP = 160
"""RTP time of a frame: the clock ticks at 8 kHz."""


_SILENT_PAYLOAD = bytes(FRAME_BYTES // 2)


class Slin:
    """One stream's encoder; it keeps the filter's state. 8 kHz signed linear, big-endian: no loss but the band above
    3.4 kHz."""

    payload_type = PT_SLIN

    def __init__(self) -> None:
        self._decimator = Decimator()
        self._was_silent = False

    def encode(self, frame: bytes) -> bytes:
        """The payload of one 16 kHz frame: 320 bytes."""
        # A frame of silence empties the filter, which is shorter: what follows in silence is silence, for nothing.
        was_silent, self._was_silent = self._was_silent, frame == SILENCE
        if was_silent and self._was_silent:
            return _SILENT_PAYLOAD
        return pcm.swap(self._decimator.feed(frame))
