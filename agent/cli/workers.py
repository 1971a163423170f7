"""``attendant workers``: model workers on a host of their own, for controllers elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from agent.adapters.models.tls import TlsFault, server_context, split_address
from agent.cli.common import one_line_errors
from agent.cli.interrupt import until_interrupted
from agent.cli.service import logs_to_stderr
from agent.setup import pki, preflight
from agent.setup.errors import CannotSetUp
from agent.setup.paths import Home, home
from agent.setup.service_programs import model_programs, relay_program, wait_listening
from agent.setup.supervisor import Supervisor

workers = typer.Typer(no_args_is_help=True, help="Model workers on a GPU host: reached over TLS, by certificate only.")
KINDS = ("stt", "tts", "vad", "llm")
RELAY_READY_S = 20.0


@workers.command("make-pki")
@one_line_errors
def make_pki(
    folder: Annotated[Path, typer.Argument(help="Made, or added to: run again for fresh certificates.")],
    host: Annotated[list[str], typer.Option(help="The workers' host as controllers call it; repeat for more.")],
) -> None:
    """Make the certificates by which workers and controllers know each other."""
    authority, worker, controller = pki.make_pki(folder.resolve(), host)
    print(f"{worker}: copy it to the workers' host; there: attendant workers run --tls FOLDER")
    print(f'{controller}: for the controller; in its service file: tls = "FOLDER"')
    print(f"{authority}: whoever has its key is believed by both: keep it elsewhere")


@workers.command()
@one_line_errors
def run(
    listen: Annotated[str, typer.Option(help="HOST:PORT to listen on.")],
    tls: Annotated[Path, typer.Option(help="Folder with ca.pem, cert.pem and key.pem.")],
    model_set: Annotated[str, typer.Option("--set", help="Set of models/manifest.toml.")] = "gpu",
    kind: Annotated[list[str] | None, typer.Option(help="stt, tts, vad or llm; default: stt and tts.")] = None,
) -> None:
    """Run model workers for controllers on other hosts, kept up until you stop it."""
    logs_to_stderr()
    kinds = tuple(dict.fromkeys(kind or ("stt", "tts")))
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise CannotSetUp(f"there is no kind of worker {unknown[0]!r}", f"choose among {', '.join(KINDS)}")
    try:
        split_address(listen)
        server_context(tls, kinds)
    except ValueError as error:
        raise CannotSetUp(f"--listen {error}", "as 0.0.0.0:7900") from error
    except TlsFault as fault:
        raise CannotSetUp(*str(fault).split("; ", 1)) from fault
    here = home()
    with preflight.hold(here.var / "workers.lock", "attendant workers run"):
        supervisor = Supervisor(here.logs, here.var / "workers-pids.json")
        try:
            _supervise(supervisor, here, model_set, kinds, listen, tls)
        finally:
            supervisor.stop()


def _supervise(
    supervisor: Supervisor, here: Home, model_set: str, kinds: tuple[str, ...], listen: str, tls: Path
) -> None:
    """Start the workers, and when they serve the relay before them; then look after both."""
    sockets = here.sockets / "workers"
    programs = model_programs(here, sockets, dict.fromkeys(kinds, model_set))
    children = supervisor.start(list(programs.values()))
    for path, child in zip(programs, children, strict=True):
        wait_listening(child, path)
    log = here.logs / "relay.log"
    said_before = log.stat().st_size if log.exists() else 0
    (relay,) = supervisor.start([relay_program(here, listen, tls, sockets, kinds)])
    relay.wait_ready(lambda: b"ready\n" in log.read_bytes()[said_before:], RELAY_READY_S)
    print(f"Workers of the set {model_set} serve {', '.join(kinds)} on {listen}. Ctrl-C ends them.", flush=True)
    until_interrupted(supervisor)
