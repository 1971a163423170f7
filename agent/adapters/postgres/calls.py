"""The read model of calls, for the console and for checks: opens what is sealed. Never on a call's path."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from agent.adapters.postgres.crypto import Cipher
from agent.adapters.postgres.database import Database, DatabaseDown, connect
from agent.call.codec import loads
from agent.ports.data import Entry
from agent.values.caller import CallerIdentity, CallRecord, Outcome
from agent.values.ids import CallId, CaseId

RETRY_S = 0.5


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """A booked appointment as committed; ``start`` is ``YYYY-MM-DDTHH:MM`` in the tenant's zone."""

    appointment_id: str
    tenant: str
    case_id: CaseId
    provider: str
    service: str
    start: str
    minutes: int
    name: str
    phone: str
    notes: str
    status: str
    created_at: datetime


class CallReader:
    """Queries over calls. Every method raises DatabaseDown when Postgres is away, KeyTrouble for a wrong key."""

    def __init__(self, dsn: str, cipher: Cipher) -> None:
        self._database = Database(dsn, size=2)
        self._cipher = cipher

    async def close(self) -> None:
        """Close the connections."""
        await self._database.close()

    async def live_calls(self) -> list[CallRecord]:
        """Calls that were opened and not closed, oldest first."""
        return await self._calls("live_calls")

    async def recent(self, n: int) -> list[CallRecord]:
        """The ``n`` newest calls, newest first."""
        return await self._calls("recent_calls", n=n)

    async def call(self, call_id: str) -> CallRecord | None:
        """One call's head."""
        return next(iter(await self._calls("call", call_id=call_id)), None)

    async def by_sip_call_id(self, sip_call_id: str) -> CallRecord | None:
        """The newest call that arrived under a SIP Call-ID."""
        return next(iter(await self._calls("calls_by_sip_call_id", sip_call_id=sip_call_id)), None)

    async def events(self, call_id: str) -> list[Entry]:
        """The committed journal of a call, in order."""
        rows = await self._database.rows("entries", call_id=call_id)
        return [read_entry(self._cipher, call_id, row) for row in rows]

    async def profile_text(self, profile_sha: str) -> str | None:
        """The profile snapshot a call was opened with."""
        rows = await self._database.rows("profile_text", sha=profile_sha)
        return str(rows[0]["body"]) if rows else None

    async def appointments_by_case(self, case_id: str) -> list[AppointmentRow]:
        """All appointments a case ever made, newest first."""
        rows = await self._database.rows("appointments_by_case", case_id=case_id)
        return [self._appointment(row) for row in rows]

    async def appointment_by_case(self, case_id: str) -> AppointmentRow | None:
        """The newest appointment of a case."""
        return next(iter(await self.appointments_by_case(case_id)), None)

    async def changes(self) -> AsyncIterator[CallId]:
        """The id of each call whose journal or head changed, on commit, for ever; gaps while Postgres is away."""
        while True:
            try:
                listener = await connect(self._database.dsn)
            except DatabaseDown:
                await asyncio.sleep(RETRY_S)
                continue
            try:
                await listener.execute("LISTEN attendant_journal")
                async for note in listener.notifies():
                    yield CallId(note.payload)
            except psycopg.OperationalError:
                await asyncio.sleep(RETRY_S)
            finally:
                listener.pgconn.finish()

    async def _calls(self, query: str, **values: Any) -> list[CallRecord]:
        return [call_record(self._cipher, row) for row in await self._database.rows(query, **values)]

    def _appointment(self, row: dict[str, Any]) -> AppointmentRow:
        def text(column: str) -> str:
            return self._cipher.open_text(row[column], f"appointments.{column}:{row['appointment_id']}")

        start = row["starts_at"].astimezone(ZoneInfo(row["timezone"])).replace(tzinfo=None)
        return AppointmentRow(
            appointment_id=row["appointment_id"],
            tenant=row["tenant"],
            case_id=CaseId(row["case_id"]),
            provider=row["provider"],
            service=row["service"],
            start=start.isoformat(timespec="minutes"),
            minutes=row["minutes"],
            name=text("name_sealed"),
            phone=text("phone_sealed"),
            notes=text("notes_sealed"),
            status=row["status"],
            created_at=row["created_at"],
        )


def call_record(cipher: Cipher, row: dict[str, Any]) -> CallRecord:
    """The head of a call from its row. Raises KeyTrouble."""
    call_id = row["call_id"]
    caller = CallerIdentity(
        number=cipher.open_text(row["number_sealed"], f"calls.number_sealed:{call_id}"),
        display=cipher.open_text(row["display_sealed"], f"calls.display_sealed:{call_id}"),
        attestation=row["attestation"],
        verified=row["is_verified"],
        trust=row["trust"],
    )
    return CallRecord(
        call_id=CallId(call_id),
        case_id=CaseId(row["case_id"]),
        tenant=row["tenant"],
        direction=row["direction"],
        caller=caller,
        dialled=row["dialled"],
        channel_id=row["channel_id"],
        sip_call_id=row["sip_call_id"],
        profile_sha=row["profile_sha"],
        started_at=row["started_at"],
        rtp_port=row["rtp_port"],
        ended_at=row["ended_at"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        end_reason=row["end_reason"],
    )


def read_entry(cipher: Cipher, call_id: str, row: dict[str, Any]) -> Entry:
    """The entry of a journal row. Raises KeyTrouble, CodecError."""
    return Entry(row["seq"], loads(cipher.open(row["body_sealed"], f"journal.body_sealed:{call_id}/{row['seq']}")))
