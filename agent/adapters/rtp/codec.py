"""What our frames become on the wire. Asterisk drops slin16 from the app silently (its inbound payload types
above 34 need a mapping that externalMedia never makes), so we send slin at 8 kHz, or G.722 to keep the wide band."""

from array import array
from importlib import import_module
from typing import Any, Literal, Protocol

from agent.media import pcm
from agent.media.resample import Decimator
from agent.media.rtp import PT_G722, PT_SLIN
from agent.values.audio import FRAME_BYTES, SILENCE

Encoding = Literal["slin", "g722"]

STEP = 160
"""RTP time of a frame: both clocks tick at 8 kHz, G.722's for historical reasons (RFC 3551, 4.5.2)."""


_SILENT_PAYLOAD = bytes(FRAME_BYTES // 2)


class Encoder(Protocol):
    """One stream's encoder; it keeps the filter's or the codec's state."""

    payload_type: int

    def encode(self, frame: bytes) -> bytes:
        """The payload of one 16 kHz frame."""


class Slin:
    """8 kHz signed linear, big-endian: no loss but the band above 3.4 kHz."""

    payload_type = PT_SLIN

    def __init__(self) -> None:
        self._decimator = Decimator()
        self._was_silent = False

    def encode(self, frame: bytes) -> bytes:
        """320 bytes."""
        # A frame of silence empties the filter, which is shorter: what follows in silence is silence, for nothing.
        was_silent, self._was_silent = self._was_silent, frame == SILENCE
        if was_silent and self._was_silent:
            return _SILENT_PAYLOAD
        return pcm.swap(self._decimator.feed(frame))


class G722:
    """G.722 at 64 kbit/s: 7 kHz of band for callers who have it."""

    payload_type = PT_G722

    def __init__(self) -> None:
        # A compiled module that only this encoding needs.
        self._codec: Any = import_module("G722").G722(16_000, 64_000)

    def encode(self, frame: bytes) -> bytes:
        """160 bytes."""
        return bytes(self._codec.encode(array("h", frame)))


def encoder(encoding: Encoding) -> Encoder:
    """A fresh encoder. Raises ModuleNotFoundError when the G722 package is missing."""
    return G722() if encoding == "g722" else Slin()
