"""A tenant's own rules of escalation: added and lowered, never taken away."""

import pytest

from agent.dialogue import fixed_phrases
from agent.profiles import ProfileError, parse
from agent.values.profile import AgentProfile
from tests.unit.dialogue.rig import CLINIC
from tests.unit.profiles.test_parse import files

RECALL = """
[escalation]
repairs_per_slot = 1

[[escalation.rules]]
name = "recall"
action = "say"
text = "Please stop using it; our web site has the details."
fires = ["product recall", "recalled|recall {want}? .. product"]
unless = ["total recall"]
contexts = ["no .. @"]
"""


def with_rules(text: str) -> AgentProfile:
    texts = files()
    return parse(CLINIC, texts | {"profile.toml": texts["profile.toml"] + text})


def test_a_tenant_adds_a_rule_and_lowers_a_limit() -> None:
    profile = with_rules(RECALL)
    assert [rule.name for rule in profile.rules] == ["recall"]
    assert profile.limits.repairs_per_slot == 1
    assert profile.rules[0].text in fixed_phrases(profile)


@pytest.mark.parametrize(
    ("text", "at", "cause"),
    [
        ('[escalation]\nremove = ["refund"]\n', "remove", "cannot be removed"),
        ('[escalation]\ndisabled = ["emergency"]\n', "disabled", "cannot be removed"),
        ("[escalation]\nrepairs_per_slot = 3\n", "repairs_per_slot", "from 1 to 2"),
        ("[escalation]\nrepairs_per_slot = 0\n", "repairs_per_slot", "from 1 to 2"),
        ("[escalation]\nsoftly = true\n", "softly", "unknown key"),
        (RECALL.replace('"recall"', '"refund"', 1), 'name = "refund"', "shipped rule"),
        (RECALL.replace('"recall"', '"repeated_failure"', 1), 'name = "repeated_failure"', "shipped rule"),
        (RECALL.replace('"say"', '"take_message"', 1), 'action = "take_message"', "cannot yet"),
        (RECALL.replace('"say"', '"shout"', 1), 'action = "shout"', "'shout'"),
        (RECALL.replace("{want}?", "{wnat}", 1), "fires = ", "unknown class of words {wnat}"),
        (RECALL.replace("no .. @", "no .. it", 1), "contexts = ", "one @"),
        (RECALL.replace("product recall", "product||recall", 1), "fires = ", "empty alternative"),
        (RECALL + RECALL[RECALL.index("[[") :], "[escalation]", "two rules are named 'recall'"),
        ("[phrases]\n", "", "not TOML"),
    ],
)
def test_what_would_take_a_rule_away_or_cannot_be_read_is_refused_with_its_line(text: str, at: str, cause: str) -> None:
    with pytest.raises(ProfileError) as caught:
        with_rules(text)
    assert cause in str(caught.value)
    assert caught.value.file == f"{CLINIC}/profile.toml"
    assert caught.value.remedy
    line = (files()["profile.toml"] + text).splitlines()[caught.value.line - 1]
    assert at in line
