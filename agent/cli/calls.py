"""``attendant demo``, ``talk``, ``call``, ``bench``: calls with the simulated caller, or with your own phone."""

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from agent.cli.cluster import own_cluster
from agent.cli.common import AsJson, AsSerial, console, one_line_errors, print_json
from agent.cli.interrupt import until_interrupted
from agent.cli.phone import how_to_ring
from agent.evals import bench as benches
from agent.evals.address import CarrierAddress, StackAddress
from agent.evals.bench_wish import ClipsWish
from agent.evals.clipset import ClipError
from agent.evals.report import latency_table
from agent.evals.result import Result
from agent.evals.run import Tell, place_calls
from agent.evals.scenario_file import load
from agent.setup import preflight
from agent.setup.asterisk_root import install
from agent.setup.errors import CannotSetUp
from agent.setup.paths import Home, home
from agent.setup.ports import require_free
from agent.setup.stack import Stack, StackWish, softphone, start_stack

calls = typer.Typer()
SEED_BITS = 32
TALK = "talk"
CONSOLE_PORT = 8080
TALK_SIP_PORT = 5070
Port = Annotated[int, typer.Option(min=1024, max=65535, help="SIP port of the PBX on 127.0.0.1.")]
ConsolePort = Annotated[int, typer.Option(min=1024, max=65535, help="Console on 127.0.0.1.")]


@calls.command()
@one_line_errors
def call(
    scenario: Annotated[str, typer.Option(help="A shipped scenario's name, or a TOML file.")],
    n: Annotated[int, typer.Option(min=1, help="Calls in all.")] = 1,
    parallel: Annotated[int, typer.Option(min=1, help="Calls at once.")] = 1,
    seed: Annotated[int | None, typer.Option(help="Draws names, dates, voices; printed when made up.")] = None,
    serial: AsSerial = False,
    as_json: AsJson = False,
) -> None:
    """Place real calls with the simulated caller; status 1 when an outcome is not the expected one."""
    seed = secrets.randbits(SEED_BITS) if seed is None else seed
    say = console(stderr=True)
    wanted = load(scenario)
    with running_stack(home(), say) as address:
        wanted = replace(wanted, caller=address.serial_caller) if serial else wanted
        folder = _fresh_folder(address.out_dir, time.strftime(f"%Y%m%d-%H%M%S-{wanted.name}"))
        say.print(f"{n} call(s) of {wanted.name}, {parallel} at once, seed {seed}")
        result = asyncio.run(place_calls(replace(address, out_dir=folder), wanted, n, parallel, seed, _progress(say)))
    say.print(latency_table(result))
    if as_json:
        print_json(result.as_json())
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def _fresh_folder(parent: Path, name: str) -> Path:
    """A folder that was not there: two runs may begin within one second."""
    folder, number = parent / name, 1
    while True:
        with suppress(FileExistsError):
            folder.mkdir(parents=True)
            return folder
        number += 1
        folder = parent / f"{name}-{number}"


def _progress(say: Console) -> Tell:
    """One line that counts up in a terminal; in a file a line for each call."""

    def tell(done: int, all_: int, what: str) -> None:
        if say.is_terminal:
            say.print(f"{what} {done}/{all_} ", end="\n" if done == all_ else "\r")
        elif what == "call":
            say.print(f"call {done}/{all_}")

    return tell


@calls.command()
@one_line_errors
def demo(as_json: AsJson = False) -> None:
    """A caller rings, is greeted, asks a question, books and hangs up: real SIP, RTP, models and Postgres."""
    here, out = home(), console(stderr=as_json)
    folder = here.var / "demo" / datetime.now().astimezone().strftime("%Y-%m-%dT%H-%M-%S")
    with private_stack(here, "demo", out) as address:
        out.print("Placing the call ...")
        seed = secrets.randbits(SEED_BITS)
        result = asyncio.run(place_calls(replace(address, out_dir=folder), load("demo"), 1, 1, seed))
    _tell_demo(result, folder, out)
    if as_json:
        print_json(result.as_json())
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def _tell_demo(result: Result, folder: Path, out: Console) -> None:
    (placed,) = result.calls
    out.rule("The conversation")
    out.print((folder / "transcript.txt").read_text(), markup=False)
    out.rule("Latencies at the caller's ear")
    out.print(latency_table(result))
    out.rule("The appointment in Postgres")
    out.print(json.dumps(placed.booking, indent=1, default=str) if placed.booking else "none", markup=False)
    out.rule("Files")
    for name in ("call.wav", "transcript.txt", "latency.svg", "call.json"):
        out.print(str(folder / name), markup=False)
    for fault in placed.faults:
        out.print(f"! {fault}", markup=False)


