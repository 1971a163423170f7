"""Who calls, and the record of a call."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from agent.values.ids import CallId, CaseId


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """Caller ID as presented, and what we may believe of it. ``trust`` is 0 (unknown) to 3; only code raises it."""

    number: str
    display: str = ""
    attestation: Literal["A", "B", "C"] | None = None
    verified: bool = False
    trust: int = 0


class Outcome(StrEnum):
    """How a call ended, as counted by people and checks."""

    BOOKED = "booked"
    ANSWERED = "answered"
    TRANSFERRED = "transferred"
    MESSAGE = "message"
    CANCELLED = "cancelled"
    IN_DOUBT = "in_doubt"
    DROPPED = "dropped"
    SILENT = "silent"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class CallRecord:
    """The head of a call in Postgres; the journal is its body."""

    call_id: CallId
    case_id: CaseId
    tenant: str
    direction: Literal["inbound", "outbound"]
    caller: CallerIdentity
    dialled: str
    channel_id: str
    sip_call_id: str
    profile_sha: str
    started_at: datetime
    rtp_port: int | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    end_reason: str = ""
