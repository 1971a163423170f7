"""Whose turn it is: speech, barge-in, playout."""

from dataclasses import replace

from agent.call import events as ev
from agent.call.commands import CancelTimer, Command, PausePlayout, ResumePlayout, SetTimer, StopPlayout
from agent.call.moves import (
    FILLER_AGAIN_MS,
    Step,
    after_playout,
    apply,
    cancel_reply,
    dialogue_of,
    may_converse,
    may_reach_caller,
    on_floor,
    say,
    stop_playout,
    transfer_now,
)
from agent.call.state import NO_TURN, Call, Control, Floor, Leg
from agent.call.work import dropped_read
from agent.dialogue import cut_short, hear, heard
from agent.dialogue.language import other_language
from agent.policy.recording import Consent
from agent.speech.bargein import Overlap, Verdict, judge
from agent.speech.recorded import is_recording
from agent.values.talk import Utterance
from agent.values.work import Effect

BARGE_IN_MS = 400
"""So long the agent holds its breath: then it goes on, unless there are words to stop for. With words that come
later it still stops."""

MORE_MS = 180
"""So much longer for who still speaks: the words are on their way. Not for a sound that is surely nobody's."""

FAST_MS_PER_CHARACTER = 50
"""A voice as fast as none of ours."""

FORGIVEN = 2
"""After so many pauses for nothing within one turn only words stop the agent: a loud room must not make it stammer."""

WORD_MS = 120
"""No word is shorter."""

RECORDINGS = 2
"""So many turns of a machine are waited through; with the next we hang up."""

BLIP_MS = 400
"""Shorter sound without words is a cough, a click: not a turn."""

REACTION_MS = 500
"""Whoever speaks so soon after our first sound has not heard us: the turn that we answer was not over."""

UNHEARD_MS = 1_200
"""Callers often go on by themselves: so long we wait before we say that we did not understand."""


def on_speech_started(call: Call, event: ev.SpeechStarted) -> Step:
    """The caller makes sound: the agent pauses, a reply not yet spoken is taken back."""
    if not may_converse(call):
        return call, ()
    call = replace(call, speech_started_ms=event.at_ms, is_caller_speaking=True, overlap=None, sure_ms=0)
    if call.floor is Floor.AGENT:
        if not call.reply.is_interruptible or call.reply.dismissed >= FORGIVEN:
            return call, ()
        return on_floor(call, "SpeechStarted"), (PausePlayout(), SetTimer("bargein", BARGE_IN_MS))
    commands: tuple[Command, ...] = (CancelTimer("silence"), CancelTimer("unheard"))
    if call.floor is Floor.THINKING:
        call, more = _take_back(call)
        commands += more
    return on_floor(call, "SpeechStarted"), commands


def on_sound_changed(call: Call, event: ev.SoundChanged) -> Step:
    """Whether anything comes in. A telephone may suppress silence, so nobody is asked before an answer is overdue."""
    return replace(call, is_line_silent=not event.is_present), ()


def _take_back(call: Call) -> Step:
    """The caller goes on before we spoke: forget the answer, keep the words. A write is never cancelled."""
    if any(work.call.effect is Effect.WRITE for work in call.pending()) or call.taken_back is None:
        return replace(call, carried=""), ()
    commands = (*cancel_reply(call), CancelTimer("filler"))
    work = tuple(dropped_read(item) for item in call.work)
    reply = replace(call.reply, request=None)
    return replace(call, dialogue=call.taken_back, taken_back=None, work=work, reply=reply), commands


def on_speech_ended(call: Call, event: ev.SpeechEnded) -> Step:
    """Silence: the endpoint is not yet decided. What was shorter than any word is no interruption."""
    if not may_converse(call):
        return call, ()
    call = replace(on_floor(call, "SpeechEnded"), is_caller_speaking=False)
    if call.floor is Floor.AGENT_PAUSED and event.speech_ms < WORD_MS:
        return dismiss(call)
    return call, ()


