"""The processes of the service: model workers, the model server, the controller, the console."""

import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from agent.adapters.models.specs import Weights, voice_spec, worker_specs
from agent.setup import llama
from agent.setup.errors import CannotSetUp
from agent.setup.manifest import Model, read_manifest
from agent.setup.models import verified_path
from agent.setup.paths import Home
from agent.setup.processes import Child, Program

LLM_SLOTS = 4
VOICE = "piper-joe"
READY_S = 60.0
FIRST_READY_S = 300.0
"""The first time, the agent speaks its fixed phrases once, to keep them."""
CONTROLLER = "controller"
_OPENS = {"vad": ("vad", "turn")}
"""Kinds of models that one worker opens, where they are not just its own."""


def model_programs(
    home: Home, sockets: Path, sets: Mapping[str, str], voices: Sequence[str] = ()
) -> dict[Path, Program]:
    """A program per kind of worker, by the socket it will listen on; ``sets`` says of which set each has its model.

    ``voices`` are further ones, for other languages. ``llm`` is the model server. Each file is verified before it is
    opened: CannotSetUp for one that is not what the manifest says, and for a set that does not exist.
    """
    manifest = read_manifest(home.manifest)
    chosen = {kind: manifest.by_kind(name) for kind, name in sets.items()}
    sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
    programs: dict[Path, Program] = {}
    for kind, models in chosen.items():
        if kind == "llm":
            llama.ensure(home, models["llm"].name)
            path = sockets / "llm.sock"
            programs[path] = llama.server_program(home, path, LLM_SLOTS, model=models["llm"].name)
            continue
        weights = _weights(home, [models[name] for name in _OPENS.get(kind, (kind,))])
        (spec,) = worker_specs(home.models, sockets, (kind,), {kind: weights})
        programs[spec.socket] = Program(f"worker-{kind}", spec.argv, home.root)
    for voice in voices:
        if manifest.model(voice).kind != "tts":
            raise CannotSetUp(f"{voice} is no voice", "name a model of the kind tts: attendant models list")
        verified_path(home, voice)
        spec = voice_spec(home.models, sockets, voice)
        programs[spec.socket] = Program(f"worker-tts-{voice}", spec.argv, home.root)
    for path in programs:
        path.unlink(missing_ok=True)
    return programs


def _weights(home: Home, models: list[Model]) -> Weights:
    device = "cuda" if any(model.device == "cuda" for model in models) else "cpu"
    return Weights(tuple(verified_path(home, model.name).name for model in models), device)


def controller_program(home: Home, service_file: Path, ready_file: Path, is_serial: bool = False) -> Program:
    """The controller of one service file; ``is_serial``: every call is served one stage after the other."""
    argv = (sys.executable, "-m", "agent", "controller", "--config", str(service_file), "--ready", str(ready_file))
    return Program(CONTROLLER, (*argv, "--serial") if is_serial else argv, home.root)


def console_program(home: Home, service_file: Path, port: int) -> Program:
    """The read-only console on loopback."""
    argv = (sys.executable, "-m", "agent", "console", "--config", str(service_file), "--port", str(port))
    return Program("console", argv, home.root, niceness=5)


def relay_program(home: Home, listen: str, tls: Path, sockets: Path, kinds: Sequence[str]) -> Program:
    """What lets controllers of other hosts reach the workers of ``kinds``; it writes ``ready`` to its log."""
    argv = [sys.executable, "-m", "agent.workers.relay", "--listen", listen, "--tls", str(tls.absolute())]
    argv += ["--sockets", str(sockets), *(word for kind in kinds for word in ("--kind", kind))]
    return Program("relay", tuple(argv), home.root)


def wait_listening(child: Child, path: Path) -> None:
    """Until the program accepts connections on its unix socket. CannotSetUp when it ends or stays silent."""
    child.wait_ready(lambda: _is_listening(path), READY_S)


def _is_listening(path: Path) -> bool:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(path))
        return True
    return False
