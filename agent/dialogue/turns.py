"""One turn of the caller: what it means for the dialogue, in a fixed order.

Safety first, then what holds at any time (say again, start over, goodbye), then what was asked, then the task.
"""

from dataclasses import replace

from agent.dialogue import answers
from agent.dialogue.again import QUESTIONS, answered, ask_whether_again
from agent.dialogue.booking import advance, ask_slot, asking, decide, offer, offer_more, to_human
from agent.dialogue.circles import counted
from agent.dialogue.corrections import forget, weigh
from agent.dialogue.facts import Answer
from agent.dialogue.keyed import YES_NO, entry, words_of
from agent.dialogue.ladder import asked_back, failed, heard_again
from agent.dialogue.prompt import answer_request, intent_request, slot_request
from agent.dialogue.reading import Reading, read
from agent.dialogue.slots import Taken, caller_id, take
from agent.dialogue.state import Decision, Dialogue, fixed, phrase, put, slot_asked, task_of
from agent.dialogue.words import contains
from agent.policy import escalation, recording
from agent.policy.wording import plain
from agent.values.caller import Outcome
from agent.values.profile import AgentProfile, SlotSpec
from agent.values.talk import Clause, DecidedBy, ModelRequest

_MENTIONS = {
    "time": r"time|hour",
    "date": r"day|date",
    "person_name": r"name|spelling|spelled",
    "phone": r"phone|number|telephone|digits?",
    "service": r"service|treatment|reason|type",
}
_FOR_MODEL = ("service", "date", "time", "person_name")


def hear(dialogue: Dialogue, profile: AgentProfile, text: str) -> Decision:
    """A finished turn of the caller."""
    return counted(dialogue, _heard(dialogue, profile, text), profile)


def keyed(dialogue: Dialogue, profile: AgentProfile, keys: str) -> Decision:
    """A finished entry on the keypad: an answer like a spoken one, but heard without doubt."""
    if not dialogue.asked or dialogue.pending:
        return decide(dialogue, profile, phrase(profile, "working" if _is_writing(dialogue, profile) else "filler"))
    if entry(dialogue, profile) is None:
        unused = decide(dialogue, profile, phrase(profile, "keys_unused"), *dialogue.prompt[-1:])
        return counted(dialogue, unused, profile)
    words = words_of(dialogue, profile, keys)
    if not words:
        return counted(dialogue, failed(dialogue, profile, (phrase(profile, "keys_wrong"),)), profile)
    return hear(replace(dialogue, is_keyed=True), profile, words)


def _heard(dialogue: Dialogue, profile: AgentProfile, text: str) -> Decision:
    if firing := escalation.match(text, profile.rules):
        return replace(_escalated(dialogue, profile, firing), fired=firing)
    if _is_writing(dialogue, profile):
        return Decision(dialogue, (phrase(profile, "working"),))
    words = plain(text)
    if _is_noise(dialogue, words):
        return _unheard(dialogue, profile)
    d = replace(dialogue, unheard=0, question="")
    if dialogue.asked == "consent":
        return _consented(d, profile, text, words)
    if (always := _always(d, profile, words)) is not None:
        return always
    reading = read(d, profile, text)
    if d.asked in QUESTIONS:
        after = answered(d, profile, reading)
        return after if isinstance(after, Decision) else _understood(after, profile, reading)
    return _understood(d, profile, reading)


def _escalated(d: Dialogue, profile: AgentProfile, firing: escalation.Firing) -> Decision:
    """What the rule wants; the model is not asked."""
    said = fixed(firing.text) if firing.text else phrase(profile, firing.say)
    if firing.action == "say":
        return decide(d, profile, said, *d.prompt)
    if firing.action == "hang_up":
        return decide(replace(d, asked="", prompt=()), profile, said, hang_up=True)
    return to_human(d, profile, firing.rule, said)


def _is_writing(d: Dialogue, profile: AgentProfile) -> bool:
    return bool(d.pending) and d.pending in {task.commit for task in profile.tasks}


def _is_noise(d: Dialogue, words: str) -> bool:
    if d.asked in YES_NO and answers.yes_or_no(words):
        return False
    if d.asked == "more" and words.startswith("thank"):
        return False
    return answers.is_noise(words)


