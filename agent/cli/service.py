"""``attendant run``, ``init``, ``controller``, ``check``, ``migrate``, ``console``: the service itself."""

import asyncio
import logging
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import structlog
import typer
import uvloop

from agent.adapters.postgres.migrate import migrate as apply_migrations
from agent.app import run_controller
from agent.cli import own_asterisk
from agent.cli.checks import all_findings
from agent.cli.common import AsJson, AsSerial, one_line_errors, print_json
from agent.cli.interrupt import until_interrupted
from agent.cli.where import database_up, own_service_path, service_files, service_of, stack_folder
from agent.console import ConsolePortInUse, serve
from agent.setup import postgres, preflight
from agent.setup.errors import CannotSetUp
from agent.setup.paths import home
from agent.setup.placement import far_places, near_sets
from agent.setup.service import SerialSection, ServiceFile, read_service_file
from agent.setup.service_programs import controller_program, model_programs, wait_listening
from agent.setup.supervisor import Supervisor
from agent.setup.tenants import read_tenants, tongues_of

service = typer.Typer()
Config = Annotated[Path | None, typer.Option(help="Service file; default: that of `init`, else the running stack's.")]


def logs_to_stderr() -> None:
    """Structured lines on stderr; nothing below INFO, and never speech, numbers or names."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(),
        ],
    )


@service.command()
@one_line_errors
def run(config: Config = None, serial: AsSerial = False) -> None:
    """Run the service for your own Asterisk: model workers and controller, kept up until you stop it."""
    logs_to_stderr()
    path = own_service_path(config)
    service_file = read_service_file(path)
    with preflight.hold(home().var / "run.lock", "attendant run"):
        service_file.ari_password  # noqa: B018 - says what is wrong with it before anything is started
        supervisor = Supervisor(home().logs, home().var / "pids.json")
        try:
            _supervise(supervisor, service_file, path, serial)
        finally:
            supervisor.stop()


def _supervise(supervisor: Supervisor, service_file: ServiceFile, path: Path, is_serial: bool) -> None:
    sockets = Path(service_file.models.sockets)
    far_places(service_file.models)
    tongues = tongues_of(read_tenants(Path(service_file.tenants.folder)))
    programs = model_programs(home(), sockets, near_sets(service_file.models), sorted({*tongues.values()}))
    children = supervisor.start(list(programs.values()))
    for socket, child in zip(programs, children, strict=True):
        wait_listening(child, socket)
    supervisor.start([controller_program(home(), path, home().var / "ready.json", is_serial)])
    print("Attendant runs. Ctrl-C ends it; callers then stay with the dialplan.")
    until_interrupted(supervisor)


@service.command()
@one_line_errors
def init(
    folder: Annotated[Path | None, typer.Option(help="Where to; default: where `run` looks without --config.")] = None,
) -> None:
    """Write a service file, tenants to start from, and what your own Asterisk includes, each time from the tenants."""
    target = folder or stack_folder(home())
    for number, step in enumerate(own_asterisk.write_folder(home(), target), 1):
        print(f"{number}. {step}")


@service.command(hidden=True)
@one_line_errors
def controller(config: Config = None, ready: Path = Path("ready.json"), serial: AsSerial = False) -> None:
    """The controller alone, in the foreground: ``run`` keeps it up."""
    logs_to_stderr()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            service_file = service_of(config)
            served = replace(service_file, serial=SerialSection("*")) if serial else service_file
            runner.run(_until_stopped(served, ready))
        except KeyboardInterrupt:
            return


async def _until_stopped(service_file: ServiceFile, ready: Path) -> None:
    task = asyncio.ensure_future(run_controller(service_file, ready))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        await asyncio.to_thread(ready.unlink, missing_ok=True)


@service.command()
@one_line_errors
def console(
    config: Config = None,
    port: Annotated[int, typer.Option(min=1024, max=65535, help="On 127.0.0.1.")] = 8080,
) -> None:
    """The read-only console: live calls, transcript as heard, latency per turn."""
    logs_to_stderr()
    database = service_of(config).database
    try:
        asyncio.run(serve(database.dsn, Path(database.key_file), "127.0.0.1", port))
    except ConsolePortInUse as error:
        raise CannotSetUp(str(error), "give --port, or end what holds it") from error
    except KeyboardInterrupt:
        return


@service.command()
@one_line_errors
def migrate(config: Config = None, as_json: AsJson = False) -> None:
    """Bring the schema of every database in this home up to date, or that of the service file.

    Safe to run at any time, by any number at once.
    """
    done = _migrated(config)
    if as_json:
        print_json({"applied": [name for names in done.values() for name in names], "databases": done})
        return
    for place, names in done.items():
        print("\n".join(f"{place}: applied {name}" for name in names) or f"{place}: the schema is up to date")
    if not done:
        print("There is no database here yet: a service brings its own up to date when it starts.")


def _migrated(config: Path | None) -> dict[str, list[str]]:
    """What was applied, by the service file or variable that names the database."""
    done = {}
    for path in service_files(config):
        with database_up(path) as database:
            done[str(path)] = list(apply_migrations(database.dsn))
    if config is None and postgres.external_dsn():
        done["ATTENDANT_DSN"] = list(apply_migrations(postgres.start(home()).dsn))
    return done


@service.command()
@one_line_errors
def check(config: Config = None, as_json: AsJson = False) -> None:
    """Look at everything a call needs and say what is wrong, with its remedy."""
    findings, notes = asyncio.run(all_findings(service_of(config)))
    if as_json:
        print_json({"findings": findings, "notes": notes})
    else:
        print("\n".join(f"- {f}" for f in findings) or "Nothing is wrong: database, PBX, models and tenants are fine.")
        print("\n".join(f"  ({note})" for note in notes))
    if findings:
        raise typer.Exit(1)