@calls.command()
@one_line_errors
def talk(
    port: Port = TALK_SIP_PORT,
    console_port: ConsolePort = CONSOLE_PORT,
    serial: AsSerial = False,
) -> None:
    """Keep everything running and ring it yourself, with any softphone."""
    here, out = home(), console()
    _require_ports(here, port, console_port)
    phones = (softphone("1000", "You"), softphone("2000", "Colleague"))
    wish = StackWish(TALK, phones=phones, sip_port=port, console_port=console_port)
    wish = replace(wish, serial_callers="*") if serial else wish
    stack = start_stack(here, wish, out.print)
    try:
        out.print(how_to_ring(stack, phones), markup=False)
        until_interrupted()
    finally:
        out.print("Ending everything ...")
        stack.stop()


def _require_ports(here: Home, port: int, console_port: int) -> None:
    """CannotSetUp before anything is started. Our own ports are held by a stack of the same name: say that first."""
    with preflight.hold(here.var / "stacks" / TALK / "lock", f"attendant ({TALK})"):
        require_free(port, "SIP (--port chooses another)", udp=True)
        require_free(console_port, "the console (--console-port chooses another)")


@calls.command()
@one_line_errors
def bench(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(benches.NAMES)}.")],
    n: Annotated[
        int | None, typer.Option(min=1, help="Pairs of measurements (30); kills in exactly-once (200).")
    ] = None,
    own: Annotated[Path | None, typer.Option("--dir", "--file", help="Your clips or lines (docs/clips.md).")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of the clips (bargein): does it work?")] = False,
    audio: Annotated[bool, typer.Option("--audio", help="Escalation's lines spoken, too.")] = False,
    profile: Annotated[str, typer.Option(help="Whose services slots are read with: a tenant's name or folder.")] = "",
    as_json: AsJson = False,
) -> None:
    """Measure: interleaved A/B in one run, a paired ratio with its 95 % interval."""
    say = console(stderr=True)
    if name not in benches.NAMES:
        raise CannotSetUp(f"there is no bench {name!r}", f"choose one of {', '.join(benches.NAMES)}")
    n = benches.DEFAULT_N.get(name, 30) if n is None else n
    if name in benches.NEED_CLUSTER:
        with own_cluster(home(), name) as cluster:
            result = benches.run_on_cluster(name, n, cluster)
    elif name in benches.NEED_STACK or (name == "escalation" and audio):
        with running_stack(home(), say) as address:
            result = _run_bench(name, n, address, ClipsWish(own, install(home()).data_dir, quick))
    else:
        result = _run_bench(name, n, None, ClipsWish(own, profile=profile))
    if as_json:
        print_json(result)
    else:
        print(json.dumps(result, indent=1))


def _run_bench(name: str, n: int, address: StackAddress | None, wish: ClipsWish) -> dict[str, Any]:
    """CannotSetUp for a clip or a line that cannot be used."""
    try:
        return benches.run(name, n, address, wish)
    except ClipError as error:
        raise CannotSetUp(str(error), "docs/clips.md describes the format") from None


@contextmanager
def running_stack(here: Home, say: Console) -> Iterator[StackAddress]:
    """The stack that ``talk`` keeps up, or a private one that ends with the block."""
    known = here.var / "stacks" / TALK
    if (known / "ready.json").exists() and _is_alive(known / "lock"):
        yield address_from(json.loads((known / "address.json").read_text()))
        return
    with private_stack(here, "calls", say) as address:
        yield address


@contextmanager
def private_stack(here: Home, name: str, say: Console) -> Iterator[StackAddress]:
    """A stack of our own."""
    stack = start_stack(here, StackWish(name), say.print)
    try:
        yield address_of_stack(stack)
    finally:
        stack.stop()


def _is_alive(lock: Path) -> bool:
    holder = lock.read_text().strip() if lock.exists() else ""
    return holder.isdigit() and Path(f"/proc/{holder}").exists()


def address_of_stack(stack: Stack) -> StackAddress:
    """Where the simulated caller finds the stack."""
    return address_from(json.loads((stack.folder / "address.json").read_text()))


def address_from(data: dict[str, Any]) -> StackAddress:
    """The address a stack wrote down."""
    names = ("key_file", "tenants_dir", "workers_dir", "models_dir", "cache_dir", "out_dir")
    places = {name: Path(data[name]) for name in names}
    carrier = CarrierAddress(**data["carrier"])
    return StackAddress(carrier, data["dsn"], serial_caller=data["serial_caller"], **places)
