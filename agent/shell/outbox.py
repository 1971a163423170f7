"""The loops that carry committed writes out, ask after those in doubt, and tell the call what came of them.

A write is sent again only when it surely was not sent, or when the backend says that it is not there and that what was
sent will not come any more. Everything else is a doubt, which is asked after until it is known.
"""

import asyncio
from collections.abc import Callable
from hashlib import sha256

import structlog

from agent.call.events import Event, ToolFailed, ToolInDoubt, ToolSucceeded
from agent.ports import Backends, Outbox, OutboxJob
from agent.values.ids import CallId, ToolId
from agent.values.work import ToolResult, ToolStatus

log = structlog.get_logger()

Tell = Callable[[CallId, Callable[[int], Event]], None]
"""Posts an event to a call, given its time there; a call that is gone is no error."""

GIVE_UP_MS = 600_000
"""A write is not sent later than that after it was asked for: by then a person has called, or should."""
PAUSE_FIRST_MS, PAUSE_MOST_MS = 500, 30_000


def as_event(tool_id: ToolId, result: ToolResult, at_ms: int) -> Event:
    """What a stored result means to the machine."""
    if result.status is ToolStatus.DONE:
        return ToolSucceeded(at_ms, tool_id, result.value)
    if result.status is ToolStatus.FAILED:
        return ToolFailed(at_ms, tool_id, result.error, result.value)
    return ToolInDoubt(at_ms, tool_id, result.error)


async def run_outbox(outbox: Outbox, backends: Backends, tell: Tell) -> None:
    """Claim, carry out, store, tell; each job in a task, so that a slow backend delays no other write."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_reconcile(outbox, backends))
        async for job in outbox.jobs():
            group.create_task(_carry_out(job, outbox, backends, tell))


async def _reconcile(outbox: Outbox, backends: Backends) -> None:
    """Ask after what is in doubt. Whoever is on the line is told by the settled job that follows."""
    async with asyncio.TaskGroup() as group:
        async for job in outbox.doubts():
            group.create_task(_ask(job, outbox, backends))


async def _carry_out(job: OutboxJob, outbox: Outbox, backends: Backends, tell: Tell) -> None:
    told = job.settled
    if told is None:
        result = await _result(job, backends)
        if may_try_again(job, result):
            pause = pause_ms(job.call.key, job.attempt, result)
            log.info("write waits", call_id=job.call_id, tool=job.call.name, error=result.error, pause_ms=pause)
            await outbox.put_back(job, pause)
            return
        told = await outbox.finish(job, result)
    done = told
    log.info("write finished", call_id=job.call_id, tool=job.call.name, status=done.status.value, attempt=job.attempt)
    tell(job.call_id, lambda at_ms: as_event(job.call.id, done, at_ms))


async def _result(job: OutboxJob, backends: Backends) -> ToolResult:
    """Carry it out; first ask after an attempt that may have been sent."""
    if job.tried_ms_ago is not None:
        asked = await _asked(job, job.tried_ms_ago, backends)
        if asked.status is not ToolStatus.FAILED or asked.again_ms is None:
            return asked
    if job.age_ms >= GIVE_UP_MS:
        return ToolResult(ToolStatus.FAILED, {}, "not delivered in time", again_ms=0)
    return await backends.run(job.tenant, job.call)


async def _ask(job: OutboxJob, outbox: Outbox, backends: Backends) -> None:
    result = await _asked(job, job.tried_ms_ago or 0, backends)
    if may_try_again(job, result):
        await outbox.put_back(job, 0)
        return
    stored = await outbox.finish(job, result)
    log.info("doubt asked after", call_id=job.call_id, tool=job.call.name, status=stored.status.value)


async def _asked(job: OutboxJob, tried_ms_ago: int, backends: Backends) -> ToolResult:
    """What became of an attempt; that it is not there is a fact only when it cannot come any more."""
    asked = await backends.ask(job.tenant, job.call)
    if asked.status is ToolStatus.FAILED and tried_ms_ago < (asked.again_ms or 0):
        return ToolResult(ToolStatus.IN_DOUBT, {}, "sent, and not there yet")
    return asked


def may_try_again(job: OutboxJob, result: ToolResult) -> bool:
    """Whether it surely did not happen, and there is still time for it."""
    return result.status is ToolStatus.FAILED and result.again_ms is not None and job.age_ms < GIVE_UP_MS


def pause_ms(key: str, attempt: int, result: ToolResult) -> int:
    """The pause before the next attempt: doubled each time, spread by the key, never shorter than the backend asked."""
    longest = min(PAUSE_FIRST_MS * 2 ** min(attempt - 1, 20), PAUSE_MOST_MS)
    share = int.from_bytes(sha256(f"{key}/{attempt}".encode()).digest()[:4]) / 2**32
    return max(int(longest * (0.5 + share / 2)), result.again_ms or 0)
