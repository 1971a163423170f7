"""The loop that carries committed writes out, and tells the call, if it still stands, what came of them."""

import asyncio
from collections.abc import Callable

import structlog

from agent.call.events import Event, ToolFailed, ToolInDoubt, ToolSucceeded
from agent.ports import Backends, Outbox, OutboxJob
from agent.values.ids import CallId, ToolId
from agent.values.work import ToolResult, ToolStatus

log = structlog.get_logger()

Tell = Callable[[CallId, Callable[[int], Event]], None]
"""Posts an event to a call, given its time there; a call that is gone is no error."""


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
        async for job in outbox.jobs():
            group.create_task(_carry_out(job, outbox, backends, tell))


async def _carry_out(job: OutboxJob, outbox: Outbox, backends: Backends, tell: Tell) -> None:
    stored = job.settled
    if stored is None:
        stored = await outbox.finish(job, await backends.run(job.tenant, job.call))
    told = stored
    log.info("write finished", call_id=job.call_id, tool=job.call.name, status=told.status.value, attempt=job.attempt)
    tell(job.call_id, lambda at_ms: as_event(job.call.id, told, at_ms))
