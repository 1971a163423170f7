"""The JSON of a run, and what people read of it."""

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from io import StringIO
from pathlib import Path

from rich.console import Console

from agent.evals.report import latency_table, transcript, waterfall, write
from agent.evals.result import Result, percentile
from tests.unit.evals.made import booked

CALL_KEYS = {
    "call_id", "case_id", "scenario", "outcome", "booking", "transfer", "turns", "recording", "transcript",
    "end_reason",
}  # fmt: skip
TURN_KEYS = {
    "caller_said", "caller_heard", "agent_said", "agent_heard", "voice_to_voice_ms", "stages", "interrupted",
}  # fmt: skip


def test_the_json_has_the_promised_shape() -> None:
    whole = json.loads(json.dumps(Result(7, (booked(), replace(booked(), outcome="dropped"))).as_json()))
    assert whole["seed"] == 7
    assert whole["summary"]["n"] == 2
    assert whole["summary"]["outcomes"] == {"booked": 1, "dropped": 1}
    assert whole["summary"]["voice_to_voice_ms"] == {"p50": 640.0, "p95": 700.0}
    for call in whole["calls"]:
        assert set(call) >= CALL_KEYS
        assert call["expected"]["booking"] == {
            "date": "2026-11-26", "time": "10:30", "name": "Anna Miller", "service": "cleaning",
        }  # fmt: skip
        assert all(set(turn) >= TURN_KEYS for turn in call["turns"])
        assert call["turns"][1]["stages"]["decided_by"] == "rule"


def test_an_unexpected_outcome_and_an_empty_run_do_not_pass() -> None:
    assert Result(1, (booked(),)).exit_code == 0
    assert Result(1, (booked(), replace(booked(), outcome="error"))).exit_code == 1
    assert Result(1, (replace(booked(), checks={"time": False, "name_exact": True}),)).exit_code == 1
    assert Result(1, (replace(booked(), checks={"time": True, "name_exact": False}),)).exit_code == 0
    assert Result(1, ()).exit_code == 1
    assert Result(1, ()).as_json()["summary"]["voice_to_voice_ms"] == {"p50": None, "p95": None}


def test_percentiles_interpolate() -> None:
    assert percentile([1, 2, 3, 4], 50) == 2.5
    assert percentile([], 50) is None


def test_the_transcript_tells_the_conversation() -> None:
    text = transcript(booked())
    assert "00:01.0  Caller  Half past ten." in text
    assert "Agent   What time would you like?  (+640 ms)" in text
    assert "Booked: appointment_id a1" in text


def test_the_transcript_tells_what_was_not_understood() -> None:
    call = booked()
    deaf = replace(call, turns=(replace(call.turns[1], agent_heard=""),))
    assert "understood as: (nothing)" in transcript(deaf)


def test_the_waterfall_is_an_svg_with_a_bar_for_each_measured_turn() -> None:
    call = booked()
    root = ElementTree.fromstring(waterfall(call))
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"640", "700", "410"} <= set(texts)
    assert "A cleaning, please, on <Thursday>." in texts
    bars = [element for element in root.iter("{http://www.w3.org/2000/svg}rect") if element.get("height") == "9"]
    assert len(bars) == 3 * 4
    width = float(root.get("width", "0"))
    assert all(float(bar.get("x", "0")) + float(bar.get("width", "0")) <= width for bar in bars)
    assert ElementTree.fromstring(waterfall(replace(call, turns=()))) is not None


def test_the_table_has_a_row_for_each_measured_turn() -> None:
    console = Console(width=80, record=True, file=StringIO())
    console.print(latency_table(Result(1, (booked(),))))
    text = console.export_text()
    assert text.count("Half past ten.") == 1
    assert "endpoint" in text
    assert "p50 of 3 turns" in text
    assert "640.0" in text
    assert "694.0" in text


def test_the_files_are_written(tmp_path: Path) -> None:
    write(booked(), tmp_path, Result(1, (booked(),)).as_json())
    assert json.loads((tmp_path / "call.json").read_text())["calls"][0]["call_id"] == "call-1"
    assert (tmp_path / "transcript.txt").read_text().startswith("Scenario book")
    assert (tmp_path / "latency.svg").read_text().startswith("<svg")
