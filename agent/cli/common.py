"""What the commands share: one way to fail, one way to print."""

import errno
import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, ParamSpec, TypeVar

import psycopg
import typer
from rich.console import Console

from agent.adapters.asterisk.client import AriError
from agent.adapters.postgres.crypto import KeyTrouble
from agent.adapters.postgres.migrate import MigrationRefused
from agent.evals.run import CannotPlaceCalls
from agent.evals.scenario_file import ScenarioError
from agent.pbx.plan import PlanError
from agent.ports.models import ModelUnavailable
from agent.profiles import ProfileError
from agent.setup.errors import CannotSetUp
from agent.setup.paths import home

P = ParamSpec("P")
T = TypeVar("T")

KNOWN = (CannotSetUp, CannotPlaceCalls, MigrationRefused, KeyTrouble, PlanError, ProfileError, ScenarioError)
"""What can be wrong outside us: each says its cause and remedy in one line."""
AWAY = (ModelUnavailable, AriError)
"""A process of the stack that went away under a command; the cause alone is known."""
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
WIDTH_OF_A_FILE = 100
"""Where the output is no terminal, nothing is known of its width; a table is not to be squeezed for that."""

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object as the last line of stdout.")]

AsSerial = Annotated[bool, typer.Option("--serial", help="One stage after the other: what the benches compare with.")]


def one_line_errors(command: Callable[P, T]) -> Callable[P, T]:
    """A known fault ends the command with one line on stderr and status 1, not with a traceback."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except Exception as fault:
            if (text := told(fault)) is None:
                raise
            complain(text)
            raise typer.Exit(1) from fault

    return wrapped


def told(fault: BaseException) -> str | None:
    """A known fault in one line, with its remedy; None for one that is a bug and deserves its traceback."""
    if isinstance(fault, BaseExceptionGroup):
        texts = [told(inner) for inner in fault.exceptions]
        return None if None in texts else texts[0]
    if isinstance(fault, KNOWN):
        return str(fault)
    if isinstance(fault, psycopg.OperationalError):
        remedy = "see that Postgres runs and that dsn in the service file names it"
        return f"cannot use the database: {str(fault).partition(chr(10))[0]}; {remedy}"
    if isinstance(fault, AWAY):
        return f"{fault}; run it again, and see the logs below {home().var / 'stacks'} if it stays"
    if isinstance(fault, OSError) and fault.errno in DISK_FULL:
        what = f"{fault.filename or 'a file'} cannot be written: {fault.strerror}"
        return f"{what}; free some disk, or set ATTENDANT_HOME to a directory on another one"
    return None


def complain(text: str) -> None:
    """One line on stderr, whatever the text holds."""
    print(f"attendant: {' '.join(text.split())}", file=sys.stderr)


def console(*, stderr: bool = False) -> Console:
    """Where people read. Long lines are left to the terminal, so that a command can be copied out of them."""
    made = Console(stderr=stderr, highlight=False, soft_wrap=True)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, soft_wrap=True, width=WIDTH_OF_A_FILE)


def print_json(value: Any) -> None:
    """One JSON object as the last line."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)
