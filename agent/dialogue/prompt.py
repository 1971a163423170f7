"""What the language model is asked, and what of its output is believed.

``system`` is the same for every request of a profile and holds its facts: it stays read in the worker, and a request
adds little more than the caller's words and the name of the fact that touches them. An answer request goes on from
the questions answered before in this call (``exchanged``), word for word, so that those are not read again either.
Spans come under a grammar that can produce nothing but the caller's own words in their order, so that a value cannot
be invented.
"""

import json

from agent.dialogue.facts import hours_summary, price_list, retrieved
from agent.dialogue.state import Dialogue, Exchange
from agent.policy.wording import plain
from agent.values.profile import AgentProfile, Fact, SlotSpec
from agent.values.talk import ModelRequest, ModelTask

MOST_EXCHANGES = 6
"""Of so many the older half is dropped at once: the worker then reads what is left anew, but seldom."""
FACT_LETTERS = 4_000
"""What of a profile's facts every prompt holds; what is beyond it comes with the question it answers."""
_MOST_WORDS = 40
_INTENTS = ("book", "question", "human", "other")
_WHAT = {"date": "the day", "time": "the time of day", "person_name": "the caller's name"}


def system(profile: AgentProfile) -> str:
    """The stable prefix."""
    computed = (("hours", hours_summary(profile.hours)), ("prices", price_list(profile)))
    known = "\n".join(f"{name}: {text}" for name, text in (*_told(profile).items(), *computed) if text)
    return (
        f"{profile.persona}\n"
        "Answer only from the facts below, never from what you know. You cannot book or confirm anything. "
        "When asked to copy words, copy them exactly as the caller said them; if there are none, leave it empty.\n\n"
        f"Facts:\n{known}\n\n"
        "Answer each question in one short sentence from the fact that is named after it."
    )


def _told(profile: AgentProfile) -> dict[str, str]:
    """The facts that ``system`` has room for, by name."""
    told: dict[str, str] = {}
    for fact in profile.facts:
        if sum(map(len, told.values())) + len(fact.answer) > FACT_LETTERS:
            break
        told[fact.id] = fact.answer
    return told


def answer_request(profile: AgentProfile, question: str, before: tuple[Exchange, ...] = ()) -> ModelRequest | None:
    """A request to phrase an answer; None when no fact touches the question, since then only invention is left."""
    fact = _fact(profile, question)
    if fact is None:
        return None
    messages = [message for asked, answer in before for message in (("user", asked), ("assistant", answer))]
    messages.append(("user", _asked(profile, question, fact)))
    return ModelRequest(ModelTask.ANSWER, system(profile), tuple(messages), max_tokens=48, stop=("\n",))


def exchanged(dialogue: Dialogue, profile: AgentProfile, answer: str) -> tuple[Exchange, ...]:
    """The exchanges of the call with one more: the question in hand, as it was asked, and what was answered."""
    fact = _fact(profile, dialogue.question)
    before = dialogue.exchanges
    kept = before[MOST_EXCHANGES // 2 :] if len(before) >= MOST_EXCHANGES else before
    return (*kept, (_asked(profile, dialogue.question, fact), answer)) if fact else kept


def _fact(profile: AgentProfile, question: str) -> Fact | None:
    """The fact nearest to a question."""
    found = retrieved(plain(question), profile, most=1)
    return next((fact for fact in profile.facts if fact.answer in found), None)


def _asked(profile: AgentProfile, question: str, fact: Fact) -> str:
    said = " ".join(question.split())[:400]
    told = fact.id if fact.id in _told(profile) else f"{fact.id}: {fact.answer}"
    return f"{said} (see {told})"


def facts_for(profile: AgentProfile, question: str) -> str:
    """The retrieved facts, one a line; empty when none shares a word with the question."""
    found = retrieved(plain(question), profile)
    return "\n".join(f"- {fact}" for fact in (*found, hours_summary(profile.hours))) if found else ""


def slot_request(profile: AgentProfile, slot: SlotSpec, text: str) -> ModelRequest | None:
    """A request for the caller's words that fill ``slot``; None for a type that only rules read."""
    words = _words(text)
    if slot.type == "service":
        ids = [service.id for service in profile.services]
        names = ", ".join(f"{service.id} ({service.name})" for service in profile.services)
        ask = f"Which of these does the caller want: {names}? If none, none."
        grammar = _object(slot.name, " | ".join(f'"{one}"' for one in (*ids, "none")))
    elif slot.type in _WHAT and words:
        ask = f"Copy the words that give {_WHAT[slot.type]}. If there are none, leave it empty."
        grammar = _object(slot.name, "span", _spans(words))
    else:
        return None
    message = f"The caller says: {_quoted(' '.join(words))}\n{ask}\nJSON:"
    return ModelRequest(ModelTask.SPANS, system(profile), (("user", message),), grammar, max_tokens=32)


def intent_request(profile: AgentProfile, text: str) -> ModelRequest:
    """A request to tell what the caller wants, one word."""
    grammar = _object("intent", " | ".join(f'"{one}"' for one in _INTENTS))
    message = (
        f"The caller says: {_quoted(text)}\nWhat does the caller want? book: an appointment. question: information. "
        "human: a person. other: anything else.\nJSON:"
    )
    return ModelRequest(ModelTask.SPANS, system(profile), (("user", message),), grammar, max_tokens=16)


def _object(key: str, value: str, rules: str = "") -> str:
    return f'root ::= "{{\\"{key}\\":\\"" value "\\"}}"\nvalue ::= {value}\n{rules}'.rstrip() + "\n"


def _spans(words: list[str]) -> str:
    """GBNF of all runs of consecutive ``words``: rule ``s3`` is the run that begins at word 3."""
    starts = " | ".join(f"s{n}" for n in range(len(words)))
    lines = [f'span ::= "" | {starts}']
    for n, word in enumerate(words):
        tail = f' (" " s{n + 1})?' if n + 1 < len(words) else ""
        lines.append(f's{n} ::= "{word}"{tail}')
    return "\n".join(lines)


def _words(text: str) -> list[str]:
    """The caller's words as the model may copy them: quotes and backslashes would break the grammar and the JSON."""
    return [
        word for word in ("".join(c for c in w if c not in '"\\' and c.isprintable()) for w in text.split()) if word
    ][:_MOST_WORDS]


def _quoted(text: str) -> str:
    return json.dumps(" ".join(text.split())[:400], ensure_ascii=False)


def parse(text: str) -> dict[str, str]:
    """The JSON object a model wrote, strings only; empty when it is none."""
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    return {str(k): v for k, v in data.items() if isinstance(v, str)} if isinstance(data, dict) else {}


def is_verbatim(span: str, dialogue: Dialogue) -> bool:
    """Whether ``span`` stands word for word in what the caller said."""
    return bool(span) and f" {span} " in f" {' '.join(_words(dialogue.question))} "
