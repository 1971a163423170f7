"""``step(call, event) -> (call, commands)``: the whole behaviour of a call, pure and total.

The theory. Five small machines (``agent.call.tables``) stand side by side; an event is a signal to some of
them. What is *said* is decided by ``agent.dialogue``; this room decides *when* it may be said, by whom the
floor is held, and what follows. The couplings between the machines are three, and they stand here:

1. leg ENDED absorbs: nothing is said, started or dialled any more; results of writes still land.
2. control other than AGENT forbids replies, tools and barge-in: the call is on its way to a human.
3. no recording without consent GRANTED.

Asynchronous results carry the id of their turn or tool; a stale one changes nothing, by an explicit row.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from agent.call import events as ev
from agent.call.answer import on_reply_ended, on_reply_failed, on_reply_text
from agent.call.commands import Answer, OpenMedia, SetTimer, Transfer
from agent.call.floor import (
    on_partial,
    on_playout_failed,
    on_playout_finished,
    on_playout_started,
    on_playout_stopped,
    on_sound_changed,
    on_speech_ended,
    on_speech_started,
    on_turn_ended,
)
from agent.call.keys import on_dtmf
from agent.call.moves import Step, end, may_reach_caller, on_leg, overdue, say_opening, transfer_now
from agent.call.reply import on_timer
from agent.call.state import Call, Leg
from agent.call.work import dropped_read, on_tool_answer
from agent.dialogue import start

LAST_MS = 30_000
"""After a restart a caller is not cut off at once, whatever the time limit says."""


def step(call: Call, event: ev.Event) -> Step:
    """The next state and the commands, in the order they are to be carried out.

    Raises IllegalTransition when a table has no row for what happened.
    """
    return _ON[type(event)](call, event)


def _on_arrived(call: Call, event: ev.CallArrived) -> Step:
    if call.call_id:
        return call, ()  # delivered twice
    dialogue = start(call.profile, event.wall, event.caller_number, event.open_cases)
    call = replace(on_leg(call, "CallArrived"), call_id=event.call_id, dialogue=dialogue)
    call = replace(call, case_id=event.case_id, own_case_id=event.case_id)
    return call, (Answer(), SetTimer("max_call", call.profile.patience.max_call_ms))


def _on_answered(call: Call, _event: ev.CallAnswered) -> Step:
    if call.leg is not Leg.NEW:
        return on_leg(call, "CallAnswered"), ()
    return on_leg(call, "CallAnswered"), (OpenMedia(),)


def _on_media_ready(call: Call, _event: ev.MediaReady) -> Step:
    was = call.leg
    call = on_leg(call, "MediaReady")
    if was is not Leg.ANSWERED:
        return call, ()
    return say_opening(call)


def _on_media_lost(call: Call, event: ev.MediaLost) -> Step:
    if not may_reach_caller(call):
        return call, ()
    return end(call, f"media_lost: {event.reason}", must_hang_up=True)


def _on_transfer_answered(call: Call, event: ev.TransferAnswered) -> Step:
    if call.leg is Leg.ENDED:
        return call, ()
    if call.leg is not Leg.TRANSFERRING:
        # Nobody asked for it: our lease ran out, and the dialplan took the caller back.
        return end(replace(call, is_broken=True), "taken_back: the lease ran out", signal="TransferAnswered")
    return end(call, f"transferred to {event.destination}", signal="TransferAnswered")


def _on_transfer_failed(call: Call, event: ev.TransferFailed) -> Step:
    if call.leg is not Leg.TRANSFERRING:
        return on_leg(call, "TransferFailed"), ()
    if call.transfer_attempts >= 2:
        # The lease is no longer renewed: it runs out, and the dialplan's prompt, queue and voicemail have the caller.
        return end(replace(call, is_broken=True), f"transfer_failed: {event.reason}")
    call = replace(call, transfer_attempts=call.transfer_attempts + 1)
    return call, (Transfer(call.profile.queue, call.reason),)


def _on_hangup(call: Call, event: ev.HangupSeen) -> Step:
    if call.leg is Leg.ENDED:
        return call, ()
    return end(call, call.end_reason or f"caller_hung_up: {event.cause}")


def _on_restarted(call: Call, event: ev.ControllerRestarted) -> Step:
    if call.leg is Leg.ENDED:
        return call, ()
    if not event.is_caller_alive:
        return end(call, "dropped: the controller restarted and the caller was gone")
    if call.leg is Leg.NEW:
        return call, (Answer(), _time_left(call, event.at_ms))
    if call.leg is Leg.TRANSFERRING:
        return transfer_now(call, call.reason or "restart")
    # Reads and model work died with us and are asked anew; writes are the outbox's and still land.
    work = tuple(dropped_read(item) for item in call.work)
    call = replace(on_leg(call, "CallerBack"), is_resumed=True, work=work, is_caller_speaking=False, keys="")
    if call.next_step == "hang_up":
        call = replace(call, next_step="", end_reason="")  # the goodbye died with us
    return call, (OpenMedia(), _time_left(call, event.at_ms), *overdue(call))


def _time_left(call: Call, at_ms: int) -> SetTimer:
    """The call's time limit, whose timer died with the process."""
    return SetTimer("max_call", max(LAST_MS, call.profile.patience.max_call_ms - at_ms))


def _on_command_failed(call: Call, event: ev.CommandFailed) -> Step:
    if call.leg is Leg.ENDED:
        return call, ()
    if call.leg is Leg.TRANSFERRING:
        return end(call, f"failed: {event.command}: {event.error}")
    return transfer_now(call, f"failed: {event.command}")


def _on_broke(call: Call, event: ev.CallBroke) -> Step:
    if call.leg is Leg.ENDED:
        return call, ()
    return end(replace(call, is_broken=True), f"broke: {event.error}", signal="TransferAnswered")


def _ignored(call: Call, _event: object) -> Step:
    """An explicit row: this event is kept for the record and changes nothing."""
    return call, ()


_ON: dict[type[ev.Event], Callable[[Call, Any], Step]] = {
    ev.CallArrived: _on_arrived,
    ev.CallAnswered: _on_answered,
    ev.MediaReady: _on_media_ready,
    ev.MediaLost: _on_media_lost,
    ev.SoundChanged: on_sound_changed,
    ev.SpeechStarted: on_speech_started,
    ev.SpeechEnded: on_speech_ended,
    ev.TranscriptPartial: on_partial,
    ev.TurnEnded: on_turn_ended,
    ev.ReplyText: on_reply_text,
    ev.ReplyEnded: on_reply_ended,
    ev.ReplyFailed: on_reply_failed,
    ev.PlayoutStarted: on_playout_started,
    ev.PlayoutFinished: on_playout_finished,
    ev.PlayoutStopped: on_playout_stopped,
    ev.PlayoutFailed: on_playout_failed,
    ev.RuleFired: _ignored,
    ev.ToolSucceeded: on_tool_answer,
    ev.ToolFailed: on_tool_answer,
    ev.ToolTimedOut: on_tool_answer,
    ev.ToolInDoubt: on_tool_answer,
    ev.DtmfReceived: on_dtmf,
    ev.TransferAnswered: _on_transfer_answered,
    ev.TransferFailed: _on_transfer_failed,
    ev.TimerFired: on_timer,
    ev.HangupSeen: _on_hangup,
    ev.ControllerRestarted: _on_restarted,
    ev.ModelStepped: _ignored,
    ev.CommandFailed: _on_command_failed,
    ev.CallBroke: _on_broke,
}
