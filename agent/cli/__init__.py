"""The command ``attendant``."""

import sys

import typer
from typer._click.exceptions import NoArgsIsHelpError, UsageError

from agent.cli.actions import actions
from agent.cli.calls import calls
from agent.cli.common import complain
from agent.cli.inspect import inspect
from agent.cli.interrupt import heed
from agent.cli.keys import keys
from agent.cli.rules import rules
from agent.cli.service import logs_to_stderr, service
from agent.cli.weights import models
from agent.cli.workers import workers

NAME = "attendant"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A telephone receptionist that runs on your own machine.",
    epilog="A command's own help: attendant COMMAND --help. What to do when something is wrong: docs/runbook.md.",
)
for title, group in (("Try it", calls), ("The service", service), ("Look", inspect)):
    for command in group.registered_commands:
        command.rich_help_panel = title
    app.registered_commands += group.registered_commands
app.add_typer(actions, name="actions", rich_help_panel="Upkeep")
app.add_typer(models, name="models", rich_help_panel="Upkeep")
app.add_typer(rules, name="rules", rich_help_panel="Look")
app.add_typer(workers, name="workers", rich_help_panel="Upkeep")
app.add_typer(keys, name="keys", rich_help_panel="Upkeep")


def main() -> None:
    """Entry point. A wrong command line is one line on stderr and status 2; SIGTERM ends things in order, as Ctrl-C."""
    heed()
    logs_to_stderr()  # what a command prints on stdout is its answer, JSON if asked for
    try:
        status = app(prog_name=NAME, standalone_mode=False)
    except NoArgsIsHelpError as request:
        request.show()
        status = request.exit_code
    except UsageError as error:
        about = f"; see {error.ctx.command_path} --help" if error.ctx else ""
        complain(error.format_message().rstrip(".") + about)
        status = error.exit_code
    sys.exit(status)
