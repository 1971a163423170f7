"""What was found becomes slot values: code resolves, doubt is asked back, the past is refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agent.dialogue.answers import choice, wants_any, wants_more
from agent.dialogue.clock import NOON, TimeFound, decide
from agent.dialogue.misheard import ALIKE
from agent.dialogue.people import find_name, sounds_like
from agent.dialogue.phone import is_local_only, to_e164
from agent.dialogue.reading import Reading
from agent.dialogue.spoken import say_date, say_time
from agent.dialogue.state import Dialogue, Pair, check_key, now, phrase, put, slot_asked, slot_of_type, task_of
from agent.dialogue.words import contains
from agent.policy.hours import hours_on, next_open_day, window
from agent.values.profile import AgentProfile
from agent.values.talk import Clause

_FEW = 3
_THIS_NUMBER = (
    r"(?:this|same|current) (?:phone )?number",
    r"number (?:that )?i(?:'m| am) (?:calling|phoning|ringing) (?:you )?(?:from|on)",
    r"(?:calling|phoning) (?:you )?from",
)


@dataclass(frozen=True, slots=True)
class Taken:
    """The state with the values taken over; ``notes`` are said first. ``asked_back`` is the slot in doubt and the
    question about it. ``has_progress`` is false when nothing of use was found; ``has_changed`` tells whether a slot
    has another value than before."""

    dialogue: Dialogue
    notes: tuple[Clause, ...] = ()
    asked_back: tuple[str, Clause] | None = None
    has_progress: bool = False
    has_changed: bool = False
    is_meant: bool = False
    """The question "do you mean" was answered with this: the words say nothing else of day and time."""


def take(dialogue: Dialogue, profile: AgentProfile, reading: Reading) -> Taken:
    """Resolve what ``reading`` found into the slots of the task in hand."""
    before = dialogue
    taken = Taken(dialogue)
    for step in (_take_doubt, _take_service, _take_day, _take_time, _take_name, _take_phone, _take_email):
        taken = step(taken, profile, reading)
    taken = _without_past(taken, profile)
    has_changed = taken.dialogue.slots != before.slots
    return replace(taken, has_progress=taken.has_progress or has_changed, has_changed=has_changed)


def _has(dialogue: Dialogue, profile: AgentProfile, kind: str) -> bool:
    task = task_of(dialogue, profile)
    return bool(task and slot_of_type(task, kind))


def _take_service(taken: Taken, profile: AgentProfile, reading: Reading) -> Taken:
    if not reading.service or not _has(taken.dialogue, profile, "service"):
        return taken
    return replace(taken, dialogue=put(taken.dialogue, service=reading.service), has_progress=True)


def _take_doubt(taken: Taken, profile: AgentProfile, reading: Reading) -> Taken:  # noqa: ARG001 (one shape for all)
    d = taken.dialogue
    if d.asked != "meant" or not d.doubt:
        return taken
    heard = replace(reading, day=None) if _is_weak_day(d, reading) else reading
    if (picked := _meant(d.doubt, heard)) is None:
        is_denied = reading.yes_no == "no"
        return replace(taken, dialogue=replace(d, rejected=(*d.rejected, *d.doubt))) if is_denied else taken
    slot, value = picked
    d = replace(d, rejected=tuple(pair for pair in d.rejected if pair != picked), doubt=(), week="")
    return replace(_with_time(replace(taken, dialogue=d), value) if slot == "time" else
                   replace(taken, dialogue=put(d, date=value), has_progress=True), is_meant=True)  # fmt: skip


def _meant(doubt: tuple[Pair, ...], reading: Reading) -> Pair | None:
    """The one of the values asked about that the caller named: itself, by its half of the day, its place, or yes."""
    # A weekday that does not fit its date has two: the one that was asked about is meant.
    days = {day.isoformat() for day in reading.day.days} if reading.day else set()
    clocks = [pair for pair in doubt if pair[0] == "time"]
    fits = [pair for pair in doubt if pair[1] in days] if days else []
    fits = fits or [pair for pair in clocks if _minutes(pair[1]) in reading.time.minutes]
    half = reading.time.part or next(iter({"am", "pm"} & set(reading.words.split())), "")
    if not fits and half and not reading.maybe_times:
        fits = [pair for pair in clocks if (_minutes(pair[1]) < NOON) == (half not in ("afternoon", "pm"))]
    if not fits and (index := choice(_HALF_OF_DAY.sub("", reading.words), len(doubt))) is not None:
        fits = [doubt[index]]
    if not fits and len(doubt) == 1 and reading.yes_no == "yes":
        fits = list(doubt)
    return fits[0] if len(fits) == 1 else None


def doubtful(taken: Taken, doubt: tuple[Pair, ...]) -> Taken:
    """Ask which of ``doubt``, one or two values, was meant."""
    said = [say_time(value) if slot == "time" else say_date(date.fromisoformat(value)) for slot, value in doubt]
    question = Clause(f"Do you mean {', or '.join(said)}?")
    d = replace(taken.dialogue, doubt=doubt)
    return replace(taken, dialogue=d, asked_back=("meant", question), has_progress=True)


def _awaits_time(d: Dialogue) -> bool:
    """Whether the day stands and its time was asked for: then an ordinal is hardly another day."""
    is_asked = d.asked in ("time", "offer") or (d.asked == "meant" and any(slot == "time" for slot, _ in d.doubt))
    return is_asked and bool(d.values.get("date"))


def _take_day(taken: Taken, profile: AgentProfile, reading: Reading) -> Taken:
    d, found = taken.dialogue, reading.day
    if taken.is_meant or not _has(d, profile, "date"):
        return taken
    if _is_weak_day(d, reading):
        return taken  # decided with the time
    days = found.days if found else ()
    if d.day in days and reading.yes_no != "no":
        days = (d.day,)  # half of it was misheard: the day that stands is said again
    if len(days) == 1:
        return replace(taken, dialogue=replace(put(d, date=days[0].isoformat()), week="", doubt=()), has_progress=True)
    if len(days) == 2:
        doubt = tuple(("date", day.isoformat()) for day in days)
        return doubtful(replace(taken, dialogue=put(d, date=None)), doubt)
    if found and found.is_past:
        return replace(taken, notes=(*taken.notes, phrase(profile, "past")), has_progress=True)
    if found and found.week:
        which = phrase(profile, "which_day_of_week")
        return replace(
            taken, dialogue=replace(d, week=found.week.isoformat()), asked_back=("date", which), has_progress=True
        )
    if not found and (maybe := [("date", day.isoformat()) for day in reading.maybe_days]):
        return _guess(taken, maybe)
    if wants_any(reading.words) and not d.values.get("date") and not d.offers and not found:
        return replace(taken, dialogue=put(d, date=_soonest(d, profile).isoformat()), has_progress=True)
    return taken


def _guess(taken: Taken, pairs: Sequence[Pair]) -> Taken:
    """Ask whether one of two guesses is right; what the caller called wrong before is none."""
    kept = tuple(pair for pair in dict.fromkeys(pairs) if pair not in taken.dialogue.rejected)[:2]
    return doubtful(taken, kept) if kept else taken


def _soonest(d: Dialogue, profile: AgentProfile) -> date:
    """Today while some of it is left, else the next open day."""
    at = now(d, profile)
    today = at.date()
    left = any(h.closes_min > at.hour * 60 + at.minute + 60 for h in hours_on(profile.hours, today))
    return today if left else next_open_day(profile.hours, today) or today + timedelta(days=1)


def _take_time(taken: Taken, profile: AgentProfile, reading: Reading) -> Taken:
    d = taken.dialogue
    if taken.is_meant or not _has(d, profile, "time"):
        return taken
    if reading.time.part in ("morning", "afternoon"):
        is_news = d.part != reading.time.part and d.asked != "offer" and not d.values.get("time")
        d = replace(d, part=reading.time.part)
        taken = replace(taken, dialogue=d, has_progress=taken.has_progress or is_news)
    is_weak_day = _is_weak_day(d, reading)
    minutes = () if is_weak_day else _readings(d, profile, reading)
    if reading.maybe_times or not minutes or _is_out_of_hours(d, profile, minutes):
        asked = _guess(taken, _maybe(d, profile, reading))
        if asked.asked_back:
            return asked
    if not minutes and not is_weak_day and (picked := _picked(d, reading)):
        return _with_time(taken, picked)
    if not minutes:
        return taken
    if len(minutes) == 1:
        return _with_time(taken, _clock(minutes[0]))
    return doubtful(
        replace(taken, dialogue=put(taken.dialogue, time=None)), tuple(("time", _clock(m)) for m in minutes[:2])
    )


def _is_weak_day(d: Dialogue, reading: Reading) -> bool:
    """Whether a day was heard where a time was due, and may have been the time."""
    found = reading.day
    return found is not None and _awaits_time(d) and (found.is_bare or bool(reading.maybe_times))


def _is_same_weekday(d: Dialogue, reading: Reading) -> bool:
    """Whether the day that was heard may be the one that stands: "eleven, Thursday"."""
    return bool(reading.day and d.day and any(day.weekday() == d.day.weekday() for day in reading.day.days))


def _is_out_of_hours(d: Dialogue, profile: AgentProfile, minutes: tuple[int, ...]) -> bool:
    span = window(profile.hours, d.day)
    return span is not None and not any(span[0] <= m < span[1] for m in minutes)


def _maybe(d: Dialogue, profile: AgentProfile, reading: Reading) -> list[Pair]:
    """What misheard words may have been, likeliest first: times that were offered, that are free, that are in hours;
    then the day that was heard instead."""
    if not _awaits_time(d):
        return []
    open_span = window(profile.hours, d.day)
    times = [m for found in reading.maybe_times for m in decide(found, open_span)] or _alike(reading.time.minutes)
    inside = [_clock(m) for m in times if not open_span or open_span[0] <= m < open_span[1]]
    offered = [clock for clock in inside if f"{d.values['date']}T{clock}" in d.offers]
    free = [clock for clock in inside if f"{d.values['date']}T{clock}" in d.free]
    pairs = [("time", clock) for clock in offered or free or inside]
    if pairs and _is_same_weekday(d, reading) and len(direct := _readings(d, profile, reading)) == 1:
        return [("time", _clock(direct[0])), pairs[0]]
    found = reading.day if _is_weak_day(d, reading) else None
    if found and found.days and not (found.is_bare and pairs):
        pairs = [*pairs[:1], ("date", found.days[0].isoformat())]
    return pairs


def _alike(minutes: tuple[int, ...]) -> list[int]:
    """The same time at the hour that sounds alike, in the same half of the day."""
    hours = [(m, ALIKE.get(m // 60 % 12)) for m in minutes]
    return [m // NOON * NOON + alike * 60 + m % 60 for m, alike in hours if alike is not None]


def _readings(d: Dialogue, profile: AgentProfile, reading: Reading) -> tuple[int, ...]:
    """The time readings that count: one that was offered wins, then office hours."""
    found, at = reading.time, now(d, profile)
    offered = tuple(m for m in found.minutes if any(_clock(m) == offer[11:] for offer in d.offers))
    if len(offered) == 1:
        return offered
    open_span = window(profile.hours, d.day)
    if not found.minutes and found.part == "first" and open_span and not d.offers:
        return (open_span[0],)
    not_before = at.hour * 60 + at.minute if d.day == at.date() else -1
    if not found.part and d.part and len(found.minutes) > 1 and reading.day is None:
        within = decide(found, open_span, not_before)
        return within if len(within) == 1 else decide(TimeFound(found.minutes, d.part), open_span, not_before)
    return decide(found, open_span, not_before)


_HALF_OF_DAY = re.compile(r"\b(?:in the )?(?:morning|afternoon)\b")


def _picked(d: Dialogue, reading: Reading) -> str:
    """The time of an offer named by its place, by its half of the day, or by a yes to the only one."""
    if not d.offers or d.asked != "offer" or wants_more(reading.words):
        return ""
    if reading.time.part in ("morning", "afternoon", "first"):
        inside = [o for o in d.offers if (_minutes(o[11:]) < NOON) == (reading.time.part != "afternoon")]
        if len(inside) < len(d.offers):
            # "in the afternoon" names one of them, or none: never the second of two in the morning.
            return inside[0][11:] if len(inside) == 1 else ""
    index = choice(_HALF_OF_DAY.sub("", reading.words), len(d.offers))
    if index is None and len(d.offers) == 1 and reading.yes_no == "yes":
        index = 0
    return "" if index is None else d.offers[index][11:]


def _with_time(taken: Taken, clock: str) -> Taken:
    d = replace(put(taken.dialogue, time=clock), part="")
    if f"{d.values.get('date', '')}T{clock}" in d.free:
        d = replace(d, checked=check_key(d.values))
    return replace(taken, dialogue=d, has_progress=True)


def _without_past(taken: Taken, profile: AgentProfile) -> Taken:
    """Today at a time that has passed: the time is taken back."""
    d, at = taken.dialogue, now(taken.dialogue, profile)
    clock = d.values.get("time")
    if not clock or d.day != at.date() or clock > f"{at:%H:%M}":
        return taken
    notes = (*taken.notes, phrase(profile, "past"))
    return replace(taken, dialogue=put(d, time=None), notes=notes, has_progress=True)


def _take_name(taken: Taken, profile: AgentProfile, reading: Reading) -> Taken:
    d = taken.dialogue
    if not _has(d, profile, "person_name"):
        return taken
    name, known = reading.name, d.values.get("name", "")
    if not name and known and d.asked in ("confirm", "change") and not taken.has_progress and reading.yes_no != "yes":
        guess = find_name(reading.text, True, known)
        name = guess if guess and sounds_like(guess, known) else ""
    return replace(taken, dialogue=put(d, name=name), has_progress=True) if name else taken


def caller_id(dialogue: Dialogue, profile: AgentProfile) -> str:
    """The caller's own number, if it can be dialled."""
    return to_e164(dialogue.caller_number, profile.country)


