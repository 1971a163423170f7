"""The course of a task: what is asked next, the calendar's answers, read-back, commit.

A commit leaves this file only from ``advance``, only when the read-back was confirmed, and ``state.put`` takes
the confirmation away with every change.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from agent.dialogue.clock import NOON
from agent.dialogue.slots import caller_id
from agent.dialogue.spoken import say_date, say_digits, say_list, say_start, say_time, with_article
from agent.dialogue.state import (
    Decision,
    Dialogue,
    ToolIntent,
    ask,
    check_key,
    fixed,
    now,
    phrase,
    put,
    task_of,
)
from agent.values.caller import Outcome
from agent.values.profile import AgentProfile, SlotSpec, TaskSpec
from agent.values.talk import Clause
from agent.values.work import Effect, ToolResult, ToolStatus

READ_DEADLINE_MS = 4_000
WRITE_DEADLINE_MS = 8_000
_AFTER_CHECK = ("person_name", "phone", "email", "yes_no", "free_text")
_EXPECTS = {"confirm": "yes_no", "caller_id": "yes_no", "next_open": "yes_no", "consent": "yes_no", "more": "yes_no",
            "offer_human": "yes_no", "offer_book": "yes_no", "offer": "time", "meant": "yes_no",
            "again": "yes_no", "who": "person_name", "go_on": "yes_no"}  # fmt: skip
_ENDING_DIGITS = 4
_REFUSED = ("taken", "closed", "past")


def decide(dialogue: Dialogue, profile: AgentProfile, *clauses: Clause, **more: Any) -> Decision:
    """A Decision with what it leaves the caller to answer."""
    task = task_of(dialogue, profile)
    types = {slot.name: slot.type for slot in task.slots} if task else {}
    expects = _EXPECTS.get(dialogue.asked) or types.get(dialogue.asked, "")
    known = ("phone", "person_name", "date", "time", "yes_no")
    return Decision(dialogue, clauses, expects=expects if expects in known else "", **more)


def asking(
    dialogue: Dialogue, profile: AgentProfile, what: str, lead: tuple[Clause, ...], *sentences: Clause
) -> Decision:
    """Say ``lead``, then ask ``what`` with ``sentences``."""
    return decide(ask(dialogue, what, *sentences), profile, *lead, *sentences)


def advance(dialogue: Dialogue, profile: AgentProfile, lead: tuple[Clause, ...] = ()) -> Decision:
    """The next step of the task in hand."""
    task = task_of(dialogue, profile)
    if task is None:
        return asking(dialogue, profile, "more", lead, phrase(profile, "anything_else"))
    values = dialogue.values
    for slot in task.slots:
        if values.get(slot.name) or not slot.required:
            continue
        if slot.type == "time" and dialogue.offers and dialogue.offers[0][:10] == values.get("date"):
            return _ask_offers(dialogue, profile, lead)
        if _may_check(dialogue, task) and (slot.type == "time" or slot.type in _AFTER_CHECK):
            return _look(dialogue, profile, task, lead)
        if slot.type == "phone" and not dialogue.refused_caller_id and caller_id(dialogue, profile):
            return _offer_caller_id(dialogue, profile, lead)
        return asking(dialogue, profile, slot.name, lead, fixed(slot.ask))
    if _may_check(dialogue, task):
        return _look(dialogue, profile, task, lead)
    if not dialogue.confirmed:
        return _read_back(dialogue, profile, task, lead)
    return _commit(dialogue, profile, task, lead)


def ask_slot(dialogue: Dialogue, profile: AgentProfile, slot: SlotSpec, lead: tuple[Clause, ...]) -> Decision:
    """Ask for one slot whatever else is missing."""
    return asking(dialogue, profile, slot.name, lead, fixed(slot.ask))


def _may_check(dialogue: Dialogue, task: TaskSpec) -> bool:
    """Whether the calendar can and must be asked: the day is known, and not yet called free."""
    values = dialogue.values
    has_service = bool(values.get("service")) or not any(s.type == "service" for s in task.slots)
    return bool(task.check and values.get("date") and has_service) and dialogue.checked != check_key(values)


def _look(dialogue: Dialogue, profile: AgentProfile, task: TaskSpec, lead: tuple[Clause, ...]) -> Decision:
    values = dialogue.values
    arguments = {name: values[name] for name in ("service", "date", "time") if values.get(name)}
    if dialogue.part and "time" not in arguments:
        arguments["part"] = dialogue.part
    intent = ToolIntent(task.check, arguments, Effect.READ, READ_DEADLINE_MS)
    return decide(replace(dialogue, pending=task.check, asked=""), profile, *lead, tool=intent)


def _commit(dialogue: Dialogue, profile: AgentProfile, task: TaskSpec, lead: tuple[Clause, ...]) -> Decision:
    if not task.commit:
        return _done(dialogue, profile, lead, task.done)
    values = dialogue.values
    arguments = {
        "service": values["service"],
        "start": f"{values['date']}T{values['time']}",
        "name": values["name"],
        "phone": values["phone"],
    }
    return commit_of(dialogue, profile, task, arguments, lead)


def commit_of(
    dialogue: Dialogue, profile: AgentProfile, task: TaskSpec, arguments: dict[str, Any], lead: tuple[Clause, ...] = ()
) -> Decision:
    """Ask for the task's write with these arguments: confirmed ones, or those of a write that was asked for before."""
    intent = ToolIntent(task.commit, arguments, Effect.WRITE, WRITE_DEADLINE_MS)
    return decide(replace(dialogue, pending=task.commit, asked=""), profile, *lead, tool=intent)


