"""The command ``attendant``."""

import typer

from agent.cli.calls import calls
from agent.cli.inspect import inspect
from agent.cli.service import service
from agent.cli.weights import models

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="An on-premises phone receptionist.",
)
for group in (service, calls, inspect):
    app.registered_commands += group.registered_commands
app.add_typer(models, name="models")


def main() -> None:
    """Entry point."""
    app()
