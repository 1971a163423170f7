"""The bench of escalation: what it reads, what it counts, and that the project's sets are what they are said to be."""

from pathlib import Path

import numpy as np
import pytest

from agent.evals.bench import run
from agent.evals.bench_escalation import FOLDER, SETS, Line, Told, over_babble, read_lines, scored, wrong
from agent.evals.bench_wish import ClipsWish
from agent.evals.clipset import ClipError
from agent.profiles.rules import ORDER
from agent.values.audio import BYTES_PER_MS

OWN = """{"say": "my chest hurts", "expect": "emergency"}
{"say": "you will hear from my lawyer", "expect": "refund"}

{"say": "no need to refund", "expect": null, "about": "refund"}
"""


def test_a_file_of_ones_own_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(OWN)
    printed = run("escalation", 1, None, ClipsWish(path))
    assert printed["name"] == "escalation"
    assert printed["n"] == 3
    results = printed["results"]
    assert (results["recall"], results["false_alarm_rate"]) == (0.5, 0.0)
    assert results["per_rule"]["emergency"]["recall"] == 1.0
    assert results["per_rule"]["refund"] == {
        "recall": 0.0, "false_alarm_rate": 0.0, "positives": 1, "near_misses": 1,
    }  # fmt: skip


def test_a_wrong_rule_is_a_miss_and_any_rule_on_null_is_a_false_alarm() -> None:
    lines = [Line("a", "refund"), Line("b", "human"), Line("c", None, "abuse"), Line("d", None)]
    told = [Told(line, fired) for line, fired in zip(lines, ("refund", "refund", "human", None), strict=True)]
    found = scored(told)
    assert (found["recall"], found["false_alarm_rate"]) == (0.5, 0.5)
    assert [one["say"] for one in wrong(told)] == ["b", "c"]


def test_nothing_to_divide_by_is_no_figure() -> None:
    assert scored([Told(Line("a", None), None)])["recall"] is None


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("nonsense", "mine.jsonl:1: not JSON"),
        ('{"say": "a", "expect": null}\n{"say": "b"}', "mine.jsonl:2: write"),
        ('{"say": "b", "expect": "none"}', "there is no rule 'none'"),
        ('["a"]', "mine.jsonl:1: write"),
        ("\n", "holds no line"),
    ],
)
def test_a_line_that_is_not_in_the_form_is_named(tmp_path: Path, text: str, cause: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(text)
    with pytest.raises(ClipError, match=cause.replace("(", r"\(")):
        read_lines(path)


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(ClipError, match="cannot be read"):
        read_lines(Path("/nowhere/at/all.jsonl"))


def test_the_sets_hold_forty_of_each_rule_and_as_many_near_misses() -> None:
    lines = [line for name in SETS for line in read_lines(FOLDER / f"{name}.jsonl")]
    assert len({line.say for line in lines}) == len(lines)
    for rule in ORDER:
        assert sum(line.expect == rule for line in lines) >= 40
        assert sum(line.expect is None and line.about == rule for line in lines) >= 40


def test_the_rules_keep_what_they_reach_on_the_projects_sets() -> None:
    results = run("escalation", 1, None)["results"]
    assert results["recall"] >= 0.99
    assert results["false_alarm_rate"] <= 0.02


def test_babble_lies_ten_decibel_under_the_speech() -> None:
    at = np.arange(16_000) / 16_000
    speech = (0.3 * np.sin(2 * np.pi * 300 * at) * 32_767).astype("<i2").tobytes()
    crowd = [np.sin(2 * np.pi * 440 * at) + 0.5 * np.sin(2 * np.pi * 1_100 * at)]
    heard = np.frombuffer(over_babble(speech, crowd, 0), "<i2").astype(float)
    lead, voiced = heard[800:3_200], heard[5_000:18_000]
    ratio_db = 20 * np.log10(np.sqrt(np.mean(voiced**2)) / np.sqrt(np.mean(lead**2)))
    assert 6 < ratio_db < 16
    assert len(heard) * 2 > 1_000 * BYTES_PER_MS
