"""What follows when an answer was not understood: other words, then something narrower and the keypad, then a person.

Failures are counted by what the caller was asked for, whichever way the question was put: an offer and "what time"
are one question. A person is offered as well to whoever hears the same question again and again.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from agent.dialogue.booking import asking, decide, to_human
from agent.dialogue.keyed import changeable, date_keys, label
from agent.dialogue.spoken import say_date, say_list, say_start, say_time, with_article
from agent.dialogue.state import Decision, Dialogue, Pair, fixed, now, phrase, put, slot_of_type, task_of
from agent.dialogue.when import is_month_first
from agent.policy import escalation
from agent.policy.hours import next_open_day
from agent.values.profile import AgentProfile
from agent.values.talk import Clause

_SAME_QUESTION = {"offer": "time", "next_open": "date"}


def question_of(dialogue: Dialogue) -> str:
    """What the open question is about: a slot's name, or its own."""
    if dialogue.asked == "meant" and dialogue.doubt:
        return dialogue.doubt[0][0]
    return _SAME_QUESTION.get(dialogue.asked, dialogue.asked)


def failed(dialogue: Dialogue, profile: AgentProfile, lead: tuple[Clause, ...] = ()) -> Decision:
    """The next rung for the open question; ``lead`` says what was wrong, if it is known."""
    what = question_of(dialogue)
    if escalation.is_repeated_failure(dialogue.repairs, what, profile.limits):
        return _no_further(dialogue, profile)
    rung = dialogue.repairs.count(what)
    d = replace(dialogue, repairs=(*dialogue.repairs, what), question="", digits="")
    lead = lead or (phrase(profile, "not_understood"),)
    return _narrower(d, profile, what, lead) if rung else _in_other_words(d, profile, lead)


def narrowed(dialogue: Dialogue, profile: AgentProfile, slot: str, lead: tuple[Clause, ...]) -> Decision:
    """Ask for ``slot`` by the last rung before a person, or call the person if that was done."""
    if escalation.is_repeated_failure(dialogue.repairs, slot, profile.limits):
        return _no_further(dialogue, profile)
    repairs = (*dialogue.repairs, slot)
    while not escalation.is_repeated_failure(repairs, slot, profile.limits):
        repairs = (*repairs, slot)
    return _narrower(replace(dialogue, repairs=repairs, question="", digits=""), profile, slot, lead)


def heard_again(dialogue: Dialogue, profile: AgentProfile, pair: Pair, lead: tuple[Clause, ...]) -> Decision:
    """A value that the caller called wrong was heard once more: it is not proposed again but asked for otherwise."""
    slot, value = pair
    rejected = dialogue.rejected if pair in dialogue.rejected else (*dialogue.rejected, pair)
    d = replace(put(dialogue, **{slot: None}), rejected=rejected)
    again = phrase(profile, "not_understood")
    if slot in ("date", "time"):
        again = Clause(f"I heard {say_date(date.fromisoformat(value)) if slot == 'date' else say_time(value)} again.")
    return narrowed(d, profile, slot, (*lead, again))


def asked_back(dialogue: Dialogue, profile: AgentProfile, lead: tuple[Clause, ...], question: Clause) -> Decision:
    """Ask "do you mean" with ``question``: it counts as a failure, and is not asked again in vain."""
    if dialogue.is_keyed:
        return asking(dialogue, profile, "meant", lead, question)
    what = dialogue.doubt[0][0]
    if what in dialogue.repairs:
        return narrowed(dialogue, profile, what, lead or (phrase(profile, "not_understood"),))
    return asking(replace(dialogue, repairs=(*dialogue.repairs, what)), profile, "meant", lead, question)


def offer_person(dialogue: Dialogue, profile: AgentProfile, lead: tuple[Clause, ...]) -> Decision:
    """Instead of the same question once more: would the caller rather speak to somebody?"""
    if dialogue.asked == "offer_human" or escalation.is_repeated_failure(
        dialogue.repairs, "offer_human", profile.limits
    ):
        return _no_further(dialogue, profile)
    d = replace(dialogue, repairs=(*dialogue.repairs, "offer_human"))
    return asking(d, profile, "offer_human", lead, phrase(profile, "offer_human"))


def _no_further(d: Dialogue, profile: AgentProfile) -> Decision:
    return to_human(d, profile, "repeated_failure", phrase(profile, "repeated_failure"))