def values_of(arguments: dict[str, Any]) -> dict[str, str]:
    """The slots that a commit with these arguments was made of."""
    day, _, clock = str(arguments["start"]).partition("T")
    return {name: str(arguments[name]) for name in ("service", "name", "phone")} | {"date": day, "time": clock}


def _read_back(dialogue: Dialogue, profile: AgentProfile, task: TaskSpec, lead: tuple[Clause, ...]) -> Decision:
    said = Clause(task.read_back.format_map(_fields(dialogue, profile)))
    return asking(dialogue, profile, "confirm", lead, said, phrase(profile, "confirm"))


def _fields(dialogue: Dialogue, profile: AgentProfile) -> dict[str, str]:
    """Slot values as one says them, for the profile's templates; a missing one is left out."""
    values = dialogue.values
    names = {service.id: service.name for service in profile.services}
    service = names.get(values.get("service", ""), values.get("service", ""))
    task = task_of(dialogue, profile)
    empty = {slot.name: "" for slot in task.slots} if task else {}
    return empty | values | {
        "service": service,
        "a_service": with_article(service),
        "date": say_date(date.fromisoformat(values["date"])) if values.get("date") else "",
        "time": say_time(values["time"]) if values.get("time") else "",
        "phone": say_digits(values.get("phone", "")),
        "phone_end": say_digits(values.get("phone", ""))[1 - 2 * _ENDING_DIGITS :],
    }  # fmt: skip


def _offer_caller_id(dialogue: Dialogue, profile: AgentProfile, lead: tuple[Clause, ...]) -> Decision:
    ending = say_digits(dialogue.caller_number[-_ENDING_DIGITS:])
    question = Clause(f"Is the number you are calling from, ending {ending}, the best number to reach you?")
    return asking(dialogue, profile, "caller_id", lead, question)


