"""What a page shows of a call: the record and its transcript, with numbers masked and times made readable. Pure."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agent.adapters.postgres.calls import AppointmentRow
from agent.call.codec import CodecError
from agent.console.mask import mask_keys, mask_number, mask_speech
from agent.console.transcript import Latency, Line, Transcript, transcript
from agent.ports.data import Entry
from agent.values.caller import CallRecord

FLOORS = {
    "ringing": "ringing",
    "answered": "answered",
    "listening": "listening",
    "caller": "caller speaks",
    "thinking": "thinking",
    "agent": "agent speaks",
    "human": "with a colleague",
    "over": "hanging up",
}
SCALE_LEAST_MS = 1_200
"""Latency bars are drawn to this scale, or to the longest turn, so that calls compare at a glance."""

BAR_UNITS = 1_000
UNREADABLE = "Written by another version of this program: its journal cannot be shown."


@dataclass(frozen=True, slots=True)
class Bar:
    """One latency as an SVG row: (stage, x, width, title) in BAR_UNITS across."""

    latency: Latency
    rects: tuple[tuple[str, int, int, str], ...]


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as a page shows it. ``ended_at`` is None while it is live."""

    call_id: str
    tenant: str
    caller: str
    dialled: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    end_reason: str
    case_id: str
    floor: str
    lines: tuple[Line, ...]
    bars: tuple[Bar, ...]
    scale_ms: int
    median_ms: int | None
    turns: int
    appointments: tuple[AppointmentRow, ...] = ()
    trouble: str = ""

    @property
    def is_live(self) -> bool:
        """Whether the call is open."""
        return self.ended_at is None


def call_view(
    record: CallRecord,
    entries: Sequence[Entry] | CodecError,
    appointments: Sequence[AppointmentRow] = (),
    show_numbers: bool = False,
) -> CallView:
    """A record and its journal as a page shows them; a journal that cannot be read is said to be so."""
    is_unreadable = isinstance(entries, CodecError)
    told = Transcript() if isinstance(entries, CodecError) else transcript(entry.event for entry in entries)
    lines = tuple(_line(line, record.ended_at is not None, show_numbers) for line in told.lines)
    latencies = told.latencies
    scale_ms = max([SCALE_LEAST_MS, *(item.total_ms for item in latencies)])
    return CallView(
        call_id=record.call_id,
        tenant=record.tenant,
        caller=record.caller.number or "unknown" if show_numbers else mask_number(record.caller.number),
        dialled=record.dialled,
        started_at=record.started_at,
        ended_at=record.ended_at,
        outcome=record.outcome.value if record.outcome else "",
        end_reason=record.end_reason if show_numbers else mask_speech(record.end_reason),
        case_id=record.case_id,
        floor=told.floor,
        lines=lines,
        bars=tuple(_bar(item, scale_ms) for item in latencies),
        scale_ms=scale_ms,
        median_ms=round(statistics.median(item.total_ms for item in latencies)) if latencies else None,
        turns=sum(line.who == "caller" for line in lines),
        appointments=tuple(_appointment(row, show_numbers) for row in appointments),
        trouble=UNREADABLE if is_unreadable else "",
    )


def _line(line: Line, is_over: bool, show_numbers: bool) -> Line:
    if not show_numbers:
        mask = mask_keys if line.who == "keys" else mask_speech
        line = replace(line, text=mask(line.text), unheard=mask_speech(line.unheard))
    return replace(line, is_open=line.is_open and not is_over)


def _bar(item: Latency, scale_ms: int) -> Bar:
    rects = tuple(
        (
            part.stage,
            part.start_ms * BAR_UNITS // scale_ms,
            max(2, part.ms * BAR_UNITS // scale_ms),
            f"{part.stage} {part.ms} ms",
        )
        for part in item.parts
        if part.ms
    )
    return Bar(item, rects)


def _appointment(row: AppointmentRow, show_numbers: bool) -> AppointmentRow:
    return row if show_numbers else replace(row, phone=mask_number(row.phone))


def clock(at_ms: int) -> str:
    """Call time as ``m:ss``."""
    return f"{at_ms // 60_000}:{at_ms // 1000 % 60:02d}"


def length(started_at: datetime, ended_at: datetime) -> str:
    """How long a call lasted, as ``m:ss``."""
    return clock(max(0, int((ended_at - started_at).total_seconds() * 1000)))


def local(at: datetime) -> str:
    """A moment in this machine's zone: the console stands beside the PBX."""
    return at.astimezone().strftime("%a %d %b, %H:%M:%S")
