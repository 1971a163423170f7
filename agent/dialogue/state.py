"""What a dialogue knows, and what it decides next. Frozen: every turn makes a new one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agent.policy.escalation import Firing
from agent.policy.recording import Consent
from agent.profiles import PHRASES
from agent.values.caller import Outcome
from agent.values.case import OpenCase
from agent.values.profile import AgentProfile, SlotSpec, TaskSpec
from agent.values.talk import Clause, DecidedBy, ModelRequest
from agent.values.work import Effect

Pair = tuple[str, str]
"""A slot's name and a value of it."""
Exchange = tuple[str, str]
"""A question as the language model was asked it, and what was answered."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The state of one call's conversation.

    ``wall`` is the call's start, local ISO time. ``slots`` are resolved values by slot name. ``asked`` is what the
    caller was asked last: a slot's name, or one of consent, confirm, caller_id, offer, next_open, meant, change,
    more, offer_human, offer_book, again, who, go_on, or empty; ``prompt`` are the sentences it was asked with,
    ``keypad`` whether they offered the keys. ``doubt`` are the values, by slot, that "do you mean" asked for.
    ``checked`` is the service, date and time the calendar called free. ``pending`` is the tool at work,
    ``question`` the text that the language model was asked about. ``is_keyed`` holds while an answer is read that
    was typed; ``is_unread``, that the caller came in before the read-back was heard.

    What did not go well: ``repairs`` lists what was asked again, ``corrected`` the slots a caller corrected, once for
    each time; ``rejected`` are values the caller called wrong. ``seen`` are the values and ``told`` the answers there
    were so far, ``idle`` the latest turns that brought nothing new.

    ``open_cases`` are what earlier calls left and this caller may go on with (``agent.dialogue.again``), ``joined`` the
    id of the one that the call goes on with, ``given_up`` of one that the caller wants no more.
    """

    wall: str
    caller_number: str = ""
    history: tuple[tuple[str, str], ...] = ()
    consent: Consent = Consent.UNASKED
    task: str = ""
    slots: tuple[tuple[str, str], ...] = ()
    asked: str = ""
    prompt: tuple[Clause, ...] = ()
    keypad: bool = False
    is_keyed: bool = False
    topic: str = ""
    part: str = ""
    week: str = ""
    doubt: tuple[Pair, ...] = ()
    checked: str = ""
    free: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    next_open: str = ""
    digits: str = ""
    refused_caller_id: bool = False
    is_unread: bool = False
    confirmed: bool = False
    pending: str = ""
    question: str = ""
    repairs: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    rejected: tuple[Pair, ...] = ()
    seen: tuple[Pair, ...] = ()
    told: tuple[str, ...] = ()
    idle: int = 0
    unheard: int = 0
    exchanges: tuple[Exchange, ...] = ()
    outcome: Outcome | None = None
    open_cases: tuple[OpenCase, ...] = ()
    joined: str = ""
    given_up: str = ""

    @property
    def values(self) -> dict[str, str]:
        """The slots as a dict."""
        return dict(self.slots)

    @property
    def day(self) -> date | None:
        """The date slot."""
        found = self.values.get("date")
        return date.fromisoformat(found) if found else None


@dataclass(frozen=True, slots=True)
class ToolIntent:
    """A tool to run; the idempotency key is made from it elsewhere."""

    name: str
    arguments: dict[str, Any]
    effect: Effect
    deadline_ms: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from an event: the new state, and at most one of model, tool, transfer and hang_up.

    ``clauses`` are spoken now; ``hang_up`` and ``transfer`` (its reason) follow when they were played.
    ``expects`` is the slot type expected next, for endpointing: phone, person_name, date, time, yes_no or empty.
    ``fired`` is the rule of escalation behind it.
    """

    dialogue: Dialogue
    clauses: tuple[Clause, ...] = ()
    model: ModelRequest | None = None
    tool: ToolIntent | None = None
    transfer: str | None = None
    hang_up: bool = False
    decided_by: DecidedBy = "rule"
    expects: str = ""
    fired: Firing | None = None


def now(dialogue: Dialogue, profile: AgentProfile) -> datetime:
    """The call's start in the tenant's zone, without offset."""
    at = datetime.fromisoformat(dialogue.wall)
    return (at.astimezone(ZoneInfo(profile.timezone)) if at.tzinfo else at).replace(tzinfo=None)


def fixed(text: str) -> Clause:
    """A clause worth synthesising ahead: its text is one of ``fixed_phrases``."""
    return Clause(text, fixed=True)


def phrase(profile: AgentProfile, key: str) -> Clause:
    """A fixed sentence in the profile's wording."""
    return fixed(profile.phrases.get(key, PHRASES[key]))


def task_of(dialogue: Dialogue, profile: AgentProfile) -> TaskSpec | None:
    """The task in hand."""
    return next((task for task in profile.tasks if task.id == dialogue.task), None)


def slot_asked(dialogue: Dialogue, profile: AgentProfile) -> SlotSpec | None:
    """The slot the caller was asked for, if it was one."""
    task = task_of(dialogue, profile)
    return next((slot for slot in task.slots if slot.name == dialogue.asked), None) if task else None


def slot_of_type(task: TaskSpec, kind: str) -> SlotSpec | None:
    """The task's slot of a type."""
    return next((slot for slot in task.slots if slot.type == kind), None)


_AFFECTS_CHECK = ("service", "date", "time")


def put(dialogue: Dialogue, **changes: str | None) -> Dialogue:
    """Set or (None) clear slots. A changed value undoes the confirmation, and what the calendar said of the old."""
    values = dialogue.values
    changed = {name for name, value in changes.items() if values.get(name) != value}
    if not changed:
        return dialogue
    for name, value in changes.items():
        values.pop(name, None)
        if value is not None:
            values[name] = value
    after = replace(dialogue, slots=tuple(values.items()), confirmed=False)
    if changed & {"service", "date"}:
        after = replace(after, free=(), offers=(), next_open="")
    if changed & set(_AFFECTS_CHECK):
        after = replace(after, checked="")
    return after


def check_key(values: Mapping[str, str]) -> str:
    """What the calendar must have called free: service, date and time."""
    return "|".join(values.get(name, "") for name in _AFFECTS_CHECK)


def ask(dialogue: Dialogue, what: str, *sentences: Clause) -> Dialogue:
    """The state after asking ``what`` with ``sentences``."""
    doubt = dialogue.doubt if what == "meant" else ()
    return replace(dialogue, asked=what, prompt=sentences, keypad=False, doubt=doubt, is_unread=False)