def looked(dialogue: Dialogue, profile: AgentProfile, result: ToolResult) -> Decision:
    """The calendar's answer to a look at one day."""
    if result.status is not ToolStatus.DONE:
        return to_human(dialogue, profile, "calendar_unavailable", phrase(profile, "no_calendar"))
    values = dialogue.values
    free = _future(dialogue, profile, result.value.get("slots"))
    start = f"{values.get('date', '')}T{values.get('time', '')}"
    if values.get("time") and (result.value.get("is_free") is True or start in free):
        said = Clause(f"{say_date(date.fromisoformat(values['date']))} at {say_time(values['time'])} is free.")
        known = replace(dialogue, checked=check_key(values), free=free)
        return advance(known, profile, () if _is_complete(known, profile) else (said,))
    if not free and dialogue.part and not values.get("time") and result.value.get("closed") is not True:
        said = Clause(f"Nothing is free in the {dialogue.part}, I am afraid.")
        return advance(replace(dialogue, part=""), profile, (said,))
    if result.value.get("closed") is True or not free:
        return _no_luck(dialogue, profile, result)
    taken: tuple[Clause, ...] = ()
    if values.get("time"):
        taken = (Clause(f"{say_time(values['time']).capitalize()} is not free, I am afraid."),)
    return offer(dialogue, profile, free, taken)


def _is_complete(dialogue: Dialogue, profile: AgentProfile) -> bool:
    """Whether the read-back comes next, which tells the day and time anyway."""
    task = task_of(dialogue, profile)
    return task is not None and all(dialogue.values.get(slot.name) for slot in task.slots if slot.required)


def _future(dialogue: Dialogue, profile: AgentProfile, slots: object) -> tuple[str, ...]:
    """The starts in a tool's answer that are well formed and lie ahead, in order."""
    at = now(dialogue, profile)
    kept = set()
    for slot in slots if isinstance(slots, list) else ():
        try:
            start = datetime.fromisoformat(str(slot)).replace(tzinfo=None)
        except ValueError:
            continue
        if start > at:
            kept.add(f"{start:%Y-%m-%dT%H:%M}")
    return tuple(sorted(kept))


def offer(dialogue: Dialogue, profile: AgentProfile, free: tuple[str, ...], lead: tuple[Clause, ...]) -> Decision:
    """Offer up to two free times: those nearest to the wish, else one early and one after noon."""
    wish = dialogue.values.get("time", "")
    offers = _two(free, wish, dialogue.part)
    day = date.fromisoformat(offers[0][:10])
    d = replace(put(dialogue, time=None, date=day.isoformat()), free=free, offers=offers)
    return _ask_offers(d, profile, lead)


def _ask_offers(dialogue: Dialogue, profile: AgentProfile, lead: tuple[Clause, ...]) -> Decision:
    day = date.fromisoformat(dialogue.offers[0][:10])
    times = say_list([say_start(start) for start in dialogue.offers], "or")
    said = Clause(f"On {say_date(day)} I have {times}.")
    question = phrase(profile, "which_offer" if len(dialogue.offers) > 1 else "suits")
    return asking(dialogue, profile, "offer", lead, said, question)


def _two(free: tuple[str, ...], wish: str, part: str) -> tuple[str, ...]:
    free = tuple(start for start in free if start[:10] == free[0][:10])
    if wish:
        return tuple(sorted(sorted(free, key=lambda start: abs(_minute(start) - _minute(f"T{wish}")))[:2]))
    early = [start for start in free if _minute(start) < NOON]
    late = [start for start in free if _minute(start) >= NOON]
    if part == "morning" and early:
        return tuple(early[:2])
    if part == "afternoon" and late:
        return tuple(late[:2])
    return (early[0], late[0]) if early and late else free[:2]


def _minute(start: str) -> int:
    clock = start.partition("T")[2]
    return int(clock[:2]) * 60 + int(clock[3:5])


def offer_more(dialogue: Dialogue, profile: AgentProfile, direction: str) -> Decision:
    """Other free times of the same day, later or earlier ones when that was asked."""
    first, last = dialogue.offers[0], dialogue.offers[-1]
    unseen = tuple(start for start in dialogue.free if start not in dialogue.offers)
    rest = {
        "later": tuple(start for start in unseen if start > last),
        "earlier": tuple(start for start in unseen if start < first)[-2:],
    }.get(direction, unseen)
    if not rest and direction == "later" and dialogue.part != "afternoon":
        return advance(replace(dialogue, part="afternoon", free=(), offers=()), profile)
    if rest:
        shown = offer(replace(dialogue, part=""), profile, rest[:2], ())
        return replace(shown, dialogue=replace(shown.dialogue, free=unseen))
    return asking(put(dialogue, date=None, time=None), profile, "date", (), phrase(profile, "alternatives_none"))


