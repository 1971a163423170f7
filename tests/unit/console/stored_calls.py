"""Calls in memory, for tests of the console: what the read model of Postgres would answer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from agent.adapters.postgres.calls import AppointmentRow
from agent.call import events as ev
from agent.ports.data import Entry
from agent.values.caller import CallerIdentity, CallRecord, Outcome
from agent.values.ids import CallId, CaseId, ToolId, TurnId
from agent.values.talk import Utterance

START = datetime(2026, 11, 23, 14, 3, 7, tzinfo=UTC)


class StoredCalls:
    """A reader over lists. ``trouble`` is raised by every query while it is set."""

    def __init__(self) -> None:
        self.records: dict[str, CallRecord] = {}
        self.journals: dict[str, list[Entry]] = {}
        self.appointments: list[AppointmentRow] = []
        self.trouble: Exception | None = None
        self._changed: asyncio.Queue[CallId] = asyncio.Queue()

    def add(self, record: CallRecord, events: Sequence[ev.Event]) -> None:
        """Store a call."""
        self.records[record.call_id] = record
        self.journals[record.call_id] = [Entry(seq, event) for seq, event in enumerate(events, 1)]

    def append(self, call_id: str, event: ev.Event) -> None:
        """One more event, and word of it."""
        self.journals[call_id].append(Entry(len(self.journals[call_id]) + 1, event))
        self._changed.put_nowait(CallId(call_id))

    async def live_calls(self) -> list[CallRecord]:
        """See the protocol."""
        return [record for record in self._all() if record.ended_at is None]

    async def recent(self, n: int) -> list[CallRecord]:
        """See the protocol."""
        return sorted(self._all(), key=lambda record: record.started_at, reverse=True)[:n]

    async def call(self, call_id: str) -> CallRecord | None:
        """See the protocol."""
        return {record.call_id: record for record in self._all()}.get(CallId(call_id))

    async def events(self, call_id: str) -> list[Entry]:
        """See the protocol."""
        return self.journals[call_id]

    async def appointments_by_case(self, case_id: str) -> list[AppointmentRow]:
        """See the protocol."""
        return [row for row in self.appointments if row.case_id == case_id]

    async def changes(self) -> AsyncIterator[CallId]:
        """See the protocol."""
        while True:
            yield await self._changed.get()

    def _all(self) -> list[CallRecord]:
        if self.trouble is not None:
            raise self.trouble
        return list(self.records.values())


def record(call_id: str, minutes_ago: int = 0, outcome: Outcome | None = None, length_s: int = 95) -> CallRecord:
    """The head of a call from +1 202 555 0142; it is live when it has no outcome."""
    started = START - timedelta(minutes=minutes_ago)
    head = CallRecord(
        call_id=CallId(call_id),
        case_id=CaseId(f"case-{call_id}"),
        tenant="bright-smile-dental",
        direction="inbound",
        caller=CallerIdentity("+12025550142"),
        dialled="+15550100",
        channel_id=f"1763906587.{minutes_ago}",
        sip_call_id=f"sip-{call_id}",
        profile_sha="0" * 64,
        started_at=started,
    )
    if outcome is None:
        return head
    return replace(head, outcome=outcome, ended_at=started + timedelta(seconds=length_s), end_reason="agent_hung_up")


def said(at_ms: int, text: str, number: int = 1) -> ev.TurnEnded:
    """The caller's turn as the recogniser made it out."""
    return ev.TurnEnded(at_ms, Utterance(f"u{number}", at_ms - 1_500, at_ms - 300, text))


def spoke(at_ms: int, turn: str, text: str, decided_by: str = "rule", **stages: int) -> ev.PlayoutStarted:
    """The agent begins a turn; ``stages`` without their ``_ms``."""
    timed = {f"{name}_ms": ms for name, ms in stages.items()}
    return ev.PlayoutStarted(at_ms, TurnId(turn), text, decided_by, timed)


def booking(call_id: str) -> list[ev.Event]:
    """A call that books, with an interruption and a number said aloud."""
    return [
        ev.CallArrived(0, CallId(call_id), CaseId("case"), "bright-smile-dental", "+12025550142", "+15550100", "", "0"),
        ev.CallAnswered(6),
        ev.MediaReady(11),
        spoke(30, "t1", "This is an automated assistant of Bright Smile Dental. How may I help you?", "cached"),
        ev.PlayoutFinished(5_400, TurnId("t1")),
        ev.SpeechStarted(6_100),
        ev.TranscriptPartial(7_000, "I would like to"),
        said(8_900, "I would like to book a cleaning, please."),
        spoke(9_140, "t2", "Gladly. Which day suits you? We are open Monday to Friday from eight to five.", **ASKED),
        ev.SpeechStarted(10_700),
        ev.PlayoutStopped(10_760, TurnId("t2"), "Gladly. Which day suits you?", 1_560),
        said(13_000, "Tuesday at three, and my number is 202 555 0142.", 2),
        spoke(13_900, "t3", READ_BACK, "model", **READ),
        ev.PlayoutFinished(18_800, TurnId("t3")),
        said(20_400, "Yes, that is right.", 3),
        ev.ToolSucceeded(20_900, ToolId("w2"), {"appointment_id": "a1"}),
        spoke(20_930, "t4", "You are booked.", "rule", **CONFIRMED),
        ev.PlayoutFinished(22_200, TurnId("t4")),
    ]


READ_BACK = "A cleaning on Tuesday, November twenty-fourth, at three in the afternoon. Is that right?"
ASKED = {"endpoint": 330, "recognise": 148, "decide": 12, "voice": 61, "queue": 9, "edge_gap": 412}
READ = {"endpoint": 410, "recognise": 152, "decide": 318, "voice": 88, "queue": 12, "edge_gap": 828}
CONFIRMED = {"endpoint": 290, "recognise": 120, "decide": 240, "voice": 0, "queue": 18, "edge_gap": 548}


def appointment(case_id: str) -> AppointmentRow:
    """The row that ``booking`` commits."""
    return AppointmentRow(
        "a1",
        "bright-smile-dental",
        CaseId(case_id),
        "Dr. Amara Lind",
        "cleaning",
        "2026-11-24T15:00",
        30,
        "Ada Byron",
        "+12025550142",
        "",
        "booked",
        START,
    )
