"""The dialogue: what a caller's turn means and what is said and done next. Pure: every call returns a new state.

The call machine drives it: ``start``, ``opening``, then ``hear`` for each finished turn and ``keyed`` for each typed
entry, ``model_said`` or ``model_failed`` after a Decision with ``model``, ``tool_done`` after one with ``tool``,
``silence`` by timer, and ``heard`` for what really left the loudspeaker. Rules decide first, the language model only
where they do not, and what it writes is checked (``claims``, ``prompt.is_verbatim``) before it counts.
"""

from dataclasses import replace
from typing import Literal

from agent.dialogue.again import ask_whether_again, offerable, was_told
from agent.dialogue.booking import advance, asking, committed, decide, looked, to_human, values_of
from agent.dialogue.circles import not_again
from agent.dialogue.facts import duration_answer, hours_summary, offer_answer, price_answer, price_list, services_answer
from agent.dialogue.keyed import is_complete, may_begin_with_zero
from agent.dialogue.modelled import model_failed, model_said
from agent.dialogue.prompt import system
from agent.dialogue.state import Decision, Dialogue, ToolIntent, fixed, phrase, slot_asked, task_of
from agent.dialogue.turns import OFFER_BOOKING, hear, keyed
from agent.dialogue.written import Passed, answered, answering, let_through
from agent.policy import recording
from agent.profiles import PHRASES
from agent.values.caller import Outcome
from agent.values.case import OpenCase
from agent.values.profile import AgentProfile
from agent.values.talk import Clause
from agent.values.work import ToolResult

__all__ = [
    "LAST_SILENCE", "Decision", "Dialogue", "Passed", "ToolIntent", "answered", "answering", "cut_short", "escalate",
    "filler", "fixed_phrases", "hear", "heard", "hints", "is_complete", "keyed", "let_through", "may_begin_with_zero",
    "model_failed", "model_prefixes", "model_said", "opening", "outcome", "resumed", "silence", "slots",
    "start", "tool_done", "values_of", "was_told",
]  # fmt: skip

LAST_SILENCE = 3
_HISTORY = 40
_READ_SHARE = 0.7
"""Of a read-back, what must be heard before a yes is an answer to it: day, time and name come first."""


def start(profile: AgentProfile, wall_iso: str, caller_number: str, open_cases: tuple[OpenCase, ...] = ()) -> Dialogue:
    """A new dialogue. ``wall_iso`` is the call's start; without an offset it is the tenant's local time.

    Of ``open_cases`` those are kept that may be offered to this caller.
    """
    consent = recording.Consent.ASKED if recording.must_ask(profile.recording) else recording.Consent.UNASKED
    fresh = Dialogue(wall_iso, caller_number, consent=consent, open_cases=open_cases)
    return replace(fresh, open_cases=offerable(fresh, profile))


def opening(dialogue: Dialogue, profile: AgentProfile) -> Decision:
    """Disclosure, which no caller can interrupt, then the greeting, or first the question whether we may record."""
    disclosure = Clause(profile.disclosure, fixed=True, interruptible=False)
    if recording.must_ask(profile.recording):
        return asking(dialogue, profile, "consent", (disclosure,), fixed(recording.QUESTION))
    if dialogue.open_cases:
        return ask_whether_again(dialogue, profile, (disclosure,))
    return asking(dialogue, profile, "start", (disclosure,), fixed(profile.greeting))


def tool_done(dialogue: Dialogue, profile: AgentProfile, name: str, result: ToolResult) -> Decision:
    """A tool's result. One that nobody waits for (a look repeated meanwhile) changes nothing."""
    task = task_of(dialogue, profile)
    if dialogue.pending != name or task is None:
        return decide(dialogue, profile)
    d = replace(dialogue, pending="")
    if name == task.commit:
        return committed(d, profile, result)
    return not_again(dialogue, looked(d, profile, result), profile)


def silence(dialogue: Dialogue, profile: AgentProfile, nth: int, is_line_silent: bool = False) -> Decision:
    """The caller said nothing for long, the ``nth`` time in a row: ask again, again, then take leave.

    ``is_line_silent``: not even a room is heard, so we ask whether we are.
    """
    task = task_of(dialogue, profile)
    if nth >= LAST_SILENCE:
        d = replace(dialogue, asked="", prompt=(), outcome=dialogue.outcome or Outcome.SILENT)
        return decide(d, profile, phrase(profile, "silence_3"), hang_up=True)
    said = phrase(profile, "heard" if is_line_silent else f"silence_{max(nth, 1)}")
    if task and dialogue.pending:
        # A look may be asked for again; a write is on its way whatever we say.
        return advance(dialogue, profile, ()) if dialogue.pending == task.check else decide(dialogue, profile)
    return decide(dialogue, profile, said, *dialogue.prompt[-1:])


