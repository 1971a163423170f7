"""The case a call belongs to: which one it is, and what the call leaves of it when it ends."""

from dataclasses import replace

from agent.call.commands import CloseCase, Command, JoinCase
from agent.call.state import Call, Control, Leg, Work, WorkStatus
from agent.dialogue import Dialogue, values_of, was_told
from agent.values.case import OpenCase
from agent.values.ids import CaseId
from agent.values.profile import TaskSpec
from agent.values.work import Effect


def on_case(call: Call, before: Dialogue | None) -> tuple[Call, tuple[Command, ...]]:
    """Follow what the dialogue, which was ``before``, made of an earlier case: go on with it, or give it up.

    When the words that led to it are taken back, the call has its own case again.
    """
    d = call.dialogue
    if d is None:
        return call, ()
    commands: tuple[Command, ...] = ()
    if d.given_up and (before is None or before.given_up != d.given_up):
        commands = (CloseCase(CaseId(d.given_up)),)
    case_id = CaseId(d.joined) if d.joined else call.own_case_id
    if case_id == call.case_id:
        return call, commands
    return replace(call, case_id=case_id), (*commands, JoinCase(case_id))


def left_open(call: Call) -> OpenCase | None:
    """What a call that is over leaves for the next one; None while it lives, and when nothing is left to do.

    Left to do is a task that was begun and neither done nor dropped nor given to a person, and a write whose success
    the caller was not told: it was asked for when the line went down, or is in doubt.
    """
    d = call.dialogue
    if d is None or call.leg is not Leg.ENDED:
        return None
    if not d.joined and call.case_id != call.own_case_id:
        # The caller hung up while a yes was taken back: the case is as it was.
        return next((case for case in d.open_cases if case.case_id == call.case_id), None)
    work = next((work for work in reversed(call.work) if work.call.effect is Effect.WRITE), None)
    if work is not None and (task := _untold(call, d, work)):
        return OpenCase(call.case_id, task.id, d.values | values_of(work.call.arguments), work.call.arguments)
    if not d.task or not d.slots or call.control is not Control.AGENT:
        return None
    return OpenCase(call.case_id, d.task, d.values)


def _untold(call: Call, d: Dialogue, work: Work) -> TaskSpec | None:
    """The task of a write that was or may have been carried out without the caller knowing."""
    if work.status is WorkStatus.FAILED:
        return None
    task = next((task for task in call.profile.tasks if task.commit == work.call.name), None)
    if task is None or was_told(d, call.profile, task, d.values | values_of(work.call.arguments)):
        return None
    return task
