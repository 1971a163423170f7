"""What a caller called wrong, and what is made of a second value for the same thing.

A value that was denied is remembered, so that the same mishearing is not proposed again. A value may be corrected
and read back twice; then it is asked for otherwise.
"""

from dataclasses import replace

from agent.dialogue.reading import Reading
from agent.dialogue.slots import Taken, doubtful
from agent.dialogue.state import Dialogue, Pair, put
from agent.dialogue.words import contains
from agent.policy.patience import is_corrected_too_often

_DENIES = (r"i (?:meant|mean|said)", r"not that", r"wrong", r"i did(?: not|n't) say", r"that'?s not")

_SHORT = 6
"""So many words hold a no and one value; what says more may have lost another on its way."""


def weigh(before: Dialogue, taken: Taken, reading: Reading) -> tuple[Taken, Pair | None]:
    """The turn with what it denied noted; and the value that must not stand as heard, if there is one."""
    after = taken.dialogue
    had, has = before.values, after.values
    changed = [(slot, value) for slot, value in after.slots if had.get(slot) != value]
    is_offered = before.asked == "offer" and f"{has.get('date')}T{has.get('time')}" in before.offers
    if before.is_keyed or taken.is_meant or is_offered:
        kept = tuple(pair for pair in after.rejected if pair not in changed)
        return replace(taken, dialogue=replace(after, rejected=kept)), None
    if again := next((pair for pair in changed if pair in after.rejected), None):
        return (_asked_whether(taken, again), None) if _may_be_asked(before, again) else (taken, again)
    at_read_back = before.asked in ("confirm", "change")
    if not changed and (before.asked == "change" or (at_read_back and reading.yes_no == "no")):
        same = [(slot, has[slot]) for slot in _named(reading) if has.get(slot)]
        is_all = before.asked == "change" or len(reading.words.split()) <= _SHORT
        return taken, same[0] if len(same) == 1 and is_all else None
    if not at_read_back and reading.yes_no != "no" and not contains(reading.words, *_DENIES):
        return taken, None
    old = [(slot, had[slot]) for slot, _ in changed if slot in had]
    noted = denied(after, *old)
    often = next((slot for slot, _ in old if is_corrected_too_often(before.corrected, slot)), "")
    pair = (often, has[often]) if often else None
    return replace(taken, dialogue=noted), pair


def _may_be_asked(before: Dialogue, pair: Pair) -> bool:
    """People come back to what they called wrong: once that is asked about."""
    return pair[0] in ("date", "time") and pair[0] not in before.repairs


def _asked_whether(taken: Taken, pair: Pair) -> Taken:
    return doubtful(replace(taken, dialogue=put(taken.dialogue, **{pair[0]: None})), (pair,))


def denied(dialogue: Dialogue, *pairs: Pair) -> Dialogue:
    """The state after the caller called these values wrong."""
    fresh = tuple(pair for pair in pairs if pair not in dialogue.rejected)
    slots = tuple(slot for slot, _ in pairs)
    return replace(dialogue, rejected=dialogue.rejected + fresh, corrected=dialogue.corrected + slots)


def forget(dialogue: Dialogue, slot: str) -> Dialogue:
    """The state after the caller called ``slot`` wrong and said no other value."""
    old = dialogue.values.get(slot)
    return put(denied(dialogue, (slot, old)) if old else dialogue, **{slot: None})


def _named(reading: Reading) -> list[str]:
    found = {
        "service": reading.service,
        "date": reading.day and reading.day.days,
        "time": reading.time.minutes,
        "name": reading.name,
        "phone": reading.phone,
    }
    return [slot for slot, value in found.items() if value]