def _unheard(d: Dialogue, profile: AgentProfile) -> Decision:
    if not d.asked or d.pending:
        return decide(d, profile)
    if d.unheard >= profile.limits.unheard:
        return to_human(d, profile, "not_heard", phrase(profile, "repeated_failure"))
    again = d.prompt if d.asked == "confirm" else d.prompt[-1:]  # nobody agrees to what was said two turns ago
    return decide(replace(d, unheard=d.unheard + 1), profile, phrase(profile, "unheard"), *again)


def _consented(d: Dialogue, profile: AgentProfile, text: str, words: str) -> Decision:
    """The answer to "may I record": any other topic is no consent, and is taken up at once."""
    yes_no = answers.yes_or_no(words)
    said = {"yes": recording.GRANTED_TEXT, "no": recording.REFUSED_TEXT}.get(yes_no, "")
    d = replace(d, consent=recording.answered(d.consent, {"yes": True, "no": False}.get(yes_no)), asked="", prompt=())
    if d.open_cases:
        return ask_whether_again(d, profile, (fixed(said),) if said else ())
    reading = read(d, profile, text)
    if reading.answers or reading.task or reading.question or not said:
        return _always(d, profile, words) or _understood(d, profile, reading)
    return asking(d, profile, "start", (fixed(said),), fixed(profile.greeting))


def _always(d: Dialogue, profile: AgentProfile, words: str) -> Decision | None:
    """What a caller may say at any point."""
    if answers.is_restart(words):
        if escalation.is_repeated_failure(d.repairs, "start over", profile.limits):
            return to_human(d, profile, "repeated_failure", phrase(profile, "repeated_failure"))
        again = (*(each for each in d.repairs if each == "start over"), "start over")
        fresh = replace(begun(d, d.task), repairs=again, corrected=(), rejected=(), seen=())
        return (
            advance(put(fresh, name=None, phone=None), profile, (phrase(profile, "start_over"),))
            if d.task
            else _help(d, profile)
        )
    if answers.asks_about_ai(words):
        return decide(d, profile, phrase(profile, "ai"), *d.prompt)
    if answers.is_wait(words):
        return decide(d, profile, phrase(profile, "wait"))
    if answers.is_again(words) and d.prompt:
        return decide(d, profile, *d.prompt)
    if answers.is_hello(words):
        is_asked = d.task or d.asked in QUESTIONS
        return decide(d, profile, phrase(profile, "here"), *d.prompt) if is_asked else _help(d, profile)
    return None


def _help(d: Dialogue, profile: AgentProfile) -> Decision:
    return asking(replace(d, task=""), profile, "start", (), phrase(profile, "how_help"))


def _understood(d: Dialogue, profile: AgentProfile, reading: Reading) -> Decision:
    if reading.is_old_booking and not d.task:
        return _offer_human(d, profile, phrase(profile, "cannot_change"))
    lead = tuple(Clause(a.text, fixed=a.is_fixed) for a in reading.answers)
    if lead:
        told = tuple(a.text for a in reading.answers if a.text not in d.told)
        topic = reading.answers[-1].service or d.topic
        d = replace(d, outcome=d.outcome or Outcome.ANSWERED, topic=topic, told=d.told + told)
    if not d.task and reading.task:
        d = begun(d, reading.task)
    if d.task:
        return _in_task(d, profile, reading, lead)
    return _outside(d, profile, reading, lead)


def begun(d: Dialogue, task: str) -> Dialogue:
    """The task from its beginning; who calls stays known, and what was just spoken of is its first wish."""
    fresh = put(d, service=d.topic or None, date=None, time=None)
    return replace(
        fresh, task=task, asked="", prompt=(), part="", week="", doubt=(), digits="", topic="", confirmed=False
    )


# --- in a task ---------------------------------------------------------------------------------------------


def _in_task(d: Dialogue, profile: AgentProfile, reading: Reading, lead: tuple[Clause, ...]) -> Decision:
    taken, wrong = weigh(d, take(d, profile, reading), reading)
    if wrong:
        return heard_again(taken.dialogue, profile, wrong, lead)
    if taken.asked_back:
        return _asked_back(taken, profile, (*lead, *taken.notes))
    if (settled := _settled(taken, profile, reading, lead)) is not None:
        return settled
    if taken.has_progress:
        return advance(taken.dialogue, profile, (*lead, *taken.notes))
    if _leaves(d, reading):
        return _left(d, profile, reading)
    if d.pending:
        return decide(d, profile, *lead, phrase(profile, "filler"))
    if lead or reading.task:
        again = decide(d, profile, *lead, *d.prompt) if d.prompt else advance(d, profile, lead)
        return replace(again, decided_by=_by(reading.answers))
    return _not_decided(d, profile, reading)


