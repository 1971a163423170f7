"""The telephone's keys: 0 for a person, digits for an answer.

A 0 alone reaches a human at any time, also with every model down. Digits are collected until nothing can follow
them, until #, or until a pause; then they are an answer of the caller (agent.dialogue.keyed).
"""

from dataclasses import replace

from agent.call import events as ev
from agent.call.commands import CancelTimer, SetTimer
from agent.call.floor import barge_in
from agent.call.moves import Step, apply, dialogue_of, may_converse, may_reach_caller, on_floor, transfer_now
from agent.call.state import Call, Control, Floor, Leg
from agent.dialogue import escalate, heard, is_complete, keyed, may_begin_with_zero

KEYS_MS = 2_000
"""A pause this long ends an entry."""


def on_dtmf(call: Call, event: ev.DtmfReceived) -> Step:
    """A key: it calls a human, or stops the agent and is collected."""
    if not may_reach_caller(call) or call.leg is Leg.TRANSFERRING or call.control is not Control.AGENT:
        return call, ()
    if event.digit == "0" and not call.keys and not _may_go_on_from_zero(call):
        if call.leg is not Leg.BRIDGED:
            return transfer_now(call, "dtmf_0")
        return _escalate_by_key(call)
    if event.digit == "#" and call.keys:
        return entered(call)
    if not event.digit.isdigit() or not _is_listened_to(call):
        return call, ()
    call, stop = _stopped(replace(call, keys=call.keys + event.digit))
    if may_converse(call) and call.keys != "0" and is_complete(dialogue_of(call), call.profile, call.keys):
        call, answer = entered(call)
        return call, stop + answer
    return call, (*stop, SetTimer("keys", KEYS_MS), CancelTimer("silence"))


def _may_go_on_from_zero(call: Call) -> bool:
    """Whether we just asked for digits of which 0 may be the first: then the pause after it decides."""
    return may_converse(call) and may_begin_with_zero(dialogue_of(call), call.profile)


def _is_listened_to(call: Call) -> bool:
    """Keys over a text that no caller may interrupt answer nothing: the question comes after it."""
    return call.floor is not Floor.AGENT or call.reply.is_interruptible


def _stopped(call: Call) -> Step:
    """Keys stop what we say, as speech does."""
    if call.floor not in (Floor.AGENT, Floor.AGENT_PAUSED):
        return call, ()
    return barge_in(replace(call, floor=Floor.AGENT_PAUSED))


def _escalate_by_key(call: Call) -> Step:
    call, stop = _stopped(replace(call, keys=""))
    call, commands = apply(call, escalate(dialogue_of(call), call.profile, "dtmf_0"))
    return call, stop + commands


def entered(call: Call) -> Step:
    """An entry is over: by its length, by #, or by a pause. A read it leads to is not taken back by speech."""
    keys, call = call.keys, replace(call, keys="")
    if not may_converse(call):
        return call, ()
    if keys == "0":
        return _escalate_by_key(call)
    call, stop = _stopped(call)
    call = replace(on_floor(call, "TurnEnded"), silences=0, carried="", taken_back=None)
    dialogue = heard(dialogue_of(call), "caller", " ".join(keys))
    call, commands = apply(call, keyed(dialogue, call.profile, keys))
    return call, (CancelTimer("keys"), *stop, *commands)
