"""What a call needs of an ear, whichever way it listens."""

from typing import Protocol

from agent.values.audio import AudioFrame


class Hearing(Protocol):
    """Takes frames in, tells edges and words to the call's runner."""

    def push(self, frame: AudioFrame, sent: bytes = ..., /) -> None:
        """Take one frame, and what was sent in the same tick."""

    def expect(self, expects: str, hints: str, /) -> None:
        """What the caller is expected to say next."""

    def hurry(self) -> None:
        """The agent has paused for what is being said."""

    async def run(self) -> None:
        """Listen until cancelled."""