def on_partial(call: Call, event: ev.TranscriptPartial) -> Step:
    """Words in mid-speech decide a suspected barge-in, also one that was dismissed too soon."""
    if not may_converse(call) or call.floor not in (Floor.AGENT, Floor.AGENT_PAUSED):
        return call, ()
    call = replace(call, overlap=event.text, sure_ms=event.sure_ms)
    is_over = not call.is_caller_speaking
    began_ms = call.speech_started_ms
    overlap = Overlap(event.text, event.at_ms - began_ms, event.sure_ms, is_over)
    verdict = judge(overlap, _said_by(call, began_ms))
    is_late = is_over and not event.sure_ms
    if call.floor is Floor.AGENT and (is_late or not call.reply.is_interruptible or verdict is Verdict.RESUME):
        return call, ()
    if verdict is Verdict.STOP:
        return barge_in(call)
    return dismiss(call) if verdict is Verdict.RESUME else (call, ())


def on_breath_held(call: Call) -> Step:
    """The agent has paused long enough. No words by now: go on. Whoever is not heard at all yet, the recogniser being
    slow or away, is believed to mean it."""
    if call.floor is not Floor.AGENT_PAUSED:
        return call, ()
    is_voice = call.overlap != "" or call.sure_ms >= WORD_MS
    if call.is_caller_speaking and is_voice and not call.reply.has_waited:
        return replace(call, reply=replace(call.reply, has_waited=True)), (SetTimer("bargein", MORE_MS),)
    if call.overlap is None and call.is_caller_speaking:
        return barge_in(call)
    return dismiss(call)


def barge_in(call: Call) -> Step:
    """It was meant: stop, and listen. What was to follow the words does not follow."""
    next_step = call.next_step if call.control is not Control.AGENT else ""
    if _goes_on(call):
        call = replace(call, taken_back=call.reply.before, carried=call.reply.answers)
    call, taken = _take_back(call)
    call, stop = stop_playout(call)
    reply = replace(call.reply, queued=(), request=None)
    call = replace(on_floor(call, "BargedIn"), reply=reply, next_step=next_step)
    return call, (*stop, CancelTimer("bargein"), *taken)


def _goes_on(call: Call) -> bool:
    """Whether the speech over ours belongs to the turn before it. What was heard of consent stands."""
    reply = call.reply
    if reply.before is None or call.control is not Control.AGENT or reply.before.consent is not call.consent:
        return False
    return reply.began_ms is None or call.speech_started_ms - reply.began_ms < REACTION_MS


def dismiss(call: Call) -> Step:
    """A backchannel, a cough: go on at the word where we paused."""
    reply = replace(call.reply, dismissed=call.reply.dismissed + 1, has_waited=False)
    return replace(on_floor(call, "Dismissed"), reply=reply), (ResumePlayout(), CancelTimer("bargein"))


def on_turn_ended(call: Call, event: ev.TurnEnded) -> Step:
    """The caller has finished a turn: answer it, unless it was nothing, or our text may not be interrupted."""
    if not may_converse(call) or event.utterance == call.latest:
        return call, ()
    utterance = event.utterance
    call = replace(call, latest=utterance)
    if call.floor is Floor.AGENT:
        return _turn_over_agent(call, event)
    if call.floor is Floor.AGENT_PAUSED:
        return _turn_over_paused(call, event)
    call = on_floor(call, "TurnEnded")
    if is_recording(utterance.text):
        return _recorded(call)
    if not utterance.text and not call.carried:
        return _no_words(call, utterance.ended_ms - utterance.started_ms)
    return respond(call, utterance.text, utterance)


def _no_words(call: Call, sound_ms: int) -> Step:
    """A cough is nothing; speech that was not understood is asked for again, unless the caller goes on by then."""
    call, commands = _nothing_said(call)
    if sound_ms >= BLIP_MS and call.floor is Floor.NOBODY:
        commands += (SetTimer("unheard", UNHEARD_MS),)
    return call, commands


def _recorded(call: Call) -> Step:
    """A menu, a mailbox, a queue: it is not answered, and not listened to for ever."""
    call = replace(call, recordings=call.recordings + 1)
    if call.recordings > RECORDINGS and not call.pending():
        call = replace(call, next_step="hang_up", end_reason="a recording, not a caller")
    return _nothing_said(call)


def _nothing_said(call: Call) -> Step:
    if call.pending() or call.reply.request:
        return call, (SetTimer("filler", FILLER_AGAIN_MS),)
    if call.reply.queued:
        return say(call, ())
    return after_playout(on_floor(call, "NothingSaid"))


def _verdict(call: Call, event: ev.TurnEnded) -> Verdict:
    utterance = event.utterance
    speech_ms = utterance.ended_ms - utterance.started_ms
    return judge(Overlap(utterance.text, speech_ms, is_over=True), _said_by(call, utterance.ended_ms))


