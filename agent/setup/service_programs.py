"""The processes of the service: model workers, the model server, the controller, the console."""

import socket
import sys
from contextlib import suppress
from pathlib import Path

from agent.adapters.models.specs import worker_specs
from agent.setup import llama
from agent.setup.models import verified_path
from agent.setup.paths import Home
from agent.setup.processes import Child, Program

LLM_SLOTS = 4
VOICE = "piper-joe"
READY_S = 60.0
FIRST_READY_S = 300.0
"""The first time, the agent speaks its fixed phrases once, to keep them."""
CONTROLLER = "controller"
_MODELS = {"vad": ("silero-vad", "smart-turn"), "stt": ("whisper-base",), "tts": ("piper-joe",), "caller": ("kokoro",)}


def model_programs(home: Home, sockets: Path, kinds: tuple[str, ...]) -> dict[Path, Program]:
    """A program per kind of model, by the socket it will listen on. Each file is verified before it is opened.

    ``llm`` is the model server. CannotSetUp for a file that is not what the manifest says.
    """
    sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
    programs: dict[Path, Program] = {}
    for kind in kinds:
        if kind == "llm":
            llama.ensure(home)
            path = sockets / "llm.sock"
            programs[path] = llama.server_program(home, path, LLM_SLOTS)
            continue
        for model in _MODELS[kind]:
            verified_path(home, model)
        (spec,) = worker_specs(home.models, sockets, (kind,))
        programs[spec.socket] = Program(f"worker-{kind}", spec.argv, home.root)
    for path in programs:
        path.unlink(missing_ok=True)
    return programs


def controller_program(home: Home, service_file: Path, ready_file: Path) -> Program:
    """The controller of one service file."""
    argv = (sys.executable, "-m", "agent", "controller", "--config", str(service_file), "--ready", str(ready_file))
    return Program(CONTROLLER, argv, home.root)


def console_program(home: Home, service_file: Path, port: int) -> Program:
    """The read-only console on loopback."""
    argv = (sys.executable, "-m", "agent", "console", "--config", str(service_file), "--port", str(port))
    return Program("console", argv, home.root, niceness=5)


def wait_listening(child: Child, path: Path) -> None:
    """Until the program accepts connections on its unix socket. CannotSetUp when it ends or stays silent."""
    child.wait_ready(lambda: _is_listening(path), READY_S)


def _is_listening(path: Path) -> bool:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(path))
        return True
    return False
