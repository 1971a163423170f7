"""Real calls end to end: SIP, RTP, two Asterisks, models and Postgres, with the simulated caller.

All are placed in one go, a few at once, the long ones first; then each test looks at its calls.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from agent.call.state import Leg
from agent.evals.result import CallResult
from agent.setup.stack import Stack
from scripts.record_journal import record
from tests.pbx.stack import address, books, nothing_left, place_mixed

pytestmark = pytest.mark.pbx

CALLS = [
    ("silent", 1), ("cough-only", 2), ("book", 3), ("sales-book", 4), ("barge-in", 5), ("book-keyed", 6),
    ("human", 7), ("ask-hours", 8), ("dtmf-0", 9), ("hangup-early", 10),
]  # fmt: skip
EXPECTED = {
    "silent": "silent", "cough-only": "silent", "book": "booked", "sales-book": "booked", "barge-in": "answered",
    "human": "transferred", "ask-hours": "answered", "dtmf-0": "transferred", "hangup-early": "dropped",
    "book-keyed": "booked",
}  # fmt: skip
HEARD_FREELY = {"book", "book-keyed", "sales-book", "ask-hours", "barge-in", "human"}
PARALLEL = 3


@pytest.fixture(scope="module")
def placed() -> dict[tuple[str, int], CallResult]:
    """The calls that were placed, by scenario and seed."""
    return {}


async def test_the_calls_are_placed_and_leave_nothing_behind(
    stack: Stack, placed: dict, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("calls")
    results = await place_mixed(stack, CALLS, PARALLEL, folder)
    await nothing_left(stack)
    placed.update(zip(CALLS, results, strict=True))
    assert all(result.call_id for result in results)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]}-{call[1]}")
def test_each_ends_as_it_should(placed: dict, call: tuple[str, int]) -> None:
    """Whether a small recogniser gets a synthetic voice on a busy machine is measured (`attendant call`), not asserted.

    What is asserted holds however it hears: a caller who talks freely gets what they came for or a person, what is
    said to be booked is what was read back and committed, and keys, silence and hang-ups need no recogniser at all.
    """
    result: CallResult = placed[call]
    may_be_misheard = call[0] in HEARD_FREELY
    allowed = {EXPECTED[call[0]], "transferred"} if may_be_misheard else {EXPECTED[call[0]]}
    broken = [fault for fault in result.faults if "not what the caller wanted" not in fault]
    broken = [fault for fault in broken if not (may_be_misheard and fault.startswith("outcome transferred"))]
    assert result.outcome in allowed, result.as_json()
    assert not broken, result.as_json()


def test_a_caller_who_is_understood_books(placed: dict) -> None:
    assert "booked" in {placed["book", 3].outcome, placed["sales-book", 4].outcome}


def test_what_is_typed_is_what_is_booked(placed: dict) -> None:
    result: CallResult = placed["book-keyed", 6]
    assert result.wanted is not None
    typed = [turn.caller_said for turn in result.turns if turn.caller_said.startswith("[keys ")]
    assert len(typed) >= 2, result.as_json()
    if result.outcome == "booked":
        assert result.booking["date"] == result.wanted.day.isoformat()
        assert result.booking["time"] == f"{result.wanted.at:%H:%M}"


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]}-{call[1]}")
async def test_each_journal_folds_to_its_record(stack: Stack, placed: dict, call: tuple[str, int]) -> None:
    kept = await books(stack, placed[call].call_id)
    assert kept.state.leg is Leg.ENDED
    assert kept.state.outcome is kept.record.outcome
    assert kept.state.end_reason == kept.record.end_reason
    assert not kept.state.pending()


def test_there_is_one_appointment_for_each_booking_and_no_other(stack: Stack, placed: dict) -> None:
    booked = [result for result in placed.values() if result.outcome == "booked"]
    with psycopg.connect(stack.dsn) as connection:
        rows = connection.execute("SELECT appointment_id FROM appointments WHERE status = 'booked'").fetchall()
    assert Counter(row[0] for row in rows) == Counter(result.booking["appointment_id"] for result in booked)


def test_no_write_is_left_under_way(stack: Stack, placed: dict) -> None:
    with psycopg.connect(stack.dsn) as connection:
        unsettled = connection.execute("SELECT count(*) FROM tool_calls WHERE settled_at IS NULL").fetchone()
        written = connection.execute("SELECT count(*) FROM tool_calls").fetchone()
        open_calls = connection.execute("SELECT count(*) FROM calls WHERE ended_at IS NULL").fetchone()
    assert (unsettled, open_calls) == ((0,), (0,))
    assert written is not None
    assert written[0] >= sum(result.outcome == "booked" for result in placed.values()) > 0


def test_an_interruption_is_heard_to_stop_the_agent(placed: dict) -> None:
    result: CallResult = placed["barge-in", 5]
    (cut,) = [turn for turn in result.turns if turn.was_spoken_over]
    assert cut.interrupted, "the agent went on to the end: its journal knows of no cut"
    assert cut.stopped_after_ms is not None, "the agent did not fall silent"


def test_those_who_want_a_human_reach_the_queue(placed: dict) -> None:
    for call in (("human", 7), ("dtmf-0", 9)):
        assert placed[call].transfer["answered"], placed[call].transfer


def test_replay_shows_the_call_from_the_command_line(stack: Stack, placed: dict) -> None:
    result: CallResult = placed["book", 3]
    argv = [sys.executable, "-m", "agent", "replay", result.call_id, "--config", str(stack.service_file), "--json"]
    outcome = subprocess.run(argv, capture_output=True, text=True, check=True)
    shown = json.loads(outcome.stdout.splitlines()[-1])
    assert shown["state"]["outcome"] == result.outcome
    assert shown["steps"][0]["event"]["kind"] == "CallArrived"


def test_the_controllers_log_holds_no_words_names_or_numbers(stack: Stack, placed: dict) -> None:
    log = (stack.folder / "log" / "controller.log").read_text()
    for result in placed.values():
        assert result.call_id in log, "the log is of these calls"
        assert result.caller.lstrip("+") not in log
        if result.wanted:
            assert result.wanted.values["name"].split()[-1] not in log
        said = {turn.agent_heard for turn in result.turns if len(turn.agent_heard.split()) > 2}
        assert not [text for text in said if text in log]


def test_each_call_left_its_recording_and_transcript(placed: dict) -> None:
    for result in placed.values():
        assert result.recording.stat().st_size > 16_000 * 2 * 2
        assert Path(result.transcript).read_text().strip()


async def test_the_journal_of_a_call_is_recorded_for_replay(stack: Stack, tmp_path: Path) -> None:
    """As scripts/record_journal.py does for tests/replay."""
    path = await record(address(stack, tmp_path / "sounds"), "hangup-early", 10, tmp_path)
    content = json.loads(path.read_text())
    assert content["final"]["outcome"] == "dropped"
    assert content["events"][-1]["kind"] == "HangupSeen"
    await nothing_left(stack)
