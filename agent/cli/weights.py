"""``attendant models``: fetch, verify, list, pin."""

from typing import Annotated

import typer

from agent.cli.common import AsJson, one_line_errors, print_json
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
    as_json: AsJson = False,
) -> None:
    """Hash every file anew and compare with models/manifest.toml."""
    states = weights.verify(home(), names or [DEFAULT])
    if as_json:
        print_json({f"{s.model}/{s.path}": s.state for s in states})
    else:
        print("\n".join(f"{s.state:<9} {s.model}/{s.path}" for s in states))
    for state in states:
        if state.state != "present":
            verb = "pin" if state.state == "unpinned" else "fetch"
            raise CannotSetUp(f"{state.model}/{state.path} is {state.state}", f"attendant models {verb} {state.model}")


@models.command("list")
@one_line_errors
def list_models(as_json: AsJson = False) -> None:
    """The sets, their models and licences, and what is on this disk."""
    manifest = read_manifest(home().manifest)
    in_sets = {name for members in manifest.sets.values() for name in members}
    others = tuple(name for name in manifest.models if name not in in_sets)
    states = {name: sorted({s.state for s in weights.verify(home(), [name], anew=False)}) for name in manifest.models}
    if as_json:
        rows = {name: {"licence": manifest.models[name].licence, "states": states[name]} for name in states}
        print_json({"sets": {name: list(members) for name, members in manifest.sets.items()}, "models": rows})
        return
    for name, members in (*manifest.sets.items(), ("in no set", others)):
        print(f"[{name}]")
        for member in members:
            print(f"  {member:<28} {manifest.models[member].licence:<24} {', '.join(states[member])}")


@models.command()
@one_line_errors
def pin(
    name: Annotated[str, typer.Argument(help="A model of the manifest.")],
    sha256: Annotated[list[str] | None, typer.Option(help="FILE=SHA256 as its publisher tells it.")] = None,
) -> None:
    """Trust a model whose hash the manifest does not know, by your own decision."""
    known = dict(_file_and_sum(entry) for entry in sha256 or [])
    pinned = weights.pin(home(), name, known, print)
    for path, digest in pinned.items():
        print(f"pinned {name}/{path} {digest}")
    if not pinned:
        print(f"nothing to pin: the manifest has a sha256 for every file of {name}")


def _file_and_sum(entry: str) -> tuple[str, str]:
    path, sign, digest = entry.rpartition("=")
    if not sign:
        raise CannotSetUp(f"--sha256 {entry!r} is not FILE=SHA256", "name the file, then its sum")
    return path, digest
