"""What a call must hold to beside its outcome: one row, read back as committed, said only when done, no crosstalk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any

from agent.adapters.postgres.calls import AppointmentRow
from agent.evals.draw import Wanted
from agent.evals.hearing import contradicts, days_in, times_in
from agent.evals.journal_view import JournalView
from agent.evals.match import closeness, words_of
from agent.evals.result import BOOKED_EXACTLY, CallResult

NAME_IS_CLOSE = 0.6


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a call is judged on beside its result."""

    journal: JournalView
    rows: tuple[AppointmentRow, ...]


def booking_of(rows: Sequence[AppointmentRow]) -> dict[str, Any] | None:
    """The newest booked appointment as the command prints it."""
    for row in rows:
        if row.status == "booked":
            day, _, clock = row.start.partition("T")
            return {
                "appointment_id": row.appointment_id,
                "service": row.service,
                "date": day,
                "time": clock,
                "minutes": row.minutes,
                "name": row.name,
                "phone": row.phone,
                "provider": row.provider,
            }
    return None


def grade(call: CallResult, evidence: Evidence) -> CallResult:
    """The call with its checks and faults."""
    faults, checks = [], {}
    if not call.is_as_expected:
        faults.append(f"outcome {call.outcome}, expected {' or '.join(call.expected)}")
    booked = [row for row in evidence.rows if row.status == "booked"]
    if len(booked) != (call.outcome == "booked"):
        faults.append(f"{len(booked)} appointment rows after outcome {call.outcome}")
    if call.booking:
        if call.wanted:
            checks = _against_wanted(call.booking, call.wanted)
            faults += [f"{what} is not what the caller wanted" for what in BOOKED_EXACTLY if checks.get(what) is False]
        faults += _spoken_faults(call, call.booking)
    faults += _too_early(evidence.journal) + _not_stopped(call)
    return replace(call, faults=tuple(faults), checks=checks)


def crosstalk(calls: Sequence[CallResult]) -> list[str]:
    """Names wanted in exactly one call that turn up in another."""
    names = {place: set(words_of(_name(call))) for place, call in enumerate(calls)}
    faults = []
    for place, own in names.items():
        others = set().union(*(words for other, words in names.items() if other != place))
        unique = {word for word in own - others if len(word) >= 4}
        for other, call in enumerate(calls):
            if other != place and unique & _words_in(call):
                faults.append(f"the name of call {place + 1} turns up in call {other + 1}")
    return faults


def _against_wanted(booking: dict[str, Any], wanted: Wanted) -> dict[str, bool]:
    """Exactness of each field; the name also loosely, for its spelling is the recogniser's guess."""
    checks = {
        "date": booking["date"] == wanted.day.isoformat(),
        "time": booking["time"] == wanted.at.strftime("%H:%M"),
    }
    if "service" in wanted.values:
        checks["service"] = booking["service"] == wanted.values["service"]
    if "name" in wanted.values:
        checks["name_exact"] = words_of(booking["name"]) == words_of(wanted.values["name"])
        checks["name_close"] = closeness(booking["name"], wanted.values["name"]) >= NAME_IS_CLOSE
    return checks


def _spoken_faults(call: CallResult, booking: dict[str, Any]) -> list[str]:
    """The last read-back before the caller's yes, and everything after it, must name the committed slot."""
    day, at = date.fromisoformat(booking["date"]), time.fromisoformat(booking["time"])
    naming = [turn.agent_said for turn in call.turns if days_in(turn.agent_said) and times_in(turn.agent_said)]
    if not naming:
        return ["the booking was never read back"]
    return ["what was last read back is not the committed row"] if contradicts(naming[-1], day, at) else []


def _too_early(journal: JournalView) -> list[str]:
    """A confirmation that left before any write was committed."""
    first_commit_ms = min((at_ms for at_ms, _ in journal.committed), default=None)
    early = [
        spoken
        for spoken in journal.spoken
        if any(phrase and phrase in spoken.text for phrase in journal.done_phrases)
        and (first_commit_ms is None or spoken.at_ms < first_commit_ms)
    ]
    return [f"confirmed at {spoken.at_ms} ms, before the commit" for spoken in early]


def _not_stopped(call: CallResult) -> list[str]:
    """Speech over the agent that our journal does not know as cut: it fell silent, if at all, at its own end."""
    deaf = [turn for turn in call.turns if turn.was_spoken_over and not turn.interrupted]
    return [f"spoken over in the turn at {turn.at_ms} ms, the agent talked to its end" for turn in deaf]


def _name(call: CallResult) -> str:
    return call.wanted.values.get("name", "") if call.wanted else ""


def _words_in(call: CallResult) -> set[str]:
    texts = [text for turn in call.turns for text in (turn.agent_said, turn.agent_heard, turn.caller_heard)]
    return {word for text in (*texts, str((call.booking or {}).get("name", ""))) for word in words_of(text)}
