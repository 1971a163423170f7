"""The stopwatch of a turn: where the time went between the end of the caller's speech and our first frame."""

from collections.abc import Callable
from dataclasses import dataclass

from agent.values.talk import PromptUse


@dataclass(slots=True)
class Stopwatch:
    """Moments of the current turn in the call's ms. Nothing here is called latency: that is measured at the ear."""

    speech_ended_ms: int | None = None
    turn_ended_ms: int = 0
    recognised_in_ms: int = 0
    decided_ms: int = 0
    first_audio_ms: int = 0
    prompt_use: PromptUse | None = None
    intake_ms: Callable[[], int] = lambda: 0
    """How long a packet waits in our jitter buffer before the tick that takes its frame."""
    waited_ms: int = 0

    def turn_ended(self, speech_ended_ms: int, at_ms: int, recognised_in_ms: int) -> None:
        """The endpointer decided; a new measurement begins."""
        self.speech_ended_ms = speech_ended_ms
        self.turn_ended_ms = at_ms
        self.recognised_in_ms = recognised_in_ms
        self.decided_ms = self.first_audio_ms = 0
        self.prompt_use = None
        self.waited_ms = self.intake_ms()

    def prompt(self, use: PromptUse) -> None:
        """What the language model had to read for this turn."""
        self.prompt_use = use

    def decided(self, at_ms: int) -> None:
        """The first words were given to the voice."""
        self.decided_ms = self.decided_ms or at_ms

    def voiced(self, at_ms: int) -> None:
        """The first audio came from the voice."""
        self.first_audio_ms = self.first_audio_ms or at_ms

    def stages(self, at_ms: int) -> dict[str, int]:
        """The stages of the turn whose first frame leaves now, which ends them; empty when it answers no speech.

        ``edge_gap_ms`` is the whole at our socket: from the packet with the last speech in to the first audio out.
        """
        if self.speech_ended_ms is None:
            return self._prompt()
        stages = {
            "intake_ms": self.waited_ms,
            "endpoint_ms": self.turn_ended_ms - self.speech_ended_ms,
            "recognise_ms": self.recognised_in_ms,
            "decide_ms": max(0, self.decided_ms - self.turn_ended_ms),
            "voice_ms": max(0, self.first_audio_ms - self.decided_ms),
            "queue_ms": max(0, at_ms - max(self.first_audio_ms, self.decided_ms)),
            "edge_gap_ms": at_ms - self.speech_ended_ms + self.waited_ms,
        }
        self.speech_ended_ms = None
        return stages | self._prompt()

    def _prompt(self) -> dict[str, int]:
        """What the model had to read, told once; behind a filler it comes with the answer's own turn."""
        use, self.prompt_use = self.prompt_use, None
        return {} if use is None else {"prompt_cached_tokens": use.cached, "prompt_read_tokens": use.read}
