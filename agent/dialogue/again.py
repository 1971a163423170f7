"""A caller who rings again: what an earlier call left unfinished is offered, once we know that it is theirs.

Until the second factor that the profile asks for was given, nothing is said but that something had been begun. There
is one try: who says another name hears the same as who has nothing to go on with, and begins afresh.

A case that a write was asked for in is not offered: the same write is asked for once more, under the same key, and its
answer, whatever it is, is told.
"""

from dataclasses import replace
from datetime import date

from agent.dialogue.booking import advance, asking, commit_of, done_text
from agent.dialogue.keyed import ENDING
from agent.dialogue.people import TITLES, find_name
from agent.dialogue.reading import Reading
from agent.dialogue.slots import caller_id
from agent.dialogue.spoken import say_date, say_time, with_article
from agent.dialogue.state import Decision, Dialogue, now, phrase, put, slot_of_type, task_of
from agent.dialogue.words import contains, distance, figures
from agent.policy.wording import plain
from agent.values.case import OpenCase
from agent.values.profile import AgentProfile, TaskSpec
from agent.values.talk import Clause

QUESTIONS = ("again", "who", "go_on")
"""What may have been asked last: whether they ring again, who they are, whether we shall go on."""
_AGAIN = (
    r"cut off", r"got disconnected", r"(?:call|line|connection) (?:was )?(?:dropped|dropping|broke|died|went)",
    r"hung up", r"lost (?:you|the (?:call|line|connection))", r"(?:carry|go) on", r"continue", r"pick up where",
    r"(?:we|i) (?:just )?(?:were|was) (?:just )?(?:booking|talking|speaking|in the middle|making|arranging)",
    r"(?:called|rang|phoned) (?:just now|earlier|before|a (?:minute|moment) ago)",
)  # fmt: skip


def offerable(dialogue: Dialogue, profile: AgentProfile) -> tuple[OpenCase, ...]:
    """The open cases that fit the profile as it is now, and hold what the second factor is compared with."""
    tasks = {task.id: task for task in profile.tasks}
    return tuple(
        case
        for case in dialogue.open_cases
        if (task := tasks.get(case.task))
        and set(case.slots) <= {slot.name for slot in task.slots}
        and (profile.resume.factor == "none" or _secret(case, dialogue, profile))
    )


def ask_whether_again(dialogue: Dialogue, profile: AgentProfile, lead: tuple[Clause, ...]) -> Decision:
    """The only words about an earlier call before we know who calls."""
    return asking(dialogue, profile, "again", lead, phrase(profile, "again"))


def answered(dialogue: Dialogue, profile: AgentProfile, reading: Reading) -> Decision | Dialogue:
    """What follows from the answer to one of ``QUESTIONS``; a Dialogue where the words are to be understood in it."""
    if dialogue.asked == "again":
        return _whether_again(dialogue, profile, reading)
    return (_who if dialogue.asked == "who" else _whether_to_go_on)(dialogue, profile, reading)


def _whether_again(d: Dialogue, profile: AgentProfile, reading: Reading) -> Decision | Dialogue:
    if reading.yes_no == "no":
        return _afresh(d, profile, reading)
    if reading.yes_no == "yes" or contains(reading.words, *_AGAIN):
        return _identified(d, profile, reading)
    if _is_about(reading) and reading.task not in {case.task for case in d.open_cases}:
        return _afresh(d, profile, reading)
    return _once_more(d, profile, reading)


def _identified(d: Dialogue, profile: AgentProfile, reading: Reading) -> Decision | Dialogue:
    """Ask for the second factor, unless none is asked for or it was told with the answer."""
    factor = profile.resume.factor
    if factor == "none":
        return _known(d, profile, d.open_cases[0])
    if factor == "name" and len(reading.name.split()) > 1:
        return _who(d, profile, reading)
    return _ask(d, profile, "who", (), phrase(profile, f"who_{factor}"))


def _ask(d: Dialogue, profile: AgentProfile, what: str, lead: tuple[Clause, ...], *sentences: Clause) -> Decision:
    asked = asking(d, profile, what, lead, *sentences)
    is_keyed = what == "who" and profile.resume.factor == "digits"
    return replace(asked, dialogue=replace(asked.dialogue, keypad=is_keyed))


def _is_about(reading: Reading) -> bool:
    return bool(reading.task or reading.answers or reading.question or reading.is_old_booking)


def _once_more(d: Dialogue, profile: AgentProfile, reading: Reading) -> Decision | Dialogue:
    """The same question a second time; after that we begin afresh."""
    if d.asked in d.repairs:
        return _afresh(d, profile, reading)
    lead = tuple(Clause(answer.text, fixed=answer.is_fixed) for answer in reading.answers)
    lead = lead or (() if reading.task or reading.name else (phrase(profile, "not_understood"),))
    return _ask(replace(d, repairs=(*d.repairs, d.asked)), profile, d.asked, lead, *d.prompt[-1:])


