"""The in-box language model server: Debian forky's llama-server out of the private root, on a unix socket.

Why this one: docs/adr. It is never built here, it was compiled with a compiler that does not fall over AMX, it picks
the processor's best kernels at start, and each slot keeps its own prompt warm. It is proven once with a real prompt.
"""

import http.client
import json
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from agent.setup import debian_root
from agent.setup.errors import CannotSetUp
from agent.setup.files import stamped_sha256, write_atomically, write_text
from agent.setup.models import verified_path
from agent.setup.paths import Home
from agent.setup.processes import Child, Program, spawn

MODEL = "qwen-0.5b"
_SOURCE = "model-q4_k_m.gguf"
_FAST = "model-q4_0.gguf"
# A prompt of this many tokens' context for each slot; the receptionist's prompts stay below 1500.
SLOT_TOKENS = 2048
_LOAD_S = 60.0
_PROOF_PROMPT = (
    "<|im_start|>system\nYou are a receptionist.<|im_end|>\n"
    "<|im_start|>user\nWhat is the capital of France? Answer with one word.<|im_end|>\n<|im_start|>assistant\n"
)


@dataclass(frozen=True, slots=True)
class ModelServer:
    """A running llama-server. Speak HTTP to the unix socket: /completion, /health."""

    socket: Path
    slots: int
    child: Child

    def stop(self) -> None:
        self.child.stop()
        self.socket.unlink(missing_ok=True)


def ensure(home: Home, model: str = MODEL) -> Path:
    """The requantised ``model``, made and proven if it is not there yet. Returns its path.

    Q4_0 repacks into the processor's wide instructions: first token 150 ms -> 62 ms against Q4_K_M.
    """
    source = verified_path(home, model) / _SOURCE
    target = home.models / model / _FAST
    runtime = debian_root.recorded(home.debian_root)
    proof = {
        "source": stamped_sha256(source, home.stamps / "models" / model / f"{_SOURCE}.json"),
        "runtime": next((package.sha256 for package in runtime if package.name == "llama.cpp-tools"), None),
    }
    stamp = home.stamps / ("llama.json" if model == MODEL else f"llama-{model}.json")
    known = _read_json(stamp)
    if known.get("proof") == proof and target.is_file() and _sha256(home, target, model) == known.get("sha256"):
        return target
    _requantise(home, source, target)
    server = start(home, home.sockets / "proof.sock", slots=1, model=model)
    try:
        prove(server)
    finally:
        server.stop()
    write_text(stamp, json.dumps({"proof": proof, "sha256": _sha256(home, target, model)}))
    return target


def server_program(home: Home, socket_path: Path, slots: int, threads: int = 2, model: str = MODEL) -> Program:
    """What runs the server: one model, `slots` callers at once, each with a prompt cache of its own.

    Not --kv-unified: attention would walk over every slot's tokens (first token 75 -> 160 ms with four callers).
    """
    root = home.debian_root
    argv = (
        *debian_root.program(root, "usr/bin/llama-server", ("llama",)),
        *("--model", str(home.models / model / _FAST), "--host", str(socket_path)),
        *("--threads", str(threads), "--threads-batch", str(threads), "--threads-http", "4"),
        *("--parallel", str(slots), "--no-kv-unified", "--ctx-size", str(slots * SLOT_TOKENS)),
        *("--flash-attn", "on", "--cache-ram", "0", "--no-ui", "--offline"),
    )
    # The processor back ends are looked for in the working directory.
    return Program("llama-server", argv, debian_root.libraries(root) / "ggml/backends0", niceness=5)


def start(home: Home, socket_path: Path, slots: int, threads: int = 2, model: str = MODEL) -> ModelServer:
    """Start the server and wait until it has loaded the model (about 1 s). CannotSetUp with its last line."""
    socket_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket_path.unlink(missing_ok=True)
    child = spawn(server_program(home, socket_path, slots, threads, model), home.logs / "llama.log")
    child.wait_ready(lambda: _is_healthy(socket_path), _LOAD_S)
    return ModelServer(socket_path, slots, child)


class _UnixConnection(http.client.HTTPConnection):
    """HTTP to a unix socket."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _is_healthy(socket_path: Path) -> bool:
    connection = _UnixConnection(socket_path, 1.0)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def prove(server: ModelServer) -> None:
    """One real prompt with a known answer: CannotSetUp on a crash or garbage, here and not in a call."""
    connection = _UnixConnection(server.socket, 60.0)
    body = json.dumps({"prompt": _PROOF_PROMPT, "n_predict": 8, "temperature": 0})
    try:
        connection.request("POST", "/completion", body, {"Content-Type": "application/json"})
        said = str(json.loads(connection.getresponse().read()).get("content", ""))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CannotSetUp(f"llama-server did not answer a prompt: {error}", f"see {server.child.log}") from error
    finally:
        connection.close()
    if "Paris" not in said:
        raise CannotSetUp(f"llama-server answers garbage on this processor: {said!r}", f"see {server.child.log}")


def _requantise(home: Home, source: Path, target: Path) -> None:
    """q4_k_m -> q4_0, beside the target first."""
    needed = source.stat().st_size
    if shutil.disk_usage(target.parent).free < needed:
        raise CannotSetUp(f"{target.parent} has no room for {needed >> 20} MB", "free some disk, then run it again")
    quantise = debian_root.program(home.debian_root, "usr/bin/llama-quantize", ("llama",))

    def convert(partial: Path) -> None:
        argv = [*quantise, "--allow-requantize", str(source), str(partial), "Q4_0", "2"]
        backends = debian_root.libraries(home.debian_root) / "ggml/backends0"
        outcome = subprocess.run(argv, capture_output=True, text=True, cwd=backends, check=False)
        if outcome.returncode != 0:
            raise CannotSetUp(f"llama-quantize failed: {outcome.stderr.strip()[-200:]}", "check the disk, run it again")

    write_atomically(target, lambda _: None, convert)


def _sha256(home: Home, path: Path, model: str) -> str:
    return stamped_sha256(path, home.stamps / "models" / model / f"{path.name}.json")


def _read_json(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
