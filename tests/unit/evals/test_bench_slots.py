"""The bench of slots: what it reads, what it counts, and that the project's sets stay above the bar."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from agent.evals.bench import run
from agent.evals.bench_slots import FOLDER, Line, Told, compared, profile_of, read_lines, scored, told_of, wrong
from agent.evals.bench_wish import ClipsWish
from agent.evals.clipset import ClipError

NOW = "2026-11-24T10:00:00-06:00"
BAR = 0.97
STYLES = {"terse", "chatty", "hesitant", "formal", "garbled", "several", "british", "american"}


def line(say: str, **expect: str) -> str:
    return json.dumps({"say": say, "now": NOW, "expect": expect})


def test_a_file_of_ones_own_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(
        "\n".join((line("Tomorrow at two", date="2026-11-25", time="14:00"), "", line("Noon", time="13:00")))
    )
    printed = run("slots", 1, None, ClipsWish(path))
    results = printed["results"]
    assert (printed["name"], printed["n"], results["exact"]) == ("slots", 2, 0.5)
    assert results["per_slot"]["time"] == {"precision": 0.5, "recall": 0.5, "expected": 2}
    assert results["per_slot"]["date"] == {"precision": 1.0, "recall": 1.0, "expected": 1}
    assert results["per_slot"]["email"] == {"precision": None, "recall": None, "expected": 0}
    assert results["profile"] == "bright-smile-dental"
    assert 0 <= results["ms"]["p50"] <= results["ms"]["p95"]


def test_a_value_too_many_and_one_too_few_are_not_exact() -> None:
    wanted = Line("", datetime.fromisoformat(NOW), {"time": "14:00"})
    told = [Told(wanted, {"time": "14:00", "date": "2026-11-25"}, 1.0), Told(wanted, {}, 1.0)]
    results = scored(told)
    assert results["exact"] == 0
    assert results["per_slot"]["time"] == {"precision": 1.0, "recall": 0.5, "expected": 2}
    assert results["per_slot"]["date"]["precision"] == 0


def test_names_compare_without_case_spacing_and_stops() -> None:
    assert compared({"name": "DR.  Helena Voss"}) == compared({"name": "Dr Helena voss"})
    assert compared({"service": "Cleaning"}) != compared({"service": "cleaning"})


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "holds no line"),
        ("{", "not JSON"),
        ('{"say": "x"}', "write"),
        (json.dumps({"say": "x", "now": NOW, "expect": {"colour": "red"}}), "'colour' is no slot"),
        (json.dumps({"say": "x", "now": NOW, "expect": {"time": 14}}), "'time' is no slot with a text"),
        (json.dumps({"say": "x", "now": "2026-11-24T10:00:00", "expect": {}}), "time with its zone"),
        (json.dumps({"say": "x", "now": "soon", "expect": {}}), "time with its zone"),
    ],
)
def test_a_line_out_of_form_names_its_place(tmp_path: Path, text: str, cause: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(f"{text}\n")
    with pytest.raises(ClipError, match=cause) as caught:
        read_lines(path)
    assert str(path) in str(caught.value)


def test_a_profile_is_a_shipped_one_or_a_folder() -> None:
    shipped = profile_of("northwind-sales")
    assert shipped.tenant == "northwind-sales"
    assert profile_of(str(FOLDER.parents[1] / "tenants" / "northwind-sales")) == shipped
    with pytest.raises(ClipError, match="bright-smile-dental"):
        profile_of("nobody")


@pytest.mark.parametrize(("name", "lines"), [("test", 346), ("fresh", 102)])
def test_the_projects_sets_are_read_above_the_bar(name: str, lines: int) -> None:
    told = told_of(read_lines(FOLDER / f"{name}.jsonl"), profile_of("bright-smile-dental"))
    assert len(told) == lines
    assert scored(told)["exact"] >= BAR, wrong(told)


def test_the_test_set_has_its_styles_and_shares_no_line_with_the_others() -> None:
    sets = {name: read_lines(FOLDER / f"{name}.jsonl") for name in ("test", "development", "fresh")}
    assert {one.style for one in sets["test"]} == STYLES
    assert sum(not one.expect for one in sets["test"]) >= 20
    said = {name: {one.say.lower() for one in lines if len(one.say.split()) > 3} for name, lines in sets.items()}
    assert not said["test"] & (said["development"] | said["fresh"])