def resumed(dialogue: Dialogue, profile: AgentProfile) -> Decision:
    """The agent was gone for a moment: an apology, then what stood. A look that died with it is asked for again."""
    task = task_of(dialogue, profile)
    sorry = phrase(profile, "resume")
    if task and dialogue.pending == task.commit:
        return decide(dialogue, profile, sorry, phrase(profile, "working"))
    if task and dialogue.pending:
        return advance(replace(dialogue, pending=""), profile, (sorry,))
    return decide(dialogue, profile, sorry, *(dialogue.prompt or (phrase(profile, "how_help"),)))


def escalate(dialogue: Dialogue, profile: AgentProfile, reason: str) -> Decision:
    """A human is due for a reason that is no word of the caller: a key, a time limit."""
    return to_human(dialogue, profile, reason, phrase(profile, "to_human"))


def model_prefixes(profile: AgentProfile) -> tuple[str, ...]:
    """The prompts that every request of a profile begins with: worth reading ahead."""
    return (system(profile),)


def heard(dialogue: Dialogue, who: Literal["caller", "agent"], text: str) -> Dialogue:
    """The state after ``text`` was really heard; the history keeps the latest turns."""
    if not text.strip():
        return dialogue
    return replace(dialogue, history=(*dialogue.history, (who, text))[-_HISTORY:])


def cut_short(dialogue: Dialogue, text: str) -> Dialogue:
    """The state after the agent was stopped behind ``text``: nobody agrees to a read-back that was not heard."""
    is_unheard = dialogue.asked == "confirm" and len(text) < _READ_SHARE * len(dialogue.prompt[0].text)
    return replace(heard(dialogue, "agent", text), is_unread=dialogue.is_unread or is_unheard)


def filler(dialogue: Dialogue, profile: AgentProfile) -> Clause:
    """A short true sentence for while a tool runs."""
    task = task_of(dialogue, profile)
    is_looking = bool(task and task.check and dialogue.pending == task.check)
    return phrase(profile, "filler_date" if is_looking else "filler")


def fixed_phrases(profile: AgentProfile) -> tuple[str, ...]:
    """Every text that is the same on every call, most urgent first: worth synthesising ahead."""
    slots_asked = [text for task in profile.tasks for slot in task.slots for text in (slot.ask, slot.reask)]
    computed = [price_list(profile), services_answer(profile), hours_summary(profile.hours)]
    for service in profile.services:
        computed += [offer_answer(service), duration_answer(service), price_answer(service) if service.price else ""]
    texts = [
        profile.disclosure, profile.greeting, recording.QUESTION, *slots_asked,
        *(profile.phrases.get(key, default) for key, default in PHRASES.items()),
        *(rule.text for rule in profile.rules),
        profile.goodbye, *(fact.answer for fact in profile.facts), *computed,
        OFFER_BOOKING, recording.GRANTED_TEXT, recording.REFUSED_TEXT,
    ]  # fmt: skip
    return tuple(dict.fromkeys(filter(None, texts)))


def outcome(dialogue: Dialogue) -> Outcome | None:
    """How the call ends as far as the dialogue knows; None when nothing was achieved yet."""
    return dialogue.outcome


def slots(dialogue: Dialogue) -> dict[str, str]:
    """Resolved slots: service id, date (ISO), time (HH:MM), name, phone (E.164)."""
    return dialogue.values


def hints(dialogue: Dialogue, profile: AgentProfile) -> str:
    """What the recogniser is told went before: our question as it was asked.

    Whisper takes it for the text so far. Sample answers after it leak into what is heard ("8 a.m." for "eight
    thirty"), a bare list of words helps least (docs/benchmarks.md).
    """
    question = " ".join(clause.text for clause in dialogue.prompt)
    if slot_asked(dialogue, profile):
        return question
    services = ", ".join(service.name for service in profile.services)
    return f"{profile.business}: {services}. {question}".strip() if dialogue.asked == "start" else question
