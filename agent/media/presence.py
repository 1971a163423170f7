"""Is anything heard from the other side at all? Counted in ticks; digital silence is nothing.

A line with a person on it is never digitally silent for long: rooms are not. Packets that stay away, or hold only
zeros, are one-way audio (NAT, a muted microphone, a gateway that sends to nobody), or a telephone that suppresses
silence. Which of them is not known here; who waits for an answer may ask.
"""

from agent.values.audio import FRAME_MS, SILENCE, AudioFrame

ABSENT_AFTER_MS = 4_000
PRESENT_AFTER_MS = 100


class Presence:
    """Fed one frame a tick; tells changes."""

    def __init__(self) -> None:
        self._is_present = True
        self._run_ms = 0

    def feed(self, frame: AudioFrame | None) -> bool | None:
        """True when sound has come back, False when there was none for ABSENT_AFTER_MS, None without news."""
        is_sound = frame is not None and not frame.concealed and frame.pcm != SILENCE
        self._run_ms = 0 if is_sound is self._is_present else self._run_ms + FRAME_MS
        if self._run_ms < (ABSENT_AFTER_MS if self._is_present else PRESENT_AFTER_MS):
            return None
        self._is_present, self._run_ms = is_sound, 0
        return is_sound
