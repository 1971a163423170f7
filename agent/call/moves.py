"""The moves every part of the machine makes: speak, end, hand over. Each returns the call and its commands."""

from dataclasses import replace

from agent.call.case import on_case
from agent.call.commands import (
    CancelReply,
    CancelTimer,
    CloseCall,
    Command,
    Hangup,
    Listen,
    NoteRule,
    RunTool,
    Say,
    SetTimer,
    StartRecording,
    StartReply,
    StopPlayout,
    Transfer,
)
from agent.call.state import Call, Control, Floor, Leg, Reply, Work, WorkStatus
from agent.call.tables import CONSENT, CONTROL, FLOOR, LEG, follow
from agent.dialogue import Decision, Dialogue, ToolIntent, hints, opening, outcome, resumed
from agent.policy.recording import Consent
from agent.profiles.rules import SHIPPED_NAMES
from agent.tools import ArgumentError, request
from agent.values.caller import Outcome
from agent.values.ids import ToolId, TurnId
from agent.values.talk import Clause, DecidedBy, ModelRequest
from agent.values.work import Effect

Step = tuple[Call, tuple[Command, ...]]

TOOL_FILLER_MS = 800
MODEL_FILLER_MS = 700
"""People say "one moment" when an answer takes them longer than this."""
FILLER_AGAIN_MS = 2_500
"""Whoever waits hears something every three seconds or so."""
OVERDUE_MS = 15_000
"""A write that takes longer ends with a human; its own deadline is shorter, so then Postgres is away."""
MODEL_TIMEOUT_MS = 4_000


def on_leg(call: Call, signal: str) -> Call:
    """Move the leg."""
    return replace(call, leg=follow(LEG, call.leg, signal))


def on_floor(call: Call, signal: str) -> Call:
    """Move the floor."""
    return replace(call, floor=follow(FLOOR, call.floor, signal))


def may_reach_caller(call: Call) -> bool:
    """Whether anything we do can still reach the caller."""
    return call.leg is not Leg.ENDED


def may_converse(call: Call) -> bool:
    """Whether the agent may reply: the caller is bridged with us and control is ours."""
    return call.leg is Leg.BRIDGED and call.control is Control.AGENT


def dialogue_of(call: Call) -> Dialogue:
    """The dialogue of a call that has arrived."""
    if call.dialogue is None:
        raise ValueError("a call speaks only after CallArrived")
    return call.dialogue


def apply(call: Call, decision: Decision) -> Step:
    """Carry out what the dialogue decided."""
    call, cases = on_case(replace(call, dialogue=decision.dialogue), call.dialogue)
    call, recording = _on_consent(call, decision.dialogue.consent)
    listen: tuple[Command, ...] = (*_noted(decision), Listen(decision.expects, hints(decision.dialogue, call.profile)))
    if decision.transfer:
        call = _escalate(call, decision.transfer)
    elif decision.hang_up:
        call = replace(call, next_step="hang_up", end_reason="agent_hung_up")
    asked: tuple[Command, ...] = ()
    if decision.model is not None and call.control is Control.AGENT:
        call, asked = _ask_model(call, decision.model)
    elif decision.tool is not None and call.control is Control.AGENT:
        call, asked = _run_tool(call, decision.tool)
    call, spoken = say(call, decision.clauses, decision.decided_by)
    if not decision.clauses and not asked and not call.reply.queued:
        call, quiet = _follow_up(call)
        spoken += quiet
    return call, cases + recording + listen + asked + spoken


def _noted(decision: Decision) -> tuple[Command, ...]:
    """Each firing of a rule is journalled; key 0 is one of the rule for persons."""
    if decision.fired is not None:
        return (NoteRule(decision.fired.rule, decision.fired.words, decision.fired.action),)
    rule = {"dtmf_0": "human"}.get(decision.transfer or "", decision.transfer)
    return (NoteRule(rule, "", "transfer"),) if rule in SHIPPED_NAMES else ()


_CONSENT_SIGNALS = {
    Consent.ASKED: "ConsentAsked",
    Consent.GRANTED: "ConsentGiven",
    Consent.REFUSED: "ConsentRefused",
}


