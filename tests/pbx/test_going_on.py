"""A real call that drops at the read-back, and the same caller's next one: one case, one row."""

from pathlib import Path

import psycopg
import pytest

from agent.setup.stack import Stack
from tests.pbx.stack import books, nothing_left, place_mixed, reader

pytestmark = pytest.mark.pbx
SEED = 3


async def test_who_is_cut_off_and_rings_back_is_booked_once(stack: Stack, tmp_path: Path) -> None:
    """What is heard of a name is a small recogniser's guess: what is asserted holds however it hears."""
    (result,) = await place_mixed(stack, [("book-drop-resume", SEED)], 1, tmp_path)
    await nothing_left(stack)
    assert result.call_id is not None
    assert result.outcome in ("booked", "transferred"), result.as_json()
    faults = [fault for fault in result.faults if "not what the caller wanted" not in fault]
    assert not [fault for fault in faults if not fault.startswith("outcome transferred")], result.as_json()

    second = await books(stack, result.call_id)
    assert second.state.dialogue is not None
    with psycopg.connect(stack.dsn) as connection:
        query = "SELECT call_id FROM calls WHERE started_at < %s ORDER BY started_at DESC LIMIT 1"
        row = connection.execute(query, [second.record.started_at]).fetchone()
    assert row is not None
    assert "is_same_case" in result.checks, "the caller heard no read-back"
    first = await books(stack, row[0])
    assert first.record.caller.number == second.record.caller.number
    assert (first.record.outcome, first.record.end_reason[:15]) == ("dropped", "caller_hung_up:"), first.record
    said = " ".join(turn.agent_said for turn in result.turns)
    assert "Are you calling again about something we had begun?" in said
    was_offered = "Shall we go on?" in said
    assert (first.record.case_id == second.record.case_id) == bool(second.state.dialogue.joined)
    assert was_offered or not second.state.dialogue.joined
    async with reader(stack) as calls:
        cases = {first.record.case_id, second.record.case_id}
        rows = [one for case_id in cases for one in await calls.appointments_by_case(case_id)]
    assert len(rows) == (result.outcome == "booked")
