"""State: the journal of events, the outbox of writes, and the backends they reach."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from agent.call.events import Event
from agent.values.caller import CallRecord
from agent.values.case import OpenCase
from agent.values.ids import CallId, CaseId, ToolId
from agent.values.work import ToolCall, ToolResult


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal line: ``seq`` counts from 1 without gaps within a call."""

    seq: int
    event: Event


class JournalDown(Exception):
    """What was asked of the journal cannot be read just now. One line with the cause, without personal data."""


class Journal(Protocol):
    """The call's truth. Appends are ordered per call and committed by a background writer."""

    async def open_call(self, record: CallRecord, profile_text: str) -> None:
        """Write the head of a call and its profile's snapshot (kept once by ``profile_sha``)."""

    def append(self, call_id: CallId, entry: Entry, writes: Sequence[ToolCall] = ()) -> Awaitable[None]:
        """Queue an entry and, in the same transaction, outbox rows for WRITE tools; never blocks.

        The awaitable ends when it is committed. A repeated (call_id, seq) is ignored: appending is idempotent.
        """

    async def load(self, call_id: CallId) -> list[Entry]:
        """All committed entries in order."""

    async def profile_text(self, profile_sha: str) -> str:
        """The snapshot a call was opened with."""

    async def open_calls(self) -> list[CallRecord]:
        """Calls that were opened and not closed: what a restarted controller must look after."""

    async def set_rtp_port(self, call_id: CallId, port: int) -> None:
        """Remember the media port, so that a restarted controller can bind it again."""

    async def close_call(self, record: CallRecord) -> None:
        """Write outcome, end reason and end time. Idempotent."""

    async def open_cases(self, tenant: str, number: str, since: datetime) -> list[OpenCase]:
        """What calls of this tenant from this number left unfinished since then, the newest first; the latest few.

        A case that a call has, or that was closed, is not among them. Raises JournalDown, soon.
        """

    def leave_case(self, call_id: CallId, case_id: CaseId, left: OpenCase | None, at: datetime) -> Awaitable[None]:
        """Queue what the call leaves of its case, None for nothing; changes nothing once a later call has it."""

    def join_case(self, call_id: CallId, case_id: CaseId) -> Awaitable[None]:
        """Queue that the call goes on with a case; it is left by no earlier call any more. Idempotent.

        Writes appended after it belong to that case.
        """

    def close_case(self, call_id: CallId, case_id: CaseId) -> Awaitable[None]:
        """Queue that the caller wants nothing more of a case. Idempotent."""


@dataclass(frozen=True, slots=True)
class OutboxJob:
    """A committed intent to write, claimed by us. ``attempt`` counts from 1, ``age_ms`` from when it was asked for.

    ``tried_ms_ago`` is set when an attempt was begun whose end nobody knows: it may have been sent.
    ``settled`` is set when the key's fate is known already (another call of the case asked for the same, or the key
    was used for other arguments): then nothing is to be run, the result is only to be told.
    """

    call_id: CallId
    tenant: str
    call: ToolCall
    attempt: int
    settled: ToolResult | None = None
    age_ms: int = field(default=0, compare=False)
    tried_ms_ago: int | None = field(default=None, compare=False)


class Outbox(Protocol):
    """Committed writes on their way out."""

    def jobs(self) -> AsyncIterator[OutboxJob]:
        """Claim jobs (SKIP LOCKED, with a lease) as they come (NOTIFY, with a poll as a net), for ever."""

    def doubts(self) -> AsyncIterator[OutboxJob]:
        """Writes in doubt, each again and again with growing pauses, for ever: ask what became of them."""

    async def finish(self, job: OutboxJob, result: ToolResult) -> ToolResult:
        """Store the result under the key and return the stored one: the first result wins.

        Only doubt gives way to a fact; whoever asked for the write then gets its job once more, settled.
        """

    async def put_back(self, job: OutboxJob, after_ms: int) -> None:
        """The job's attempt surely was not sent: give it out again after that. A settled one stays settled."""

    async def result(self, call_id: CallId, tool_id: ToolId) -> ToolResult | None:
        """The stored result, if any: how a restarted controller learns what happened meanwhile."""


class Backends(Protocol):
    """The systems tools reach: the built-in calendar, a tenant's own endpoints."""

    async def run(self, tenant: str, call: ToolCall) -> ToolResult:
        """Carry one tool call out. Writes are idempotent under ``call.key``.

        Never raises for what the backend says; IN_DOUBT when sent and unanswered by the deadline.
        FAILED with ``again_ms`` when it surely was not carried out, and may be tried again.
        """

    async def ask(self, tenant: str, call: ToolCall) -> ToolResult:
        """What became of the WRITE ``call``; never carries it out.

        DONE and FAILED are facts. FAILED with ``again_ms``: it is not there, and what was sent that long ago will not
        come any more, so that it may be run again. IN_DOUBT: the backend cannot say, or cannot be asked.
        """
