"""``attendant models``: fetch, verify, list, pin."""

from typing import Annotated

import typer

from agent.cli.common import one_line_errors, print_json
from agent.setup import models as weights
from agent.setup.errors import CannotSetUp
from agent.setup.manifest import read_manifest
from agent.setup.paths import home

models = typer.Typer(no_args_is_help=True, help="Model weights: fetched, verified, never committed.")
DEFAULT = "tiny"


@models.command()
@one_line_errors
def fetch(names: Annotated[list[str] | None, typer.Argument(help="Sets or models; default: tiny.")] = None) -> None:
    """Bring models to disk, every byte verified."""
    weights.fetch(home(), names or [DEFAULT], print)
    print("All are here and are what the manifest says.")


@models.command()
@one_line_errors
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Sets or models; default: tiny.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Hash every file anew and compare with models/manifest.toml."""
    states = weights.verify(home(), names or [DEFAULT])
    for state in states:
        print(f"{state.state:<9} {state.model}/{state.path}")
    if as_json:
        print_json({f"{s.model}/{s.path}": s.state for s in states})
    bad = [s for s in states if s.state != "present"]
    if bad:
        raise CannotSetUp(f"{bad[0].model}/{bad[0].path} is {bad[0].state}", f"attendant models fetch {bad[0].model}")


@models.command("list")
@one_line_errors
def list_models() -> None:
    """The sets, their models and licences, and what is on this disk."""
    manifest = read_manifest(home().manifest)
    for name, members in manifest.sets.items():
        print(f"[{name}]")
        for member in members:
            states = {s.state for s in weights.verify(home(), [member], anew=False)}
            print(f"  {member:<28} {manifest.models[member].licence:<24} {', '.join(sorted(states))}")


@models.command()
@one_line_errors
def pin(
    name: str,
    sha256: Annotated[list[str] | None, typer.Option(help="FILE=SHA256 as its publisher tells it.")] = None,
) -> None:
    """Trust a model whose hash the manifest does not know, by your own decision."""
    known = dict(entry.split("=", 1) for entry in sha256 or [] if "=" in entry)
    for path, digest in weights.pin(home(), name, known, print).items():
        print(f"pinned {name}/{path} {digest}")
