"""Record journals of real calls with the simulated caller, for tests/replay. All persons are the scenarios' own.

Usage: python scripts/record_journal.py [SCENARIO=SEED ...]     (without arguments: all that are kept)

Needed when the format of events changes, or when the dialogue decides differently on purpose: a recorded journal
is folded by today's code to the state that was recorded then.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.adapters.postgres.calls import CallReader
from agent.adapters.postgres.crypto import load_cipher
from agent.call.codec import encode
from agent.call.events import Event
from agent.call.replay import fold
from agent.call.state import Call
from agent.cli.calls import address_of_stack
from agent.evals.address import StackAddress
from agent.evals.run import place_calls
from agent.evals.scenario_file import load
from agent.profiles import parse_bundle
from agent.setup.paths import home
from agent.setup.stack import StackWish, start_stack

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "replay"
KEPT = {"ask-hours": 8, "barge-in": 5, "book": 3, "human": 7, "sales-book": 4, "silent": 1}


class NotAsExpected(RuntimeError):
    """A call did not come to what its scenario expects: it is no example of it."""


def final_state(call: Call) -> dict[str, Any]:
    """What a journal must fold to, without what is only wording."""
    values = dict(call.dialogue.slots) if call.dialogue else {}
    return {
        "leg": call.leg.value,
        "control": call.control.value,
        "consent": call.consent.value,
        "outcome": call.outcome.value if call.outcome else None,
        "end_reason": call.end_reason,
        "work": [[work.call.id, work.call.name, work.call.key, work.status.value] for work in call.work],
        "slots": values,
        "turns": call.turns,
    }


def recording(scenario: str, seed: int, profile_text: str, events: Sequence[Event]) -> dict[str, Any]:
    """The content of one file: the profile's snapshot, the events, the state they fold to."""
    return {
        "scenario": scenario,
        "seed": seed,
        "profile": profile_text,
        "final": final_state(fold(parse_bundle(profile_text), events)),
        "events": [encode(event) for event in events],
    }


def write(folder: Path, content: dict[str, Any]) -> Path:
    """One event a line, so that a change can be read."""
    events = content["events"]
    head = json.dumps({**content, "events": []}, indent=1, ensure_ascii=False)
    lines = ",\n".join("  " + json.dumps(event, ensure_ascii=False) for event in events)
    path = folder / f"{content['scenario']}.json"
    path.write_text(head.replace('"events": []', f'"events": [\n{lines}\n ]') + "\n")
    return path


async def record(address: StackAddress, scenario: str, seed: int, folder: Path) -> Path:
    """Place the call and keep its journal. Raises NotAsExpected."""
    (call,) = (await place_calls(address, load(scenario), 1, 1, seed)).calls
    if call.faults or call.call_id is None:
        raise NotAsExpected(f"{scenario} with seed {seed}: {'; '.join(call.faults) or 'no controller saw it'}")
    reader = CallReader(address.dsn, load_cipher(address.key_file))
    try:
        head = await reader.call(call.call_id)
        text = await reader.profile_text(head.profile_sha) if head else None
        entries = await reader.events(call.call_id)
    finally:
        await reader.close()
    if text is None:
        raise NotAsExpected(f"{scenario}: the profile of {call.call_id} is not in the database")
    return write(folder, recording(scenario, seed, text, [entry.event for entry in entries]))


def main(*wishes: str) -> None:
    """Record into tests/replay through a stack of our own."""
    wanted = {name: int(seed) for name, _, seed in (wish.partition("=") for wish in wishes)} or KEPT
    stack = start_stack(home(), StackWish("record"), print)
    try:
        with tempfile.TemporaryDirectory() as sounds:
            address = address_of_stack(stack)
            moved = replace(address, out_dir=Path(sounds))
            for scenario, seed in wanted.items():
                print(asyncio.run(record(moved, scenario, seed, FOLDER)))
    finally:
        stack.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
