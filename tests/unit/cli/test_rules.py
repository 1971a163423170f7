"""``attendant rules``: what fires and why."""

import json
from pathlib import Path

from agent.evals.bench_escalation import FOLDER
from tests.unit.cli.conftest import Attendant
from tests.unit.dialogue.rig import CLINIC, TENANTS
from tests.unit.profiles.test_rules import RECALL


def test_an_utterance_fires_with_words_and_pattern(attendant: Attendant) -> None:
    status, out, _ = attendant("rules", "test", "I want my money back")
    assert status == 0
    assert out.splitlines()[0] == "refund: I want my money back"
    assert "refund on 'want my money back'" in out


def test_what_was_taken_back_says_by_what(attendant: Attendant) -> None:
    tested = json.loads(attendant("rules", "test", "no need to refund", "--json")[1])["tested"]
    assert tested[0]["fires"] is None
    assert tested[0]["hits"][0]["taken_back_by"].startswith("no need")


def test_a_file_is_tested_line_by_line(attendant: Attendant, tmp_path: Path) -> None:
    path = tmp_path / "said.txt"
    path.write_text("I can't breathe\n\nwhat are your hours\n")
    out = attendant("rules", "test", str(path))[1]
    assert "emergency: I can't breathe" in out
    assert "-: what are your hours" in out
    tested = json.loads(attendant("rules", "test", str(FOLDER / "held_out.jsonl"), "--json")[1])["tested"]
    assert len(tested) > 200


def test_a_tenants_own_rules_are_added(attendant: Attendant, tmp_path: Path) -> None:
    folder = tmp_path / "tenants" / CLINIC
    folder.mkdir(parents=True)
    for file in (TENANTS / CLINIC).iterdir():
        (folder / file.name).write_text(file.read_text() + (RECALL if file.name == "profile.toml" else ""))
    said = ("rules", "test", "is there a product recall")
    assert attendant(*said)[1].startswith("-:")
    assert attendant(*said, "--tenants", str(folder.parent), "--tenant", CLINIC)[1].startswith("recall:")
    status, _, err = attendant(*said, "--tenants", str(folder.parent), "--tenant", "nobody")
    assert status == 1
    assert "there is no tenant 'nobody'" in err


def test_without_calls_there_is_no_coverage(attendant: Attendant) -> None:
    status, _, err = attendant("rules", "coverage")
    assert status == 1
    assert len(err.splitlines()) == 1