def _said_by(call: Call, at_ms: int) -> str:
    """What of its turn the agent had said by then, rather too much than too little."""
    reply = call.reply
    if reply.began_ms is None:
        return reply.said
    upto = max(0, at_ms - reply.began_ms) // FAST_MS_PER_CHARACTER
    return reply.said[:upto] + reply.said[upto:].partition(" ")[0]


def _turn_over_agent(call: Call, event: ev.TurnEnded) -> Step:
    if _verdict(call, event) is not Verdict.STOP:
        return call, ()
    if not call.reply.is_interruptible:
        return replace(call, carried=f"{call.carried} {event.utterance.text}".strip()), ()
    call, stop = barge_in(call)
    call, answer = respond(on_floor(call, "TurnEnded"), event.utterance.text, event.utterance)
    return call, stop + answer


def _turn_over_paused(call: Call, event: ev.TurnEnded) -> Step:
    if _verdict(call, event) is Verdict.RESUME:
        return dismiss(call)
    call, stop = barge_in(call)
    call, answer = respond(on_floor(call, "TurnEnded"), event.utterance.text, event.utterance)
    return call, stop + answer


def respond(call: Call, text: str, utterance: Utterance | None = None) -> Step:
    """Let the dialogue hear a turn. Words carried from an unanswered turn come first; ``utterance``: it was spoken."""
    text = f"{call.carried} {text}".strip()
    before = dialogue_of(call)
    call = replace(call, silences=0 if text else call.silences, taken_back=before, carried=text)
    remembered = heard(before, "caller", text) if text else before
    decision = hear(remembered, call.profile, text)
    if utterance is not None and not decision.transfer:
        decision = other_language(remembered, call.profile, utterance) or decision
    call, commands = apply(call, decision)
    if call.floor is not Floor.THINKING:
        call = replace(call, taken_back=None, carried="")
    return call, commands


def on_playout_started(call: Call, event: ev.PlayoutStarted) -> Step:
    """From now on the caller hears the turn."""
    if event.turn_id != call.reply.turn_id:
        return call, ()
    return replace(call, reply=replace(call.reply, began_ms=event.at_ms)), ()


def on_playout_finished(call: Call, event: ev.PlayoutFinished) -> Step:
    """All of a turn was played: say what waits, do what is due, or listen."""
    reply = call.reply
    if event.turn_id != reply.turn_id or reply.is_over or not may_reach_caller(call) or call.dialogue is None:
        return call, ()
    reply = replace(reply, is_over=True, is_interruptible=True)
    call = replace(call, dialogue=heard(call.dialogue, "agent", reply.said), reply=reply)
    if call.leg is not Leg.BRIDGED:
        return call, ()
    call = on_floor(call, "PlayoutFinished")
    if call.floor is not Floor.NOBODY:
        # The last frame left as the caller began: nothing is left to pause, and the next words must not wait.
        return call, (StopPlayout(), CancelTimer("bargein"))
    if call.reply.queued and call.consent is Consent.ASKED:
        call = replace(call, carried="")  # said before the question was heard: no answer to it
    is_waiting = bool(call.pending() or call.reply.request)
    if call.carried and not is_waiting and not call.next_step:
        # What we had still to say was overtaken.
        return respond(on_floor(replace(call, reply=replace(call.reply, queued=())), "TurnEnded"), "")
    if call.reply.queued:
        return say(call, ())
    if is_waiting and not call.next_step:
        return replace(call, floor=Floor.THINKING), (SetTimer("filler", FILLER_AGAIN_MS),)
    return after_playout(call)


def on_playout_stopped(call: Call, event: ev.PlayoutStopped) -> Step:
    """Only what was heard enters the history."""
    if event.turn_id != call.cut or call.dialogue is None:
        return call, ()
    return replace(call, cut=NO_TURN, dialogue=cut_short(call.dialogue, event.heard)), ()


def on_playout_failed(call: Call, event: ev.PlayoutFailed) -> Step:
    """We have no voice: the caller is not left in silence but with a human."""
    if not may_reach_caller(call) or call.leg is Leg.TRANSFERRING or event.turn_id != call.reply.turn_id:
        return call, ()
    return transfer_now(call, f"no_voice: {event.reason}")