def _take_phone(taken: Taken, profile: AgentProfile, reading: Reading) -> Taken:
    d, found = taken.dialogue, reading.phone
    own = caller_id(d, profile) if _has(d, profile, "phone") and contains(reading.words, *_THIS_NUMBER) else ""
    if own and not found and reading.yes_no != "no":
        return _with_phone(taken, own)
    if not found or not _has(d, profile, "phone"):
        return taken
    if found.number:
        return _with_phone(taken, found.number)
    slot = slot_asked(d, profile)
    is_asked = bool(slot and slot.type == "phone") or (d.asked == "caller_id" and len(found.digits) >= _FEW)
    if not is_asked:
        return taken
    orders = (d.digits + found.digits, found.digits + d.digits)
    if is_local_only(d.digits, profile.country):
        orders = orders[::-1]
    joined = next((j for j in orders if d.digits and to_e164(j, profile.country)), "")
    if joined:
        return _with_phone(taken, to_e164(joined, profile.country))
    if d.digits and d.digits == found.digits and len(found.digits) >= 7:
        return _with_phone(taken, found.digits)
    digits = found.digits if is_local_only(found.digits, profile.country) else (d.digits + found.digits)[-15:]
    key = (
        "phone_area" if digits == found.digits and len(digits) >= 7 else "go_on" if len(digits) < 10 else "phone_short"
    )
    kept = replace(d, digits="" if key == "phone_short" else digits)
    return replace(taken, dialogue=kept, asked_back=("phone", phrase(profile, key)), has_progress=key != "phone_short")


def _take_email(taken: Taken, profile: AgentProfile, reading: Reading) -> Taken:
    task = task_of(taken.dialogue, profile)
    slot = slot_of_type(task, "email") if task else None
    if not slot or not reading.email:
        return taken
    return replace(taken, dialogue=put(taken.dialogue, **{slot.name: reading.email}), has_progress=True)


def _with_phone(taken: Taken, number: str) -> Taken:
    return replace(taken, dialogue=replace(put(taken.dialogue, phone=number), digits=""), has_progress=True)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:5])
