"""What a run of calls came to, and its JSON (the last line of ``attendant call --json``)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from agent.evals.draw import Wanted


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """One exchange at the caller's ear, from our journal where the agent's side is concerned.

    ``at_ms`` is when the caller began (or, for the greeting, when the call was answered), counted from the
    answer. ``interrupted`` is our journal's word that the agent's speech was cut; ``was_spoken_over`` is what the
    caller did, and ``stopped_after_ms`` how long a cut agent went on after that.
    """

    at_ms: int
    caller_said: str
    caller_heard: str
    agent_said: str
    agent_heard: str
    voice_to_voice_ms: int | None
    stages: dict[str, Any]
    interrupted: bool
    was_spoken_over: bool = False
    stopped_after_ms: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The turn as the command prints it."""
        return {
            "at_ms": self.at_ms,
            "caller_said": self.caller_said,
            "caller_heard": self.caller_heard,
            "agent_said": self.agent_said,
            "agent_heard": self.agent_heard,
            "voice_to_voice_ms": self.voice_to_voice_ms,
            "stages": self.stages,
            "interrupted": self.interrupted,
            "was_spoken_over": self.was_spoken_over,
            "stopped_after_ms": self.stopped_after_ms,
        }


BOOKED_EXACTLY = ("service", "date", "time")
"""Checks of a booking that must hold; a name may be spelled otherwise."""


@dataclass(frozen=True, slots=True)
class CallResult:
    """One call. ``call_id`` and ``case_id`` are None when no controller ever saw it; ``faults`` are the grader's."""

    call_id: str | None
    case_id: str | None
    scenario: str
    outcome: str
    expected: tuple[str, ...]
    booking: dict[str, Any] | None
    wanted: Wanted | None
    transfer: dict[str, Any] | None
    turns: tuple[HeardTurn, ...]
    end_reason: str
    voice: str
    caller: str
    recording: Path
    transcript: Path
    faults: tuple[str, ...] = ()
    checks: dict[str, Any] = field(default_factory=dict)

    @property
    def is_as_expected(self) -> bool:
        """Whether the outcome is one that the scenario allows, and what was booked is what the caller wanted."""
        return self.outcome in self.expected and not any(self.checks.get(what) is False for what in BOOKED_EXACTLY)

    def as_json(self) -> dict[str, Any]:
        """The call as the command prints it."""
        wanted = self.wanted and {"date": self.wanted.day.isoformat(), "time": self.wanted.at.strftime("%H:%M"),
                                  **self.wanted.values}  # fmt: skip
        return {
            "call_id": self.call_id,
            "case_id": self.case_id,
            "scenario": self.scenario,
            "outcome": self.outcome,
            "expected": {"outcome": list(self.expected), "booking": wanted},
            "booking": self.booking,
            "transfer": self.transfer,
            "turns": [turn.as_json() for turn in self.turns],
            "recording": str(self.recording),
            "transcript": str(self.transcript),
            "end_reason": self.end_reason,
            "voice": self.voice,
            "checks": self.checks,
            "faults": list(self.faults),
        }


@dataclass(frozen=True, slots=True)
class Result:
    """A run. ``seed`` draws the same calls again."""

    seed: int
    calls: tuple[CallResult, ...]

    @property
    def exit_code(self) -> int:
        """0 when every outcome was expected, else 1."""
        return 0 if self.calls and all(call.is_as_expected for call in self.calls) else 1

    def latencies_ms(self) -> list[int]:
        """Every voice-to-voice figure of the run."""
        gaps = (turn.voice_to_voice_ms for call in self.calls for turn in call.turns)
        return [gap for gap in gaps if gap is not None]

    def as_json(self) -> dict[str, Any]:
        """The object of ``attendant call --json``."""
        measured = self.latencies_ms()
        return {
            "calls": [call.as_json() for call in self.calls],
            "summary": {
                "n": len(self.calls),
                "outcomes": dict(Counter(call.outcome for call in self.calls)),
                "unexpected": sum(not call.is_as_expected for call in self.calls),
                "faults": sum(len(call.faults) for call in self.calls),
                "voice_to_voice_ms": {"p50": percentile(measured, 50), "p95": percentile(measured, 95)},
                "seed": self.seed,
            },
            "seed": self.seed,
        }


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Linear-interpolated percentile, rounded to 0.1; None of nothing."""
    return round(float(np.percentile(values, percent)), 1) if values else None
