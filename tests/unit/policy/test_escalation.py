import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.policy.escalation import SHIPPED, explain, is_repeated_failure, match, prepare
from agent.profiles.patterns import Pattern
from agent.profiles.rules import ORDER, SHIPPED_NAMES
from agent.values.escalation import Limits, Rule


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


def test_the_shipped_rules_stand_in_their_order():
    assert tuple(rule.name for rule in SHIPPED) == ORDER
    assert SHIPPED_NAMES[0] == "emergency"
    assert len(set(SHIPPED_NAMES)) == len(SHIPPED_NAMES) == 8


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("emergency", "I want a refund and my chest hurts"),
        ("legal_threat", "give me my money back or you hear from my lawyer"),
        ("refund", "let me speak to a manager about a refund"),
        ("human", "get me a human you idiot"),
    ],
)
def test_the_first_rule_in_the_order_wins(rule, text):
    assert match(text).rule == rule


def test_a_veto_disarms_only_the_hit_it_is_about():
    assert match("I have no chest pain") is None
    assert match("I have no chest pain but I can't breathe").rule == "emergency"
    assert match("no need to refund the deposit, but I want my money back for the crown").rule == "refund"
    assert match("my lawyer recommended you, and I want to talk to a person").rule == "human"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("emergency", "he is un conches"),
        ("legal_threat", "i will sew you"),
        ("legal_threat", "my loyer will call you"),
        ("refund", "i want a re fund"),
        ("refund", "i will do a charge bag"),
        ("human", "opera tor"),
        ("human", "i need your super visor"),
    ],
)
def test_what_a_recogniser_made_of_key_words_fires(rule, text):
    assert match(text).rule == rule


@pytest.mark.parametrize(
    "text", ["can you sew up my lip", "i am a loyal customer", "arrange it for us on Saturday", "a nice manger"]
)
def test_words_that_sound_alike_do_not_fire_without_context(text):
    assert match(text) is None


def test_an_explanation_names_words_pattern_and_veto():
    hit, *_ = explain("no need to refund")
    assert (hit.rule, hit.words) == ("refund", "refund")
    assert hit.taken_back_by
    assert explain("good morning") == ()


CLEAR = (
    ("emergency", "I have chest pain"), ("legal_threat", "I will sue you"), ("refund", "I want a refund"),
    ("human", "I want to speak to a human"), ("abuse", "you are an idiot"), ("child", "I am nine years old"),
    ("distress", "I am furious"),
)  # fmt: skip
NEAR = ("No need to refund.", "My daughter is studying law.", "I'd die for that haircut.", "Are you a human?")


@settings(deadline=None)
@given(st.sampled_from(NEAR), st.sampled_from(CLEAR), st.booleans())
def test_a_near_miss_beside_it_never_disarms_a_rule(near, clear, is_first):
    rule, text = clear
    said = f"{near} {text}." if is_first else f"{text}. {near}"
    assert match(said).rule == rule


def own(name, *fires):
    return Rule(name, "say", "to_human", fires)


def test_every_pattern_of_the_shipped_rules_compiles():
    prepare()


@pytest.mark.parametrize("source", [source for rule in SHIPPED for source in rule.fires])
def test_no_pattern_fires_on_nothing_or_anything(source):
    rule = next(rule for rule in SHIPPED if source in rule.fires)
    pattern = Pattern(source, dict(rule.classes))
    for said in (" ", " , . ", " xyzzy plugh "):
        assert not list(pattern.spans(said, frozenset(said.split())))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.sampled_from([word for text in NEAR for word in text.lower().split()] + ["chest", "pain", "sue", "you"])
    )
)
def test_words_that_a_pattern_needs_rule_out_no_hit(words):
    """The short way over needed words finds what looking for every pattern finds."""
    said = f" {' '.join(words)} "
    for rule in SHIPPED[:3]:
        for source in rule.fires:
            pattern = Pattern(source, dict(rule.classes))
            found = list(pattern.spans(said, frozenset(words)))
            assert found or pattern.compile().search(said) is None


@settings(deadline=None)
@given(st.sampled_from(CLEAR), st.sampled_from(["i", "want", "a", "you", "i ..", "* *", "..."]))
def test_a_tenants_rule_never_masks_a_shipped_one(clear, pattern):
    rule, text = clear
    assert match(text, (own("ours", pattern),)).rule == rule


def test_a_tenants_rule_fires_where_no_shipped_one_does():
    assert match("is this about the product recall", (own("recall", "product recall"),)).rule == "recall"
    assert match("is this about the product recall") is None


def test_two_repairs_on_one_slot_or_six_in_a_call_are_enough():
    assert not is_repeated_failure(("date",), "date")
    assert is_repeated_failure(("date", "date"), "date")
    assert not is_repeated_failure(("date", "date"), "time")
    assert not is_repeated_failure(("date", "time", "name", "confirm", "service"), "phone")
    assert is_repeated_failure(("date", "time", "name", "confirm", "service", "change"), "phone")


def test_a_tenant_may_lower_the_limits():
    assert is_repeated_failure(("date",), "date", Limits(repairs_per_slot=1))
    assert is_repeated_failure(("date", "time"), "name", Limits(repairs_per_call=2))


@settings(deadline=None)
@given(st.text(max_size=200))
def test_matching_is_total(text):
    firing = match(text)
    assert firing is None or firing.rule in ORDER
