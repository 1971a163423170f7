"""``python -m agent.workers KIND --socket PATH --model DIR``: one model process.

Prints ``ready`` on stdout when it serves. Exit code 2 and one line on stderr when it cannot.
"""

import argparse
import logging
import os
import sys
from importlib import import_module
from pathlib import Path

import uvloop

from agent.adapters.system.priority import take_realtime
from agent.workers.options import Options
from agent.workers.process import CannotStart, die_with_parent
from agent.workers.server import Service, bind, serve

VOICE_ACTIVITY = "vad"
"""The one model that every frame waits for, and for a tenth of a millisecond only: on a busy machine it goes with the
audio. What it starts, as the thread that judges turns, stays behind."""
KINDS = ("caller", "stt", "tts", VOICE_ACTIVITY)


def _parse(argv: list[str]) -> tuple[str, Path, Options]:
    parser = argparse.ArgumentParser(prog="python -m agent.workers", description="Serve one model on a unix socket.")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--socket", type=Path, required=True, help="path of the unix socket to listen on")
    parser.add_argument("--model", type=Path, required=True, action="append", help="folder of the model (vad: two)")
    parser.add_argument("--threads", type=int, default=1, help="threads of one inference")
    parser.add_argument("--language", default="en", help="language the recogniser expects")
    parser.add_argument("--nice", type=int, default=5, help="how far to stand back behind the audio")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where the recogniser runs")
    given = parser.parse_args(argv)
    os.nice(given.nice)
    return given.kind, given.socket, Options(tuple(given.model), given.threads, given.language, given.device)


def main(argv: list[str]) -> int:
    """Load the model, then serve it until told to stop."""
    kind, path, options = _parse(argv)
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format=f"{kind} worker: %(levelname)s %(message)s", stream=sys.stderr)
    try:
        listener = bind(path)
    except CannotStart as cause:
        return _give_up(kind, str(cause))
    try:
        service: Service = import_module(f"agent.workers.{kind}").load(options)
    except CannotStart as cause:
        path.unlink()
        return _give_up(kind, str(cause))
    except Exception as cause:  # noqa: BLE001 - each runtime has its own ways to reject a broken file
        path.unlink()
        folders = ", ".join(str(folder) for folder in options.models)
        return _give_up(kind, f"{folders}: cannot be loaded ({cause}); verify with `attendant models verify`")
    if kind == VOICE_ACTIVITY:
        take_realtime()
    uvloop.run(serve(listener, path, service, options.models[0].name))
    return 0


def _give_up(kind: str, cause: str) -> int:
    sys.stderr.write(f"{kind} worker: {' '.join(cause.split())}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
