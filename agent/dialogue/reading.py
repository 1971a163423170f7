"""One caller turn, read by rules: questions answered, slots found, wishes recognised. Decides nothing."""

import re
from dataclasses import dataclass, replace
from datetime import date

from agent.dialogue.answers import YesNo, yes_or_no
from agent.dialogue.clock import TimeFound, find_time
from agent.dialogue.facts import Answer, find_answer, is_question
from agent.dialogue.finding import NO_TIME, Asked, find
from agent.dialogue.misheard import Expected, guesses
from agent.dialogue.phone import PhoneFound
from agent.dialogue.state import Dialogue, now, slot_asked, task_of
from agent.dialogue.when import DayFound, find_day
from agent.dialogue.words import best_group, contains, figures
from agent.policy.wording import plain
from agent.values.profile import AgentProfile

LONGEST_TURN = 1_000
_SPLIT = re.compile(
    r"(?<=[.?!;])\s+|,\s+(?=(?:and |but |also )*(?:do|does|what|how|where|when|are|is) )"
    r"|\s+(?:and|but|also)\s+(?=(?:do you|does|what|what's|how|where|when|are you|is there|can you tell)\b)",
    re.IGNORECASE,
)
_NOUN = r"(?:appointment|visit|booking|meeting|slot|reservation)"
_A_NOUN = rf"(?:an? |my |the )?(?:\w+ ){{0,3}}{_NOUN}"
_BOOKS = (
    r"book", r"schedule", r"reserve", r"arrange", r"come in", r"get in", r"fit me in", r"squeeze me in",
    rf"make (?:an?|my|another) (?:\w+ )?{_NOUN}",
    r"(?:like|want|need|get|have|looking for|set up) (?:to (?:book|make|schedule|have|get|come|see) )?" + _A_NOUN,
)  # fmt: skip
_WANTS = (
    r"i'd like", r"i would like", r"i want", r"i need", r"i wanna", r"(?:can|could) i (?:get|have|book|come)",
    r"i'm (?:looking|calling) (?:for|to)", r"please", r"my \w+ (?:hurts?|aches?)", r"i have", r"i've got",
    r"i'm having", r"for",
)  # fmt: skip
_SEEKS = (r"i need", r"i'd like", r"i would like", r"i want", r"anything", r"openings?", r"available", r"free", _NOUN)
_OLD_BOOKING = (
    r"(?:cancel|reschedule|postpone|rearrange|move|change|confirm|check on) (?:my|an|the|our|his|her|that) " + _A_NOUN,
    r"(?:cancel|reschedule|postpone) (?:it|my \w+)", r"(?:i|we) (?:already )?have an appointment",
    r"when is my (?:\w+ )?(?:appointment|visit)", r"do i have an appointment", r"running late",
    r"my (?:existing|current|next) (?:appointment|booking)",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What rules make of a turn. ``words`` is all of it in plain spelling, ``slot_text`` what was no question.

    ``task`` is the id of a task the caller asks for; ``question`` a question that no rule answers. ``maybe_times`` and
    ``maybe_days`` are what misheard words may have been.
    """

    text: str
    words: str
    slot_text: str
    answers: tuple[Answer, ...] = ()
    task: str = ""
    question: str = ""
    is_old_booking: bool = False
    service: str = ""
    day: DayFound | None = None
    time: TimeFound = NO_TIME
    name: str = ""
    phone: PhoneFound | None = None
    email: str = ""
    yes_no: YesNo = ""
    maybe_times: tuple[TimeFound, ...] = ()
    maybe_days: tuple[date, ...] = ()

    @property
    def has_slots(self) -> bool:
        """Whether a value for some slot was found."""
        return bool(
            self.service or self.day or self.time.minutes or self.time.part or self.name or self.phone or self.email
        )


def read(dialogue: Dialogue, profile: AgentProfile, text: str) -> Reading:
    """Read a turn in the light of what was asked. Total on any text."""
    text = text[:LONGEST_TURN]
    answers: list[Answer] = []
    kept: list[str] = []
    task, question = "", ""
    for segment in filter(None, (part.strip() for part in _SPLIT.split(text))):
        words = plain(segment)
        wants = _task_asked(words, profile)
        answer = _answer(dialogue, profile, segment, words)
        task = task or wants
        if answer:
            answers.append(answer)
        if not answer or (wants and contains(words, *_BOOKS)):
            kept.append(segment)
            question = question or (segment if not wants and is_question(segment, words) else "")
        elif wants:
            task = "" if task == wants else task
    reading = Reading(text, plain(text), " ".join(kept), tuple(answers), task, question)
    reading = replace(
        reading, is_old_booking=contains(reading.words, *_OLD_BOOKING), yes_no=yes_or_no(plain(reading.slot_text))
    )
    return _wished(dialogue, profile, _with_slots(dialogue, profile, reading))


def _answer(dialogue: Dialogue, profile: AgentProfile, segment: str, words: str) -> Answer | None:
    """An answer, if the sentence asks: in a task only what is a question, so that "Price" can be a surname."""
    if (dialogue.task or dialogue.asked == "consent") and not is_question(segment, words):
        return None
    topic = dialogue.values.get("service", "") or dialogue.topic
    answer = find_answer(words, profile, now(dialogue, profile), topic)
    if answer and not is_question(segment, words) and contains(words, *_BOOKS):
        return None
    if answer and answer.offers_booking and contains(words, *_SEEKS):
        return None
    return answer


def _task_asked(words: str, profile: AgentProfile) -> str:
    scored = [(best_group(words, task.intent_words), task.id) for task in profile.tasks]
    score, task = max(scored, default=(0, ""))
    return task if score else ""


_EXPECTED = {"caller_id": "phone", "offer": "time", "next_open": "date"}


def expected_type(dialogue: Dialogue, profile: AgentProfile) -> str:
    """The type of value that an answer to the open question has, as far as it has one."""
    slot = slot_asked(dialogue, profile)
    task = task_of(dialogue, profile)
    if dialogue.asked == "meant" and task:
        types = [slot.type for slot in task.slots if slot.name in dict(dialogue.doubt)]
        return "time" if "time" in types else next(iter(types), "")
    return slot.type if slot else _EXPECTED.get(dialogue.asked, "")


def _with_slots(dialogue: Dialogue, profile: AgentProfile, reading: Reading) -> Reading:
    expected = expected_type(dialogue, profile)
    asked: Expected = "time" if expected == "time" else "date" if expected == "date" else ""
    today = now(dialogue, profile).date()
    found = find(
        reading.slot_text,
        profile,
        Asked(
            today,
            expected,
            today.fromisoformat(dialogue.week) if dialogue.week else None,
            dialogue.values.get("name", ""),
            is_near_a_day=dialogue.asked in ("confirm", "change"),
        ),
    )
    reading = replace(
        reading,
        service=found.service,
        day=found.day,
        time=found.time,
        name=found.name,
        phone=found.phone,
        email=found.email,
    )
    return _with_guesses(reading, asked, today) if asked else reading


def _with_guesses(reading: Reading, asked: Expected, today: date) -> Reading:
    texts = guesses(figures(plain(reading.slot_text)), asked)
    if asked == "date":
        found = (find_day(text, today)[0] for text in texts)
        return replace(reading, maybe_days=tuple(day.days[0] for day in found if day and day.days))
    times = (find_time(text, True, False)[0] for text in texts)
    return replace(reading, maybe_times=tuple(time for time in times if time.minutes))


_ASKS = ("how often", "how long", "how much", "how many", "why", "what happens", "how does", "how do you")
"""Who asks that wants to know, also where a wish is put in the same words."""


def _wished(dialogue: Dialogue, profile: AgentProfile, reading: Reading) -> Reading:
    """A service, day or time named outside a task is a wish to book, unless it was only asked about."""
    if dialogue.task or reading.task or reading.is_old_booking or not profile.tasks:
        return reading
    words = plain(reading.slot_text)
    is_asked = reading.question and (contains(words, *_ASKS) or not contains(words, *_WANTS))
    is_wish = reading.service and not is_asked
    is_time_asked = bool((reading.day and reading.day.days) or reading.time.minutes)
    if is_wish or is_time_asked:
        return replace(reading, task=profile.tasks[0].id, question="")
    return reading
