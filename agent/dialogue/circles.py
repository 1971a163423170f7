"""No caller is led in circles: turns that bring nothing new are counted, and a person is offered in time."""

from dataclasses import replace

from agent.dialogue.booking import to_human
from agent.dialogue.ladder import offer_person
from agent.dialogue.state import Decision, Dialogue, phrase
from agent.policy.patience import is_hopeless, is_in_circles
from agent.values.profile import AgentProfile


def counted(before: Dialogue, decision: Decision, profile: AgentProfile) -> Decision:
    """The decision about a turn, or a person for the caller instead. News are a value or an answer never had before."""
    d = decision.dialogue
    new = tuple(pair for pair in d.slots if pair not in d.seen)
    idle = 0 if new or d.told != before.told else before.idle + 1
    d = replace(d, is_keyed=False, seen=d.seen + new, idle=idle)
    return not_again(before, replace(decision, dialogue=d), profile)


def not_again(before: Dialogue, decision: Decision, profile: AgentProfile) -> Decision:
    """The decision, unless it asks in vain what was asked ``before``, once too often."""
    d = decision.dialogue
    if d.pending or decision.model or decision.transfer or decision.hang_up:
        return decision
    if is_hopeless(d.idle):
        return to_human(d, profile, "repeated_failure", phrase(profile, "repeated_failure"))
    if is_in_circles(d.idle) and d.prompt and d.prompt == before.prompt:
        return offer_person(d, profile, tuple(clause for clause in decision.clauses if clause not in d.prompt))
    return decision
