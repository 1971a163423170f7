"""``attendant actions``: writes of which nobody knows whether they happened, and a person's word on them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from agent.adapters.postgres.crypto import load_cipher
from agent.adapters.postgres.people import ListedAction, NotListed, PeoplesList
from agent.cli.common import AsJson, console, one_line_errors, print_json
from agent.cli.where import database_of
from agent.setup.errors import CannotSetUp

T = TypeVar("T")

actions = typer.Typer(no_args_is_help=True, help="Writes whose outcome is not known: list them, and say what became.")
Config = Annotated[Path | None, typer.Option(help="Service file; default: the running stack's.")]


@actions.command("list")
@one_line_errors
def list_actions(config: Config = None, as_json: AsJson = False) -> None:
    """Promised to a caller and not known after 60 s, or not delivered in time; with names and numbers."""
    listed = _with_list(config, lambda people: people.all())
    if as_json:
        print_json({"actions": [asdict(action) for action in listed]})
    elif not listed:
        print("Nothing waits for a person.")
    else:
        console().print(_table(listed))


@actions.command()
@one_line_errors
def settle(
    key: Annotated[str, typer.Argument(help="As the list has it.")],
    is_done: Annotated[bool, typer.Option("--done/--failed", help="Whether it happened.")],
    note: Annotated[str, typer.Option(help="How you know. It is sealed with the result.")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Say what became of a write, after looking into the backend. It is not sent or asked after any more."""
    try:
        _with_list(config, lambda people: people.settle(key, is_done, note))
    except NotListed as refusal:
        raise CannotSetUp(str(refusal), "see attendant actions list") from None
    status = "done" if is_done else "failed"
    if as_json:
        print_json({"key": key, "status": status})
    else:
        print(f"{key} is {status}.")


def _with_list(config: Path | None, do: Callable[[PeoplesList], Awaitable[T]]) -> T:
    database = database_of(config)

    async def work() -> T:
        people = PeoplesList(database.dsn, load_cipher(Path(database.key_file)))
        try:
            return await do(people)
        finally:
            await people.close()

    return asyncio.run(work())


def _table(listed: list[ListedAction]) -> Table:
    table = Table("asked for", "tenant", "what", "status", "for whom", "key", box=None)
    for action in listed:
        wish = ", ".join(str(value) for value in action.arguments.values())
        when = action.requested_at.strftime("%Y-%m-%d %H:%M")
        table.add_row(when, action.tenant, action.name, action.status, wish, action.key)
    return table