def _on_consent(call: Call, said: Consent) -> Step:
    """What the dialogue heard of consent, as the table allows it; recording starts on the way into GRANTED only."""
    was = call.consent
    if said is was or said is Consent.UNASKED:
        return call, ()
    call = replace(call, consent=follow(CONSENT, was, _CONSENT_SIGNALS[said]))
    return call, ((StartRecording(),) if call.consent is Consent.GRANTED else ())


def _escalate(call: Call, reason: str) -> Call:
    return replace(
        call,
        control=follow(CONTROL, call.control, "TransferDecided"),
        next_step="transfer",
        reason=reason,
    )


def _ask_model(call: Call, request: ModelRequest) -> Step:
    turn_id = TurnId(f"t{call.turns + 1}")
    call = replace(
        call, turns=call.turns + 1, reply=replace(call.reply, asked=turn_id, request=request, written=(), waiting=())
    )
    return call, (StartReply(turn_id, request, MODEL_TIMEOUT_MS), SetTimer("filler", MODEL_FILLER_MS))


def _run_tool(call: Call, intent: ToolIntent) -> Step:
    tool_id = ToolId(f"w{len(call.work) + 1}")
    try:
        tool = request(tool_id, intent.name, intent.arguments, call.profile.tenant, call.case_id, intent.name)
    except ArgumentError:
        # A tool the catalogue refuses is our own fault, not the caller's: a human goes on.
        return _escalate(call, "tool_refused"), ()
    call = replace(call, work=(*call.work, Work(tool, WorkStatus.REQUESTED)))
    return call, (RunTool(tool), SetTimer("filler", TOOL_FILLER_MS), *overdue(call))


def overdue(call: Call) -> tuple[Command, ...]:
    """The timer of a write under way."""
    is_writing = any(work.call.effect is Effect.WRITE for work in call.pending())
    return (SetTimer("overdue", OVERDUE_MS),) if is_writing else ()


def say(call: Call, clauses: tuple[Clause, ...], decided_by: DecidedBy = "rule", has_more: bool = False) -> Step:
    """Speak, or keep it until the caller has finished. Leading uninterruptible clauses go as a turn of their own.

    ``has_more``: the model is still writing the turn, which stays open. What is said then goes on with it.
    """
    if not may_reach_caller(call) or call.leg is not Leg.BRIDGED:
        return call, ()
    clauses = call.reply.queued + clauses
    if call.reply.is_open:
        return _go_on(call, clauses, has_more)
    if not clauses:
        return call, ()
    is_ours = call.control is Control.AGENT
    if call.floor in (Floor.CALLER, Floor.SETTLING, Floor.AGENT_PAUSED) and is_ours:
        return replace(call, reply=replace(call.reply, queued=clauses)), ()
    call, stop = stop_playout(call) if call.floor is Floor.AGENT_PAUSED else (call, ())
    now, later = _split(clauses)
    turn_id = TurnId(f"t{call.turns + 1}")
    is_interruptible = is_ours and now[0].interruptible
    said = " ".join(c.text for c in now)
    reply = Reply(turn_id, said, False, is_interruptible, later, answers=call.carried, before=call.taken_back)
    if has_more:
        reply = replace(reply, request=call.reply.request, asked=call.reply.asked, is_open=True)
    call = replace(on_floor(call, "Spoke"), turns=call.turns + 1, reply=reply, carried="", taken_back=None)
    return call, (*stop, CancelTimer("silence"), CancelTimer("filler"), Say(turn_id, now, decided_by, has_more))


def _go_on(call: Call, clauses: tuple[Clause, ...], has_more: bool) -> Step:
    said = " ".join((call.reply.said, *(clause.text for clause in clauses)))
    reply = replace(call.reply, said=said, queued=(), is_open=has_more)
    return replace(call, reply=reply), (Say(reply.turn_id, clauses, "model", has_more),)