def _asked_back(taken: Taken, profile: AgentProfile, lead: tuple[Clause, ...]) -> Decision:
    """What was found is in doubt, or not all: one question about it."""
    d, (what, question) = taken.dialogue, taken.asked_back or ("", Clause(""))
    if what == "meant":
        return asked_back(d, profile, lead, question)
    if taken.has_progress:
        return asking(d, profile, what, lead, question)
    return failed(replace(d, asked=what), profile, (*lead, question))


def _settled(taken: Taken, profile: AgentProfile, reading: Reading, lead: tuple[Clause, ...]) -> Decision | None:
    """The caller answered yes, no, or "another one" to what was asked; None when that says nothing here."""
    if taken.has_changed or taken.notes:
        return None
    d, yes_no = taken.dialogue, reading.yes_no
    if slot := _mentioned(d, profile, reading):
        return ask_slot(forget(d, slot.name), profile, slot, lead)
    match d.asked, yes_no:
        case "confirm", "yes" if contains(reading.words, "but", "except", "only", "however"):
            return None if lead else asking(d, profile, "change", lead, phrase(profile, "change"))
        case "confirm", "yes" if d.is_unread:
            return asking(d, profile, "confirm", lead, *d.prompt)
        case "confirm", "yes":
            return advance(replace(d, confirmed=True), profile, lead)
        case "confirm", "no":
            return asking(d, profile, "change", lead, phrase(profile, "change"))
        case "change", _ if yes_no == "yes" or contains(reading.words, "nothing", "no changes?", "leave it"):
            return advance(d, profile, lead)
        case "caller_id", "yes" | "no":
            return _caller_id_answered(d, profile, yes_no, lead)
        case "next_open", "yes" | "no":
            return _next_open_answered(d, profile, yes_no, lead)
        case "meant", "no":
            return failed(d, profile, (*lead, phrase(profile, "noted")))
        case "offer_human", "yes":
            return to_human(d, profile, "human", phrase(profile, "to_human"))
        case "offer_human", "no":
            return advance(d, profile, lead)
        case "offer", _:
            return _offer_answered(d, profile, reading, lead)
    return None


def _mentioned(d: Dialogue, profile: AgentProfile, reading: Reading) -> SlotSpec | None:
    """The slot a caller calls wrong or wants changed, without a new value."""
    task, values = task_of(d, profile), d.values
    is_wish = contains(reading.words, "change", "different", "another", "correct the", "other", "wrong")
    has_value = reading.service or reading.day or reading.time.minutes or reading.phone
    if (
        task is None
        or has_value
        or not (d.asked == "change" or is_wish or (d.asked == "confirm" and reading.yes_no == "no"))
    ):
        return None
    named = (s for s in task.slots if contains(reading.words, rf"(?:{_MENTIONS.get(s.type, '(?!)')})"))
    return next((slot for slot in named if values.get(slot.name)), None)


def _offer_answered(d: Dialogue, profile: AgentProfile, reading: Reading, lead: tuple[Clause, ...]) -> Decision | None:
    """Neither offer was taken: others of the day, or those of the half of the day that was wished."""
    if not d.free or not d.offers:
        return None
    if reading.time.part and not lead:
        half = offer(d, profile, d.free, lead)
        if half.dialogue.offers != d.offers:
            return half
    direction = answers.wants_more(reading.words)
    return offer_more(d, profile, direction) if direction or reading.yes_no == "no" else None


def _caller_id_answered(d: Dialogue, profile: AgentProfile, yes_no: str, lead: tuple[Clause, ...]) -> Decision:
    if yes_no == "yes":
        return advance(put(d, phone=caller_id(d, profile) or None), profile, lead)
    return advance(replace(d, refused_caller_id=True), profile, lead)


def _next_open_answered(d: Dialogue, profile: AgentProfile, yes_no: str, lead: tuple[Clause, ...]) -> Decision:
    if yes_no == "yes":
        return advance(put(d, date=d.next_open), profile, lead)
    return advance(replace(d, next_open=""), profile, lead)


def _leaves(d: Dialogue, reading: Reading) -> bool:
    """Goodbye, but "that's all correct" at the read-back is none."""
    return answers.is_goodbye(reading.words) and not (
        d.asked in YES_NO and reading.yes_no == "yes" and d.asked != "more"
    )