def _afresh(d: Dialogue, profile: AgentProfile, reading: Reading) -> Decision | Dialogue:
    """Nothing of an earlier call is known any more."""
    d = replace(d, open_cases=(), asked="", prompt=())
    if _is_about(reading):
        return d
    return asking(d, profile, "start", (phrase(profile, "noted"),), phrase(profile, "how_help"))


def _who(d: Dialogue, profile: AgentProfile, reading: Reading) -> Decision | Dialogue:
    """The second factor, right or wrong. Only what is none at all, or half of one, is asked for once more."""
    is_name = profile.resume.factor == "name"
    digits = "".join(c for c in figures(reading.words) if c.isdigit())
    said = (reading.name or find_name(reading.text, True)) if is_name else digits
    is_whole = len(_parts(said)) > 1 if is_name else len(said) >= ENDING
    if not is_whole and d.asked not in d.repairs:
        return _once_more(d, profile, replace(reading, name=said))
    matching = [case for case in d.open_cases if _is_theirs(case, said, d, profile)]
    return _known(d, profile, matching[0]) if matching else _afresh(d, profile, reading)


def _is_theirs(case: OpenCase, said: str, d: Dialogue, profile: AgentProfile) -> bool:
    secret = _secret(case, d, profile)
    return is_same_name(said, secret) if profile.resume.factor == "name" else said == secret


def _secret(case: OpenCase, d: Dialogue, profile: AgentProfile) -> str:
    """What the second factor is compared with; empty where the case has no such value."""
    task = next(task for task in profile.tasks if task.id == case.task)
    is_name = profile.resume.factor == "name"
    slot = slot_of_type(task, "person_name" if is_name else "phone")
    value = case.slots.get(slot.name, "") if slot else ""
    if is_name:
        return value
    return "" if value == caller_id(d, profile) else value[-ENDING:]


def is_same_name(said: str, known: str) -> bool:
    """Whether two names as they were heard may be one: nearly the same first name, and a last name that begins alike.

    Recognisers guess at last names ("Bennett", "Bana"), while those who share a telephone share the last name rather
    than the first. A first name alone is not enough where the last name is known, too.
    """
    first, *last = _parts(said) or [""]
    known_first, *known_last = _parts(known) or [""]
    if not _is_near(first, known_first) or (known_last and not last):
        return False
    pairs = zip(reversed(last), reversed(known_last), strict=False)
    return all(one[0] == other[0] or _is_near(one, other) for one, other in pairs)


def _is_near(one: str, other: str) -> bool:
    return bool(one and other) and distance(one, other) <= (1 if min(len(one), len(other)) < 6 else 2)


def _parts(name: str) -> list[str]:
    return [word for word in plain(name).split() if word not in TITLES]


def _known(d: Dialogue, profile: AgentProfile, case: OpenCase) -> Decision:
    """Offer to go on. What had been sent already is not offered: what became of it is asked, and told."""
    if case.write:
        d = joined(d, profile, case)
        task = task_of(d, profile)
        return commit_of(d, profile, task, dict(case.write)) if task else advance(d, profile)
    said = Clause(f"We were booking {_begun(case, profile)}.")
    d = replace(d, open_cases=(case,))
    return asking(d, profile, "go_on", (), said, phrase(profile, "shall_we_go_on"))


def _begun(case: OpenCase, profile: AgentProfile) -> str:
    """What is known of it, as one says it: "a check-up for Thursday, November 26th at two"."""
    names = {service.id: service.name for service in profile.services}
    service = names.get(case.slots.get("service", ""), "")
    said = with_article(service) if service else "an appointment"
    day, clock = case.slots.get("date"), case.slots.get("time")
    said += f" for {say_date(date.fromisoformat(day))}" if day else ""
    return said + (f" at {say_time(clock)}" if clock else "")


def joined(d: Dialogue, profile: AgentProfile, case: OpenCase) -> Dialogue:
    """The dialogue with what stood in the case; a time that has passed meanwhile does not stand."""
    d = replace(
        d, task=case.task, slots=tuple(case.slots.items()), joined=case.case_id, open_cases=(case,), asked="", prompt=()
    )
    at, day = now(d, profile), d.day
    if day and day < at.date():
        return put(d, date=None, time=None)
    return put(d, time=None) if day == at.date() and d.values.get("time", "24") <= f"{at:%H:%M}" else d


def _whether_to_go_on(d: Dialogue, profile: AgentProfile, reading: Reading) -> Decision | Dialogue:
    (case,) = d.open_cases
    has_wish = bool(reading.service or reading.day or reading.time.minutes)
    if has_wish:
        return joined(d, profile, case)
    if reading.yes_no == "yes" or contains(reading.words, *_AGAIN):
        return advance(joined(d, profile, case), profile)
    if reading.yes_no == "no":
        return _afresh(replace(d, given_up=case.case_id), profile, reading)
    return _once_more(d, profile, reading)


def was_told(dialogue: Dialogue, profile: AgentProfile, task: TaskSpec, slots: dict[str, str]) -> bool:
    """Whether the caller heard all of it that the task is done with these values."""
    done = done_text(replace(dialogue, task=task.id, slots=tuple(slots.items())), profile, task)
    return any(who == "agent" and done in text for who, text in dialogue.history)
