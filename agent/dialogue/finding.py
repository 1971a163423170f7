"""What a caller's words hold, slot by slot: the one reader of values, with and without a question that was asked.

``agent.dialogue.reading`` calls it for a turn of a call, where what was asked says how short answers are meant;
``agent.dialogue.stated`` for an utterance that stands alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from agent.dialogue.bare_names import bare_name
from agent.dialogue.clock import TimeFound, find_time
from agent.dialogue.email import find_email
from agent.dialogue.facts import service_spans
from agent.dialogue.fluency import fluent
from agent.dialogue.misheard import Expected, mended
from agent.dialogue.people import find_name
from agent.dialogue.phone import PAUSE, PhoneFound, find_phone
from agent.dialogue.spans import Span, chosen, masked
from agent.dialogue.standing import marked
from agent.dialogue.when import DayFound, find_day
from agent.dialogue.words import NUMBERS, figures
from agent.policy.wording import plain
from agent.values.profile import AgentProfile

NO_TIME = TimeFound()
_PRONOUN = re.compile(
    r"\b(?:(morning|afternoon|(?:mon|tues|wednes|thurs|fri|satur|sun)day)|(?:the )?(?:first|second|1st|2nd|former"
    r"|latter|last|later|earlier|other|next|that|this|which|any|either|no|same|right|wrong|good)|the) (?:one|1)\b"
    r"(?![:/])(?! (?:oclock|in the|[ap]m|thirty|fifteen|forty|fifty|ten|twenty|\d))"
)
_NEXT_ONE = re.compile(
    r"\bnot (?:this |the coming |coming )?((?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r" (?:but )?the (?:(?:next|following)(?: one)?|(?:one|\1) after(?: that)?)\b"
)
_CORRECTS = re.compile(r"\b(?:no|sorry|i mean|i meant|wait|actually)\b[ ,.]+", re.IGNORECASE)
_FIGURE = rf"(?:\d+|oh|double|triple|{'|'.join(NUMBERS)})"
_TONIGHT = re.compile(r"\btonight\b")
_ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_PAUSE = re.compile(rf"(?<=[\w])[,;.!?]+ +(?={_FIGURE}\b)", re.IGNORECASE)
_DAY_AFTER = re.compile(r"\bnot tomorrow (?:but )?the day after\b(?! tomorrow)")
_HALF = re.compile(r"\b[ap]\.? ?m\b\.?", re.IGNORECASE)
_FIGURES = re.compile(r"[+(]*\d[\d\-().: ]*")
_BRIEF_TEXT = """
    | a an the at um uh please thanks thank you yes no yeah nope ok okay maybe say like make it that i said think
    or not and then sorry mean actually er wait let's lets do how about what would be is better works good great
    fine perfect for me on in to come could can we around go with take i'd i'll prefer meant was its it's oh well
    so hmm just now book but rather than instead change let put
"""
_BRIEF = frozenset(_BRIEF_TEXT.split())


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known when the words are read. ``expected`` is the type that an answer to the open question has;
    ``is_alone`` tells that the question is not known, and ``expected`` is empty then."""

    today: date
    expected: str = ""
    week: date | None = None
    name: str = ""
    is_near_a_day: bool = False
    is_alone: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The values in some words, unresolved: days and times may be in doubt. ``service`` is an id;
    ``is_denied`` tells that a day or a service was named only to be taken back."""

    service: str = ""
    day: DayFound | None = None
    time: TimeFound = NO_TIME
    name: str = ""
    phone: PhoneFound | None = None
    email: str = ""
    is_denied: bool = False


def find(text: str, profile: AgentProfile, asked: Asked) -> Found:
    """The values in ``text``. Total on any text."""
    email, text = find_email(fluent(_ISO.sub(r"\1/\2/\3", text)))
    about = _about(asked)
    text = marked(text) if asked.is_alone else text
    words = _PRONOUN.sub(r"\1 it", _other_day(mended(plain(text), about))).strip()
    phone, rest = _phone(text, words, profile, asked)
    name = _name(text, profile, asked)
    named = service_spans(words, profile.services)
    which = chosen(words, [span for span, _ in named])
    if asked.is_alone:
        rest = _without_names(rest, name, profile)
    figured = mended(" ".join(word for word in figures(rest).split() if word != PAUSE), about)
    day, rest = find_day(figured, asked.today, profile.country, asked.week)
    is_denied = (bool(named) and which is None) or (day is None and rest != figured)
    is_time = asked.expected == "time" or (asked.is_alone and _is_brief(rest))
    time, _ = find_time(rest, is_time, asked.is_near_a_day or day is not None, asked.is_alone)
    if not time.part and _TONIGHT.search(figured):
        time = replace(time, part="afternoon")  # the day took the word
    is_bare_name = asked.expected == "person_name" and bool(name)
    service = "" if which is None or is_bare_name else named[which][1].id
    return Found(service, day, time, name, phone, email, is_denied)


def _phone(text: str, words: str, profile: AgentProfile, asked: Asked) -> tuple[PhoneFound | None, str]:
    """The number, and the words without it; where no question tells its ends, pauses do."""
    if not asked.is_alone:
        return find_phone(words, profile.country, asked.expected == "phone")
    paused = mended(plain(_PAUSE.sub(f" {PAUSE} ", text)), _about(asked))
    return find_phone(_PRONOUN.sub(r"\1 it", _other_day(paused)), profile.country, False)


def _other_day(words: str) -> str:
    """A day that is named by the one it is not: "not this Friday, the next one"."""
    return _DAY_AFTER.sub("the day after tomorrow", _NEXT_ONE.sub(r"a week on \1", words))


def _about(asked: Asked) -> Expected:
    if asked.is_alone:
        return "any"
    return "time" if asked.expected == "time" else "date" if asked.expected == "date" else ""


def _name(text: str, profile: AgentProfile, asked: Asked) -> str:
    wordy = _FIGURES.sub(",", _HALF.sub(",", text))
    if not asked.is_alone:
        return find_name(wordy, asked.expected == "person_name", asked.name)
    words = _service_words(profile)
    *_, corrected = _CORRECTS.split(wordy)
    parts = (corrected, wordy) if corrected != wordy else (wordy,)
    names = (find_name(part, False, "", lambda rest: bare_name(rest, words, profile.name)) for part in parts)
    return next(filter(None, names), "")


def _service_words(profile: AgentProfile) -> set[str]:
    names = (text for service in profile.services for text in (service.name, *service.aliases))
    return {word for name in names for word in re.split(r"[\s\-]+", name.lower())}


def _without_names(rest: str, name: str, profile: AgentProfile) -> str:
    """The words with a caller's name and the services blanked: what is left is day, time and talk."""
    if name:
        said = rf"\b{re.escape(plain(name))}\b"
        rest = re.sub(said, lambda match: masked(match[0], [Span(0, len(match[0]))]), rest)
    spans: Sequence[Span] = [span for span, _ in service_spans(rest, profile.services)]
    return masked(rest, spans)


def _is_brief(rest: str) -> bool:
    """Whether nothing but numbers and courtesy is left: then a bare number is a time."""
    return all(word in _BRIEF or word.strip("|") == "" or re.fullmatch(r"[\d:]+", word) for word in rest.split())
