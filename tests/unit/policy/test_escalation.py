import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.policy.escalation import RULES, is_repeated_failure, match


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("human", "Human, please."),
        ("human", "Can I talk to a human, please?"),
        ("human", "I would like to speak to a real person"),
        ("human", "Could you put me through to the front desk?"),
        ("human", "Hi, I want to talk to somebody at the clinic, please. A person."),
        ("human", "can i speak with someone"),
        ("human", "operator"),
        ("human", "representative!"),
        ("human", "get me an agent"),
        ("human", "I don't want to talk to a machine"),
        ("human", "transfer me please"),
        ("human", "let me speak to your manager"),
        ("human", "connect me to the billing office"),
        ("emergency", "I have chest pain"),
        ("emergency", "he can't breathe"),
        ("emergency", "She is not breathing!"),
        ("emergency", "my gum is bleeding and it won't stop"),
        ("emergency", "I want to kill myself"),
        ("emergency", "I think my throat is closing"),
        ("legal_threat", "You will hear from my lawyer"),
        ("legal_threat", "I'm going to sue you"),
        ("legal_threat", "I'll take you to court"),
        ("refund", "I want a refund"),
        ("refund", "I want my money back"),
        ("refund", "you charged me twice"),
        ("emergency", "my lawyer says I have chest pain"),
    ],
)
def test_a_rule_fires(rule, text):
    firing = match(text)
    assert firing is not None
    assert firing.rule == rule
    assert firing.words


@pytest.mark.parametrize(
    "text",
    [
        "my daughter is studying law",
        "no need to refund",
        "I'd die for that haircut",
        "are you a human?",
        "am I talking to a real person?",
        "I would like to see a dentist",
        "can someone tell me your opening hours",
        "I am a lawyer and need a cleaning",
        "what is your refund policy",
        "I have no chest pain",
        "my gums bleed when I brush",
        "I'd like an appointment with the doctor",
        "my name is Agent Smith",
        "please don't transfer me",
        "is there anyone free on Friday",
        "",
    ],
)
def test_a_near_miss_does_not(text):
    assert match(text) is None


def test_names_are_unique_and_emergency_stands_first():
    names = [rule.name for rule in RULES]
    assert names[0] == "emergency"
    assert len(set(names)) == len(names)


def test_two_repairs_on_one_slot_or_six_in_a_call_are_enough():
    assert not is_repeated_failure(("date",), "date")
    assert is_repeated_failure(("date", "date"), "date")
    assert not is_repeated_failure(("date", "date"), "time")
    assert not is_repeated_failure(("date", "time", "name", "confirm", "service"), "phone")
    assert is_repeated_failure(("date", "time", "name", "confirm", "service", "change"), "phone")


@given(st.text(max_size=200))
def test_matching_is_total(text):
    firing = match(text)
    assert firing is None or firing.rule in {rule.name for rule in RULES}
