"""What the commands share: one way to fail, one way to print JSON."""

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import typer

from agent.adapters.postgres.crypto import KeyTrouble
from agent.adapters.postgres.database import DatabaseDown
from agent.adapters.postgres.migrate import MigrationRefused
from agent.profiles import ProfileError
from agent.setup.errors import CannotSetUp

P = ParamSpec("P")
T = TypeVar("T")

KNOWN = (CannotSetUp, MigrationRefused, KeyTrouble, DatabaseDown, ProfileError)
"""What can be wrong outside us: each says its cause and remedy in one line."""


def one_line_errors(command: Callable[P, T]) -> Callable[P, T]:
    """A known fault ends the command with one line on stderr and status 1, not with a traceback."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except KNOWN as fault:
            print(f"attendant: {' '.join(str(fault).split())}", file=sys.stderr)
            raise typer.Exit(1) from fault

    return wrapped


def print_json(value: Any) -> None:
    """One JSON object as the last line."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)