def _left(d: Dialogue, profile: AgentProfile, reading: Reading) -> Decision:
    if d.task and contains(reading.words, "never ?mind", "forget it"):
        dropped = replace(begun(d, ""), repairs=())
        return asking(dropped, profile, "more", (phrase(profile, "dropped"),), phrase(profile, "anything_else"))
    return _goodbye(d, profile)


def _goodbye(d: Dialogue, profile: AgentProfile) -> Decision:
    d = replace(d, asked="", prompt=(), task="", outcome=d.outcome or Outcome.ANSWERED)
    return decide(d, profile, fixed(profile.goodbye), hang_up=True)


def _not_decided(d: Dialogue, profile: AgentProfile, reading: Reading) -> Decision:
    """Rules do not decide: a question goes to the model with facts, words for a slot as spans, else ask again."""
    if reading.question and (request := answer_request(profile, reading.question, d.exchanges)):
        return _ask_model(d, profile, request, reading.question)
    slot = slot_asked(d, profile)
    is_short = len(reading.words.split()) < 2
    if reading.question and not slot:
        return decide(d, profile, phrase(profile, "unknown"), *d.prompt)
    if slot and slot.type in _FOR_MODEL and not is_short and (request := slot_request(profile, slot, reading.text)):
        return _ask_model(d, profile, request, reading.text)
    return failed(d, profile)


def _ask_model(d: Dialogue, profile: AgentProfile, request: ModelRequest, about: str) -> Decision:
    return decide(replace(d, question=about), profile, model=request, decided_by="model")


# --- outside a task ----------------------------------------------------------------------------------------


def _outside(d: Dialogue, profile: AgentProfile, reading: Reading, lead: tuple[Clause, ...]) -> Decision:
    if lead:
        return _answered(d, profile, reading, lead)
    if d.asked == "offer_human" and reading.yes_no:
        return _human_answered(d, profile, reading.yes_no)
    if d.asked == "offer_book" and reading.yes_no == "yes" and profile.tasks:
        return advance(begun(d, profile.tasks[0].id), profile)
    if d.asked == "offer_book" and reading.yes_no == "no":
        return asking(d, profile, "more", (phrase(profile, "noted"),), phrase(profile, "anything_else"))
    if answers.is_goodbye(reading.words) or (d.asked == "more" and _wants_no_more(reading)):
        return _goodbye(d, profile)
    if reading.question:
        request = answer_request(profile, reading.question, d.exchanges)
        return _ask_model(d, profile, request, reading.question) if request else unknown(d, profile)
    if d.asked == "more" and reading.yes_no == "yes":
        return _help(d, profile)
    if len(reading.words.split()) >= 3:
        return _ask_model(d, profile, intent_request(profile, reading.text), reading.text)
    return failed(d, profile)


def _wants_no_more(reading: Reading) -> bool:
    return reading.yes_no == "no" or reading.words.startswith(
        ("thank", "great thank", "okay thank", "ok thank", "perfect thank")
    )


def _answered(d: Dialogue, profile: AgentProfile, reading: Reading, lead: tuple[Clause, ...]) -> Decision:
    if answers.is_goodbye(reading.slot_text.lower()):
        return _goodbye(d, profile)
    if reading.answers[-1].offers_booking and profile.tasks:
        question, what = Clause(OFFER_BOOKING, fixed=True), "offer_book"
    else:
        question, what = phrase(profile, "anything_else"), "more"
    return replace(asking(d, profile, what, lead, question), decided_by=_by(reading.answers))


OFFER_BOOKING = "Would you like to book that?"


def _by(found: tuple[Answer, ...]) -> DecidedBy:
    return "cached" if found and all(answer.is_fixed for answer in found) else "rule"


def _human_answered(d: Dialogue, profile: AgentProfile, yes_no: str) -> Decision:
    if yes_no == "yes":
        return to_human(d, profile, "human", phrase(profile, "to_human"))
    return asking(d, profile, "more", (phrase(profile, "noted"),), phrase(profile, "anything_else"))


def _offer_human(d: Dialogue, profile: AgentProfile, *lead: Clause) -> Decision:
    return asking(d, profile, "offer_human", lead, phrase(profile, "offer_human"))


def unknown(d: Dialogue, profile: AgentProfile) -> Decision:
    """A question nobody wrote an answer for: say so, go on with the task, or offer a human."""
    said = phrase(profile, "unknown")
    d = replace(d, question="")
    if d.task:
        return decide(d, profile, said, *d.prompt)
    return _offer_human(d, profile, said)
