"""Results made by hand for the tests of grading and reporting."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from agent.adapters.postgres.calls import AppointmentRow
from agent.evals.draw import Wanted
from agent.evals.result import CallResult, HeardTurn
from agent.values.ids import CaseId

WANTED = Wanted(date(2026, 11, 26), time(10, 30), {"name": "Anna Miller", "service": "cleaning"})
ROW = AppointmentRow(
    "a1", "clinic", CaseId("case-1"), "desk", "cleaning", "2026-11-26T10:30", 45, "Ana Miller", "+14155550123", "",
    "booked", datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
)  # fmt: skip
BOOKING = {
    "appointment_id": "a1", "service": "cleaning", "date": "2026-11-26", "time": "10:30", "minutes": 45,
    "name": "Ana Miller", "phone": "+14155550123", "provider": "desk",
}  # fmt: skip


def turn(caller: str, agent: str, gap: int | None = 640) -> HeardTurn:
    """One turn; 120 ms of the gap are not ours."""
    stages = {"endpoint_ms": 250, "recognise_ms": 140, "decide_ms": 5, "voice_ms": 60, "queue_ms": 20}
    return HeardTurn(1_000, caller, agent, agent, caller, gap, {**stages, "decided_by": "rule"}, False)


def booked() -> CallResult:
    """A call in which everything is right."""
    return CallResult(
        call_id="call-1",
        case_id="case-1",
        scenario="book",
        outcome="booked",
        expected=("booked",),
        booking=BOOKING,
        wanted=WANTED,
        transfer=None,
        turns=(
            turn("", "Welcome. How can I help?", None),
            turn("A cleaning, please, on <Thursday>.", "What time would you like?"),
            turn("Half past ten.", "So that is a cleaning on Thursday, November 26th at 10:30 a.m.", 700),
            turn("Yes.", "You are booked for a cleaning on Thursday, November 26th at 10:30 a.m., Anna.", 410),
        ),
        end_reason="caller: done",
        voice="jf_alpha",
        caller="+14155550123",
        recording=Path("/tmp/call.wav"),
        transcript=Path("/tmp/transcript.txt"),
    )


def named(name: str, said: str = "") -> CallResult:
    """A call that wanted ``name``, and in which ``said`` was heard as well."""
    call = booked()
    values = {"name": name, "service": "cleaning"}
    booking = {**BOOKING, "name": name}
    wanted = replace(WANTED, values=values)
    return replace(call, wanted=wanted, booking=booking, turns=(turn(f"It's {name}.", f"Thank you. {said}"),))