def _no_luck(dialogue: Dialogue, profile: AgentProfile, result: ToolResult) -> Decision:
    """Closed or full: say so and offer the next open day."""
    day = dialogue.day or now(dialogue, profile).date()
    is_closed = result.value.get("closed") is True
    said = Clause(
        f"We are closed on {say_date(day)}." if is_closed else f"{say_date(day)} is fully booked, I am afraid."
    )
    d = put(dialogue, date=None)
    after = _day(result.value.get("next_open"))
    if after is None or after <= day:
        return asking(d, profile, "date", (said,), fixed(_slot_ask(dialogue, profile, "date")))
    question = Clause(f"The next day with free times is {say_date(after)}. Shall I look at that day?")
    return asking(replace(d, next_open=after.isoformat()), profile, "next_open", (said,), question)


def _slot_ask(dialogue: Dialogue, profile: AgentProfile, name: str) -> str:
    task = task_of(dialogue, profile)
    return next((slot.ask for slot in task.slots if slot.name == name), "") if task else ""


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def committed(dialogue: Dialogue, profile: AgentProfile, result: ToolResult) -> Decision:
    """The calendar's answer to a booking: the only place from which a booking is called done."""
    task = task_of(dialogue, profile)
    if result.status is ToolStatus.DONE and task:
        return _booked(dialogue, profile, task, result.value)
    if result.status is ToolStatus.IN_DOUBT:
        in_doubt = replace(dialogue, outcome=Outcome.IN_DOUBT)
        return to_human(in_doubt, profile, "in_doubt", phrase(profile, "doubt"))
    if result.error not in _REFUSED:
        failed = replace(dialogue, confirmed=False, checked="")
        return to_human(failed, profile, "booking_failed", phrase(profile, "failed"))
    said = Clause(f"I am sorry, {say_time(dialogue.values.get('time', '00:00'))} was taken just now.")
    d = put(dialogue, time=None)
    free = _future(d, profile, result.value.get("slots") or result.value.get("alternatives"))
    if free and free[0][:10] == d.values.get("date"):
        return offer(d, profile, free, (said,))
    return advance(replace(d, free=(), offers=()), profile, (said,))


def _booked(dialogue: Dialogue, profile: AgentProfile, task: TaskSpec, row: dict[str, Any]) -> Decision:
    """Speak of the committed row, not of what was asked for."""
    values = dialogue.values
    start = str(row.get("start") or f"{values['date']}T{values['time']}")
    as_committed = {"service": str(row.get("service") or values["service"]), "date": start[:10], "time": start[11:16],
                    "name": str(row.get("name") or values["name"])}  # fmt: skip
    done = replace(dialogue, slots=tuple((values | as_committed).items()), outcome=Outcome.BOOKED)
    return _done(done, profile, (), task.done)


def done_text(dialogue: Dialogue, profile: AgentProfile, task: TaskSpec) -> str:
    """What is said of the task when it is done with the values that stand."""
    return task.done.format_map(_fields(dialogue, profile))


def _done(dialogue: Dialogue, profile: AgentProfile, lead: tuple[Clause, ...], text: str) -> Decision:
    said = Clause(text.format_map(_fields(dialogue, profile)), interruptible=False)
    d = replace(dialogue, task="", confirmed=False, checked="", free=(), offers=())
    return asking(d, profile, "more", (*lead, said), phrase(profile, "anything_else"))


def to_human(dialogue: Dialogue, profile: AgentProfile, reason: str, *clauses: Clause) -> Decision:
    """Say why, and hand the caller over. What was booked or is in doubt stays the outcome."""
    settled = dialogue.outcome in (Outcome.BOOKED, Outcome.IN_DOUBT)
    d = replace(dialogue, asked="", prompt=(), outcome=dialogue.outcome if settled else Outcome.TRANSFERRED)
    return decide(d, profile, *clauses, transfer=reason)