def _in_other_words(d: Dialogue, profile: AgentProfile, lead: tuple[Clause, ...]) -> Decision:
    task = task_of(d, profile)
    slot = next((s for s in task.slots if s.name == question_of(d)), None) if task else None
    if slot and d.asked in (slot.name, "meant"):
        return asking(d, profile, slot.name, lead, fixed(slot.reask or slot.ask))
    if d.asked == "offer":
        return decide(d, profile, *lead, *d.prompt[:-1], phrase(profile, "offer_again"))
    if d.task and d.prompt:
        return decide(d, profile, *lead, *d.prompt)
    return asking(d, profile, d.asked or "start", lead, phrase(profile, "how_help"))


def _narrower(d: Dialogue, profile: AgentProfile, what: str, lead: tuple[Clause, ...]) -> Decision:
    """The question by keys; what has no keys is asked as narrowly as it can be."""
    task = task_of(d, profile)
    kind = next((slot.type for slot in task.slots if slot.name == what), what) if task else what
    if kind not in _BY_KEYS:
        return offer_person(d, profile, lead)
    asked, sentences = _BY_KEYS[kind](d, profile)
    decision = asking(d, profile, asked, lead, *sentences)
    return replace(decision, dialogue=replace(decision.dialogue, keypad=True))


Question = tuple[str, tuple[Clause, ...]]


def _name_of(d: Dialogue, profile: AgentProfile, kind: str) -> str:
    task = task_of(d, profile)
    slot = slot_of_type(task, kind) if task else None
    return slot.name if slot else kind


def _date_by_keys(d: Dialogue, profile: AgentProfile) -> Question:
    today = now(d, profile).date()
    example = next_open_day(profile.hours, today) or today
    order = "the month and the day" if is_month_first(profile.country) else "the day and the month"
    keys = date_keys(example, profile.country)
    text = f"Please say the day again, or key in {order}: for example, {keys} for {say_date(example)}."
    return _name_of(d, profile, "date"), (Clause(text),)


def _time_by_keys(d: Dialogue, profile: AgentProfile) -> Question:
    if not d.offers or d.offers[0][:10] != d.values.get("date"):
        return _name_of(d, profile, "time"), (phrase(profile, "keys_time"),)
    times = [f"{n} for {say_start(start)}" for n, start in enumerate(d.offers, 1)]
    day = say_date(date.fromisoformat(d.offers[0][:10]))
    return "offer", (Clause(f"For {day}, please press {', '.join(times)}, or key in another time."),)


def _phone_by_keys(d: Dialogue, profile: AgentProfile) -> Question:
    return _name_of(d, profile, "phone"), (phrase(profile, "keys_phone"),)


def _caller_id_by_keys(_d: Dialogue, profile: AgentProfile) -> Question:
    return "caller_id", (phrase(profile, "keys_caller_id"),)


def _service_by_keys(d: Dialogue, profile: AgentProfile) -> Question:
    choices = [f"{n} for {with_article(service.name)}" for n, service in enumerate(profile.services[:9], 1)]
    return _name_of(d, profile, "service"), (Clause(f"Please press {say_list(choices, 'or')}."),)


def _name_by_letters(d: Dialogue, profile: AgentProfile) -> Question:
    return _name_of(d, profile, "person_name"), (phrase(profile, "spell"),)


def _change_by_keys(d: Dialogue, profile: AgentProfile) -> Question:
    choices = [f"{n} for the {label(slot)}" for n, slot in enumerate(changeable(d, profile), 1)]
    return "change", (Clause(f"To change something, please press {say_list(choices, 'or')}."),)


def _yes_no_by_keys(d: Dialogue, profile: AgentProfile) -> Question:
    """What was put before the question (the read-back) is said again."""
    return d.asked, (*d.prompt[: max(1, len(d.prompt) - 1)], phrase(profile, "keys_yes_no"))


_BY_KEYS: dict[str, Callable[[Dialogue, AgentProfile], Question]] = {
    "date": _date_by_keys,
    "time": _time_by_keys,
    "phone": _phone_by_keys,
    "caller_id": _caller_id_by_keys,
    "service": _service_by_keys,
    "person_name": _name_by_letters,
    "confirm": _yes_no_by_keys,
    "change": _change_by_keys,
    "more": _yes_no_by_keys,
    "offer_book": _yes_no_by_keys,
}
