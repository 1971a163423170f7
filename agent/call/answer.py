"""What the language model sends: an answer is spoken clause by clause as it is written, marked words are read whole."""

from dataclasses import replace

from agent.call import events as ev
from agent.call.commands import CancelReply, CancelTimer
from agent.call.moves import Step, apply, dialogue_of, may_converse, say
from agent.call.state import Call, Floor
from agent.dialogue import Passed, answered, answering, let_through, model_failed, model_said
from agent.values.ids import TurnId
from agent.values.talk import Clause, ModelRequest, ModelTask


def on_reply_text(call: Call, event: ev.ReplyText) -> Step:
    """A clause of the model: spoken at once if the gate lets it through and the caller has not the floor."""
    request = _request(call, event.turn_id)
    if request is None or request.task is not ModelTask.ANSWER:
        return call, ()
    call = replace(call, reply=replace(call.reply, waiting=(*call.reply.waiting, event.text)))
    is_ours = call.floor in (Floor.THINKING, Floor.AGENT) or call.reply.is_open
    if not is_ours:
        return call, ()
    passed = _judged(call)
    if passed.is_over:
        call, commands = _concluded(call, passed)
        return call, (CancelReply(event.turn_id), *commands)
    return _spoken(call, passed)


def on_reply_ended(call: Call, event: ev.ReplyEnded) -> Step:
    """The model has finished: what is left is spoken, or the dialogue checks the whole and decides."""
    request = _request(call, event.turn_id)
    if request is None:
        return call, ()
    if call.reply.written or call.reply.waiting:
        return _concluded(call, _judged(call))
    call = replace(call, reply=replace(call.reply, request=None))
    call, commands = apply(call, model_said(dialogue_of(call), call.profile, request, event.text))
    return call, (CancelTimer("filler"), *commands)


def on_reply_failed(call: Call, event: ev.ReplyFailed) -> Step:
    """The model is slow or down: the dialogue goes on by rules, after what was spoken already."""
    request = _request(call, event.turn_id)
    if request is None:
        return call, ()
    if call.reply.written:
        call, commands = _concluded(call, replace(_judged(call), is_cut=True))
    else:
        call = replace(call, reply=replace(call.reply, request=None, waiting=()))
        call, commands = apply(call, model_failed(dialogue_of(call), call.profile, request))
    return call, (CancelReply(event.turn_id), CancelTimer("filler"), *commands)


def _request(call: Call, turn_id: TurnId) -> ModelRequest | None:
    """What the model was asked in ``turn_id``; None when it is not waited for any more."""
    return call.reply.request if turn_id == call.reply.asked and may_converse(call) else None


def _judged(call: Call) -> Passed:
    return let_through(dialogue_of(call), call.profile, call.reply.written, call.reply.waiting)


def _spoken(call: Call, passed: Passed) -> Step:
    written = call.reply.written + passed.texts
    call = replace(call, dialogue=answering(dialogue_of(call)))
    call, commands = say(call, tuple(Clause(text) for text in passed.texts), "model", has_more=True)
    return replace(call, reply=replace(call.reply, written=written, waiting=())), commands


def _concluded(call: Call, passed: Passed) -> Step:
    decision = answered(dialogue_of(call), call.profile, call.reply.written, passed)
    call = replace(call, reply=replace(call.reply, request=None, written=(), waiting=()))
    call, commands = apply(call, decision)
    return call, (CancelTimer("filler"), *commands)
