"""State: the journal of events, the outbox of writes, and the backends they reach."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.call.events import Event
from agent.values.caller import CallRecord
from agent.values.ids import CallId, ToolId
from agent.values.work import ToolCall, ToolResult


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal line: ``seq`` counts from 1 without gaps within a call."""

    seq: int
    event: Event


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


@dataclass(frozen=True, slots=True)
class OutboxJob:
    """A committed intent to write, claimed by us. ``attempt`` counts from 1.

    ``settled`` is set when the key's fate is known already (another call of the case asked for the same, or the key
    was used for other arguments): then nothing is to be run, the result is only to be told.
    """

    call_id: CallId
    tenant: str
    call: ToolCall
    attempt: int
    settled: ToolResult | None = None


class Outbox(Protocol):
    """Committed writes on their way out."""

    def jobs(self) -> AsyncIterator[OutboxJob]:
        """Claim jobs (SKIP LOCKED, with a lease) as they come (NOTIFY, with a poll as a net), for ever."""

    async def finish(self, job: OutboxJob, result: ToolResult) -> ToolResult:
        """Store the result under the key and return the stored one: the first result wins."""

    async def result(self, call_id: CallId, tool_id: ToolId) -> ToolResult | None:
        """The stored result, if any: how a restarted controller learns what happened meanwhile."""


class Backends(Protocol):
    """The systems tools reach: calendar, CRM, FHIR."""

    async def run(self, tenant: str, call: ToolCall) -> ToolResult:
        """Carry one tool call out. Writes are idempotent under ``call.key``.

        Never raises for what the backend says; IN_DOUBT when sent and unanswered by the deadline.
        """
