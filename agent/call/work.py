"""Tool calls coming back. Only a committed success is spoken of as done."""

from dataclasses import replace

from agent.call import events as ev
from agent.call.commands import CancelTimer, CloseCall
from agent.call.moves import Step, apply, dialogue_of, may_converse, outcome_of
from agent.call.state import Call, Leg, Work
from agent.call.tables import WORK, follow
from agent.dialogue import tool_done
from agent.values.work import Effect, ToolResult, ToolStatus

ToolAnswer = ev.ToolSucceeded | ev.ToolFailed | ev.ToolTimedOut | ev.ToolInDoubt


def on_tool_answer(call: Call, event: ToolAnswer) -> Step:
    """A backend answered, or did not. A stale or repeated answer changes nothing."""
    work = next((item for item in call.work if item.call.id == event.tool_id), None)
    if work is None:
        return call, ()
    status = follow(WORK, work.status, type(event).__name__)
    if status is work.status:
        return call, ()
    call = replace(call, work=tuple(replace(w, status=status) if w is work else w for w in call.work))
    decision = tool_done(dialogue_of(call), call.profile, work.call.name, _result(event))
    if call.leg is Leg.ENDED:
        # The caller has gone: the result still lands in the case and in the record.
        call = replace(call, dialogue=decision.dialogue)
        call = replace(call, outcome=outcome_of(call))
        return call, (CloseCall(outcome_of(call).value, call.end_reason),)
    if not may_converse(call):
        return replace(call, dialogue=decision.dialogue), ()
    if work.call.effect is Effect.WRITE:
        call = replace(call, taken_back=None)
    call, commands = apply(call, decision)
    return call, (CancelTimer("filler"), *commands)


def on_overdue(call: Call) -> Step:
    """A write is under way for too long: to the caller it is in doubt, and a human's. Its result still lands."""
    work = next((item for item in call.pending() if item.call.effect is Effect.WRITE), None)
    if work is None:
        return call, ()
    doubt = ToolResult(ToolStatus.IN_DOUBT, {}, "overdue")
    call = replace(call, taken_back=None)
    return apply(call, tool_done(dialogue_of(call), call.profile, work.call.name, doubt))


def dropped_read(work: Work) -> Work:
    """A READ whose turn was taken back, or died with the process, is dropped; a WRITE never is."""
    if work.call.effect is Effect.WRITE:
        return work
    return replace(work, status=follow(WORK, work.status, "TakenBack"))


def _result(event: ToolAnswer) -> ToolResult:
    if isinstance(event, ev.ToolSucceeded):
        return ToolResult(ToolStatus.DONE, event.value)
    if isinstance(event, ev.ToolFailed):
        return ToolResult(ToolStatus.FAILED, event.value, event.error)
    if isinstance(event, ev.ToolInDoubt):
        return ToolResult(ToolStatus.IN_DOUBT, {}, event.error)
    return ToolResult(ToolStatus.FAILED, {}, "timeout")
