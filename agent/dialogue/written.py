"""An answer the language model is still writing: each clause passes the gate before it is spoken.

What was spoken cannot be taken back, so a clause is judged together with those before it ("your visit is" is no
claim, "your visit is booked" is one). The first clause that fails is dropped, the model with it, and the answer
ends with the offer of a person.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.dialogue.booking import advance, asking, decide
from agent.dialogue.claims import violation
from agent.dialogue.prompt import exchanged, facts_for
from agent.dialogue.state import Decision, Dialogue, phrase
from agent.dialogue.turns import unknown
from agent.values.caller import Outcome
from agent.values.profile import AgentProfile
from agent.values.talk import Clause

MOST_SENTENCES = 2
_SENTENCE_END = re.compile(r"[.!?][\"']?$")


@dataclass(frozen=True, slots=True)
class Passed:
    """The ``texts`` that may be spoken next. ``is_cut``: one was refused. ``is_over``: no more is wanted."""

    texts: tuple[str, ...]
    is_cut: bool = False
    is_over: bool = False


def let_through(dialogue: Dialogue, profile: AgentProfile, said: Sequence[str], clauses: Sequence[str]) -> Passed:
    """Which of ``clauses`` may follow what was ``said`` of this answer; at most two sentences in all."""
    facts, spoken = facts_for(profile, dialogue.question), list(said)
    for clause in clauses:
        if _sentences(spoken) >= MOST_SENTENCES:
            return Passed(tuple(spoken[len(said) :]), is_over=True)
        if violation(" ".join((*spoken, clause)), facts, dialogue.question):
            return Passed(tuple(spoken[len(said) :]), is_cut=True, is_over=True)
        spoken.append(clause)
    return Passed(tuple(spoken[len(said) :]), is_over=_sentences(spoken) >= MOST_SENTENCES)


def _sentences(clauses: Sequence[str]) -> int:
    return sum(bool(_SENTENCE_END.search(clause)) for clause in clauses)


def answering(dialogue: Dialogue) -> Dialogue:
    """The state once the first clause of an answer is spoken."""
    return replace(dialogue, outcome=dialogue.outcome or Outcome.ANSWERED)


def answered(dialogue: Dialogue, profile: AgentProfile, said: Sequence[str], passed: Passed) -> Decision:
    """The end of an answer of which ``said`` was spoken and ``passed`` is to follow: then the next question."""
    whole = " ".join((*said, *passed.texts))
    if not whole:
        return replace(unknown(dialogue, profile), decided_by="model")
    d = replace(answering(dialogue), question="", told=(*dialogue.told, whole), idle=0)
    d = replace(d, exchanges=exchanged(dialogue, profile, whole))
    rest = tuple(Clause(text) for text in passed.texts)
    if d.task:
        follow = decide(d, profile, *rest, *d.prompt) if d.prompt else advance(d, profile, rest)
        return replace(follow, decided_by="model")
    what, question = ("offer_human", "offer_human") if passed.is_cut else ("more", "anything_else")
    return replace(asking(d, profile, what, rest, phrase(profile, question)), decided_by="model")
