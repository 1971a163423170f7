"""Look at calls and at the machine: replay, diagram, console."""

import asyncio
import json
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.adapters.postgres.calls import CallReader
from agent.adapters.postgres.crypto import load_cipher
from agent.adapters.postgres.database import DatabaseDown
from agent.call.codec import encode
from agent.call.diagram import TABLES, as_dot, as_text
from agent.call.replay import Step, replay
from agent.call.state import Call
from agent.call.tables import Table
from agent.cli.common import AsJson, one_line_errors, print_json
from agent.cli.where import database_up, service_files
from agent.profiles import parse_bundle
from agent.setup.errors import CannotSetUp
from agent.setup.service import DatabaseSection, read_service_file

inspect = typer.Typer()


@inspect.command("diagram")
def diagram(
    as_graphviz: Annotated[bool, typer.Option("--dot", help="Graphviz instead of text.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the tables of the call machine as diagrams."""
    if as_json:
        print_json({name: _rows(table) for name, table in TABLES.items()})
        return
    for name, table in TABLES.items():
        print(as_dot(name, table) if as_graphviz else as_text(name, table))


@inspect.command("replay")
@one_line_errors
def replay_call(
    call_id: Annotated[str, typer.Argument(help="As the console, call.json and the logs have it.")],
    config: Annotated[Path | None, typer.Option(help="Service file; default: every stack in this home.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fold the journal of CALL_ID to its state and show each step."""
    steps = _found(call_id, config)
    if as_json:
        print_json({"call_id": call_id, "steps": [_as_json(s) for s in steps], "state": _state(steps[-1].call)})
        return
    for step in steps:
        print(f"{step.event.at_ms:>7} ms  {type(step.event).__name__:<18} {_brief(step)}")
        for command in step.commands:
            print(f"{'':>12}→ {type(command).__name__} {_short(command)}")
    print(json.dumps(_state(steps[-1].call), indent=1))


def _rows(table: Table[Any]) -> list[dict[str, str]]:
    return [{"state": at.value, "signal": signal, "to": to.value} for (at, signal), to in table.items()]


def _found(call_id: str, config: Path | None) -> list[Step]:
    """The call's steps, from the first database that has it. CannotSetUp where none has."""
    away: DatabaseDown | None = None
    for path in service_files(config):
        if config is None and not Path(read_service_file(path).database.key_file).exists():
            continue  # no service ever started with it
        with database_up(path) as database:
            try:
                steps = asyncio.run(_steps(call_id, database))
            except DatabaseDown as error:
                away = error
            else:
                if steps:
                    return steps
    if away is not None:
        raise away
    raise CannotSetUp(f"there is no call {call_id!r}", "see the call ids on the console or in call.json")


async def _steps(call_id: str, database: DatabaseSection) -> list[Step]:
    """Empty where the call is not there."""
    reader = CallReader(database.dsn, load_cipher(Path(database.key_file)))
    try:
        record = await reader.call(call_id)
        if record is None:
            return []
        entries = await reader.events(call_id)
        text = await reader.profile_text(record.profile_sha)
    finally:
        await reader.close()
    if text is None:
        raise CannotSetUp(f"the profile {record.profile_sha[:12]} of that call is gone", "restore it from a backup")
    return list(replay(parse_bundle(text), [entry.event for entry in entries]))


def _state(call: Call) -> dict[str, Any]:
    return {
        "leg": call.leg.value,
        "floor": call.floor.value,
        "consent": call.consent.value,
        "control": call.control.value,
        "work": {w.call.id: f"{w.call.name} {w.status.value}" for w in call.work},
        "turns": call.turns,
        "outcome": call.outcome.value if call.outcome else None,
        "end_reason": call.end_reason,
    }


def _brief(step: Step) -> str:
    call = step.call
    return f"leg={call.leg.value} floor={call.floor.value} control={call.control.value}  {_short(step.event)}"


def _short(value: Any) -> str:
    if not is_dataclass(value) or isinstance(value, type):
        return str(value)
    fields = {
        k: v for k, v in asdict(value).items() if k not in ("at_ms", "call_id", "case_id") and v not in ("", (), {})
    }
    text = json.dumps(fields, default=str, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:157]}..."


def _as_json(step: Step) -> dict[str, Any]:
    return {
        "event": encode(step.event),
        "leg": step.call.leg.value,
        "floor": step.call.floor.value,
        "commands": [type(c).__name__ for c in step.commands],
    }
