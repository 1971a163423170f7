"""``attendant rules``: which of escalation's rules an utterance fires and why, and which never fired in calls."""

import asyncio
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.adapters.postgres.calls import CallReader
from agent.adapters.postgres.crypto import load_cipher
from agent.call.events import RuleFired
from agent.cli.common import AsJson, one_line_errors, print_json
from agent.cli.where import database_up, service_files
from agent.evals.bench_escalation import read_lines
from agent.evals.clipset import ClipError
from agent.policy import escalation
from agent.policy.escalation import Hit
from agent.profiles.rules import SHIPPED_NAMES
from agent.setup.errors import CannotSetUp
from agent.setup.service import DatabaseSection
from agent.setup.tenants import read_tenants
from agent.values.escalation import Rule

rules = typer.Typer(no_args_is_help=True, help="Escalation rules: what fires, and what never did.")
Tenants = Annotated[Path | None, typer.Option(help="A folder of tenants; the rules of --tenant are added.")]


@rules.command("test")
@one_line_errors
def try_out(
    said: Annotated[str, typer.Argument(metavar="TEXT|FILE", help="An utterance, or a file of them (docs/clips.md).")],
    tenants: Tenants = None,
    tenant: Annotated[str, typer.Option(help="Whose own rules are added.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show which rules fire, on which words, by which pattern, and what was taken back by what."""
    own = _own(tenants, tenant)
    found = [_judged(text, own) for text in _texts(said)]
    if as_json:
        print_json({"tested": found})
        return
    for one in found:
        _tell(one)


def _own(tenants: Path | None, tenant: str) -> tuple[Rule, ...]:
    if tenants is None:
        return ()
    found = {profile.tenant: profile for profile in read_tenants(tenants).by_number.values()}
    if tenant not in found:
        raise CannotSetUp(f"there is no tenant {tenant!r} in {tenants}", f"choose one of {', '.join(sorted(found))}")
    return found[tenant].rules


def _texts(said: str) -> list[str]:
    """The utterance itself; where it names a file, that file's."""
    path = Path(said)
    if len(said) > 255 or not path.is_file():
        return [said]
    try:
        if path.suffix == ".jsonl":
            return [line.say for line in read_lines(path)]
        return [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (ClipError, UnicodeDecodeError) as error:
        raise CannotSetUp(f"{path}: {error}", "write one utterance a line, or see docs/clips.md") from None


def _judged(text: str, own: tuple[Rule, ...]) -> dict[str, Any]:
    firing = escalation.match(text, own)
    hits = [asdict(hit) for hit in dict.fromkeys(escalation.explain(text, own))]
    return {"say": text, "fires": firing.rule if firing else None, "hits": hits}


def _tell(one: dict[str, Any]) -> None:
    print(f"{one['fires'] or '-'}: {one['say']}")
    for hit in (Hit(**data) for data in one["hits"]):
        how = ", as it may have been said" if hit.is_corrected else ""
        why = f"; taken back by: {hit.taken_back_by}" if hit.taken_back_by else ""
        print(f"    {hit.rule} on {hit.words!r}{how}, by: {hit.pattern}{why}")


@rules.command("coverage")
@one_line_errors
def coverage(
    n: Annotated[int, typer.Option(min=1, help="The latest calls to look at.")] = 1000,
    config: Annotated[Path | None, typer.Option(help="Service file; default: the one used last in this home.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count the rules that fired in the last N calls, and name those that never did."""
    paths = service_files(config)
    if not paths:
        raise CannotSetUp("no calls were ever taken here", "take some: attendant talk, attendant run")
    with database_up(paths[0]) as database:
        calls, fired = asyncio.run(fired_in(database, n))
    names = (*SHIPPED_NAMES, *sorted(set(fired) - set(SHIPPED_NAMES)))
    never = [name for name in names if not fired[name]]
    if as_json:
        print_json({"calls": calls, "fired": {name: fired[name] for name in names}, "never": never})
        return
    print(f"{calls} calls")
    for name in names:
        print(f"{fired[name]:>6}  {name}")
    print(f"never: {', '.join(never) or 'none'}")


async def fired_in(database: DatabaseSection, n: int) -> tuple[int, Counter[str]]:
    """How many of the latest ``n`` calls there are, and how often each rule fired in them."""
    reader = CallReader(database.dsn, load_cipher(Path(database.key_file)))
    try:
        records = await reader.recent(n)
        entries = [await reader.events(record.call_id) for record in records]
    finally:
        await reader.close()
    events = (entry.event for journal in entries for entry in journal)
    return len(records), Counter(event.rule for event in events if isinstance(event, RuleFired))
