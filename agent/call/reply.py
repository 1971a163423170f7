"""Timers."""

from dataclasses import replace

from agent.call import events as ev
from agent.call.floor import on_breath_held, respond
from agent.call.keys import entered
from agent.call.moves import (
    Step,
    apply,
    dialogue_of,
    may_converse,
    may_reach_caller,
    on_floor,
    say,
    stop_playout,
    transfer_now,
)
from agent.call.state import Call, Floor, Leg
from agent.call.work import on_overdue
from agent.dialogue import LAST_SILENCE, filler, silence
from agent.values.talk import Clause


def on_timer(call: Call, event: ev.TimerFired) -> Step:
    """A timer ran out; each name has its own meaning, and none reaches an ended call."""
    if not may_reach_caller(call):
        return call, ()
    if event.name == "max_call":
        return _too_long(call)
    if not may_converse(call):
        return call, ()
    if event.name == "keys":
        return entered(call) if call.keys else (call, ())
    if event.name == "bargein":
        return on_breath_held(call)
    if event.name == "filler" and call.floor is Floor.THINKING and (call.pending() or call.reply.request):
        return _fill(call)
    if event.name == "overdue":
        return on_overdue(call)
    if event.name == "unheard" and call.floor is Floor.NOBODY:
        return respond(on_floor(call, "TurnEnded"), "")
    if event.name == "silence" and call.floor is Floor.NOBODY:
        return _overdue_answer(call)
    return call, ()


def _overdue_answer(call: Call) -> Step:
    """The caller says nothing. If nothing at all comes from there, ask once whether we are heard."""
    call = replace(call, silences=call.silences + 1)
    may_ask = call.is_line_silent and not call.has_asked_if_heard and call.silences < LAST_SILENCE
    call = replace(call, has_asked_if_heard=call.has_asked_if_heard or may_ask)
    return apply(call, silence(dialogue_of(call), call.profile, call.silences, is_line_silent=may_ask))


def _fill(call: Call) -> Step:
    """Something short and true while we wait; the caller may still go on and take the turn back."""
    waiting = call
    call, commands = say(call, (filler(dialogue_of(call), call.profile),), "cached")
    reply = replace(call.reply, request=waiting.reply.request, asked=waiting.reply.asked)
    return replace(call, reply=reply, carried=waiting.carried, taken_back=waiting.taken_back), commands


def _too_long(call: Call) -> Step:
    if not may_converse(call):
        return transfer_now(call, "max_call") if call.leg is not Leg.TRANSFERRING else (call, ())
    if call.end_reason == "max_call":
        return call, ()
    call, stop = stop_playout(call)
    reply = replace(call.reply, queued=(), request=None)
    call = replace(call, next_step="hang_up", end_reason="max_call", floor=Floor.NOBODY, carried="", reply=reply)
    call, commands = say(call, (Clause(call.profile.goodbye, fixed=True, interruptible=False),), "cached")
    return call, (*stop, *commands)