def _split(clauses: tuple[Clause, ...]) -> tuple[tuple[Clause, ...], tuple[Clause, ...]]:
    first = clauses[0].interruptible
    count = next((i for i, clause in enumerate(clauses) if clause.interruptible is not first), len(clauses))
    return clauses[:count], clauses[count:]


def say_opening(call: Call) -> Step:
    """Disclosure and greeting; after a restart an apology and the question that stood."""
    if not call.is_resumed:
        return apply(call, opening(dialogue_of(call), call.profile))
    call = replace(call, floor=Floor.NOBODY, reply=Reply(), carried="", taken_back=None)
    return apply(call, resumed(dialogue_of(call), call.profile))


def after_playout(call: Call) -> Step:
    """What follows when the agent has said all: hang up, hand over, or listen."""
    if call.next_step == "hang_up":
        return call, (Hangup(call.end_reason),)
    if call.next_step == "transfer":
        return transfer_now(call, call.reason)
    return call, (SetTimer("silence", _patience_ms(call)),)


def _patience_ms(call: Call) -> int:
    patience = call.profile.patience
    return patience.reprompt_ms if call.silences == 0 else patience.second_reprompt_ms


def _follow_up(call: Call) -> Step:
    """A decision without words: the floor is free again, or what was due happens now."""
    call = on_floor(call, "NothingSaid") if call.floor is Floor.THINKING else call
    if call.floor in (Floor.NOBODY, Floor.AGENT) and call.next_step:
        return after_playout(call)
    if call.floor is Floor.NOBODY:
        return call, (SetTimer("silence", _patience_ms(call)),)
    return call, ()


def transfer_now(call: Call, reason: str) -> Step:
    """Hand the caller over at once: replies end, the ratchet turns, the dialplan's queue takes the channel."""
    call, stop = stop_playout(call)
    stop += cancel_reply(call)
    call = replace(
        _escalate(on_leg(call, "TransferDecided"), reason),
        transfer_attempts=call.transfer_attempts + 1,
        next_step="",
        floor=follow(FLOOR, call.floor, "Cut"),
    )
    return call, (*stop, Transfer(call.profile.queue, reason))


def stop_playout(call: Call) -> Step:
    """Stop speaking, if we do; PlayoutStopped will tell what was heard. A paused playout does not stay paused."""
    if call.floor not in (Floor.AGENT, Floor.AGENT_PAUSED):
        return call, ()
    call = replace(call, cut=call.cut if call.reply.is_over else call.reply.turn_id)
    if not call.reply.is_open:
        return call, (StopPlayout(),)
    return replace(call, reply=replace(call.reply, is_open=False, request=None)), (
        StopPlayout(),
        CancelReply(call.reply.asked),
    )


def cancel_reply(call: Call) -> tuple[Command, ...]:
    """Cancel the model's work under way, if any."""
    return (CancelReply(call.reply.asked), CancelTimer("filler")) if call.reply.request else ()


def end(call: Call, reason: str, must_hang_up: bool = False, signal: str = "CallOver") -> Step:
    """The leg is over: release everything. Writes under way still land."""
    commands: tuple[Command, ...] = cancel_reply(call)
    control = follow(CONTROL, call.control, "TransferAnswered") if signal == "TransferAnswered" else call.control
    call = replace(
        on_leg(call, signal), control=control, floor=Floor.NOBODY, end_reason=reason, next_step="", carried=""
    )
    call = replace(call, outcome=outcome_of(call))
    if must_hang_up:
        commands += (Hangup(reason),)
    return call, (*commands, CloseCall((call.outcome or Outcome.ERROR).value, reason))


def outcome_of(call: Call) -> Outcome:
    """How the call counts. What is committed outweighs how it ended."""
    if any(work.status is WorkStatus.IN_DOUBT for work in call.work):
        return Outcome.IN_DOUBT
    known = outcome(call.dialogue) if call.dialogue is not None else None
    if call.is_broken and known not in (Outcome.BOOKED, Outcome.IN_DOUBT):
        return Outcome.ERROR
    if call.control is Control.HUMAN and known not in (Outcome.BOOKED, Outcome.IN_DOUBT):
        return Outcome.TRANSFERRED
    return known or Outcome.DROPPED
