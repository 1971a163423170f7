"""The call's audio line: one UDP socket, RTP to and from Asterisk's externalMedia channel."""

from typing import Protocol

from agent.values.audio import AudioFrame


class Line(Protocol):
    """One open line. Nothing here blocks; the media loop calls ``exchange`` once every 20 ms."""

    @property
    def port(self) -> int:
        """The local UDP port Asterisk sends to."""

    def connect(self, host: str, port: int) -> None:
        """Set the only address packets are accepted from and sent to."""

    def exchange(self, pcm: bytes) -> AudioFrame | None:
        """Send one frame (FRAME_BYTES of 16 kHz PCM) and take one in.

        None until the first packet came; afterwards always a frame: received, concealed or silence.
        """

    @property
    def quiet_ms(self) -> int:
        """How long no packet has come in, in ms of exchanges."""

    def stats(self) -> dict[str, int]:
        """Counters: received, late, lost, concealed, foreign, malformed, sent."""

    def close(self) -> None:
        """Release the socket. Idempotent."""


class MediaLine(Protocol):
    """Opens lines."""

    async def open(self, port: int | None = None) -> Line:
        """Bind a UDP socket on the media address; ``port`` re-binds a known one (adoption after a crash).

        Raises OSError when the port is taken.
        """
