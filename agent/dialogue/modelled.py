"""What becomes of a language model's output: proposals that code checks, or nothing."""

from dataclasses import replace

from agent.dialogue.booking import advance, asking
from agent.dialogue.claims import speakable
from agent.dialogue.facts import find_service
from agent.dialogue.ladder import asked_back, failed
from agent.dialogue.prompt import is_verbatim, parse
from agent.dialogue.reading import read
from agent.dialogue.slots import take
from agent.dialogue.state import Decision, Dialogue, phrase, put, slot_asked
from agent.dialogue.turns import begun, unknown
from agent.dialogue.written import answered, let_through
from agent.policy.wording import plain
from agent.values.profile import AgentProfile
from agent.values.talk import Clause, ModelRequest, ModelTask


def model_said(dialogue: Dialogue, profile: AgentProfile, request: ModelRequest, text: str) -> Decision:
    """The whole output of the model for ``request``."""
    if request.task is ModelTask.ANSWER:
        return answered(dialogue, profile, (), let_through(dialogue, profile, (), (speakable(text),)))
    found = parse(text)
    if "intent" in found:
        return _intent(dialogue, profile, found["intent"])
    return _span(dialogue, profile, found)


def model_failed(dialogue: Dialogue, profile: AgentProfile, request: ModelRequest) -> Decision:
    """No output in time: the dialogue goes on without it."""
    if request.task is ModelTask.ANSWER:
        return unknown(dialogue, profile)
    return failed(dialogue, profile)


def _intent(d: Dialogue, profile: AgentProfile, intent: str) -> Decision:
    if intent == "book" and profile.tasks:
        named = find_service(plain(d.question), profile.services)
        d = replace(begun(d, profile.tasks[0].id), question="")
        return replace(advance(put(d, service=named.id) if named else d, profile), decided_by="model")
    if intent in ("question", "human"):
        said = phrase(profile, "unknown" if intent == "question" else "noted")
        d = replace(d, question="")
        return replace(asking(d, profile, "offer_human", (said,), phrase(profile, "offer_human")), decided_by="model")
    return failed(d, profile)


def _span(d: Dialogue, profile: AgentProfile, found: dict[str, str]) -> Decision:
    slot = slot_asked(d, profile)
    span = found.get(slot.name, "") if slot else ""
    if slot and slot.type == "service":
        known = any(service.id == span for service in profile.services)
        return _go_on(put(d, service=span), profile) if known else failed(d, profile)
    if not slot or not is_verbatim(span, d):
        return failed(d, profile)
    taken = take(d, profile, read(d, profile, span))
    if taken.asked_back:
        what, question = taken.asked_back
        ask = asked_back(taken.dialogue, profile, taken.notes, question) if what == "meant" else asking(
            taken.dialogue, profile, what, taken.notes, question)  # fmt: skip
        return replace(ask, decided_by="model")
    return _go_on(taken.dialogue, profile, taken.notes) if taken.has_progress else failed(d, profile)


def _go_on(d: Dialogue, profile: AgentProfile, notes: tuple[Clause, ...] = ()) -> Decision:
    return replace(advance(replace(d, question=""), profile, notes), decided_by="model")
