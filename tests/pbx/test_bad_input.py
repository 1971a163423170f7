"""Set-up and stacks that cannot be: one line that names the remedy, nothing left running, and mended they go on."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from agent.setup.models import verified_path
from agent.setup.paths import Home, home
from agent.setup.ports import free_tcp_port, free_udp_port
from agent.setup.processes import Program, spawn
from tests.pbx.moved_home import moved_home
from tests.pbx.processes import left_of, until

pytestmark = pytest.mark.pbx

NO_NETWORK = {
    "ATTENDANT_DEBIAN_MIRROR": "http://127.0.0.1:9/debian",
    "PIP_CONFIG_FILE": "/dev/null",
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_RETRIES": "0",
    "PIP_NO_CACHE_DIR": "1",
}


@pytest.fixture
def here(tmp_path: Path) -> Home:
    return moved_home(tmp_path / "home")


def run(var: Path, *argv: str, **environment: str) -> tuple[int, str]:
    """Status and the last line of stderr; before it there is progress at most, no traceback."""
    variables = {**os.environ, "ATTENDANT_HOME": str(var), **environment}
    outcome = subprocess.run(argv, cwd=home().root, env=variables, capture_output=True, text=True)
    assert "Traceback" not in outcome.stderr + outcome.stdout
    return outcome.returncode, (outcome.stderr.splitlines() or [""])[-1]


def attendant(here: Home, *arguments: str, **environment: str) -> str:
    """What it complains of. Nothing it started is left."""
    status, line = run(here.var, sys.executable, "-m", "agent", *arguments, **environment)
    assert status == 1
    assert left_of(here) == []
    return line


def executable(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_set_up_without_a_network(tmp_path: Path) -> None:
    var = tmp_path / "home"
    status, line = run(var, sys.executable, "-m", "agent.setup", **NO_NETWORK)
    assert status == 1
    assert re.fullmatch(r"set-up: .+; .*check (the )?network.*", line), line
    assert not (var / "asterisk/root").exists()
    assert not list((var / "models").rglob("*"))
    assert not (var / "stamps/complete").exists()


def test_packages_without_a_network_and_again(tmp_path: Path) -> None:
    var = tmp_path / "home"
    for _ in range(2):
        status, line = run(var, "scripts/bootstrap.sh", "--environment-only", **NO_NETWORK)
        assert status == 1
        assert re.fullmatch(r"set-up: pip failed: .+; check network and disk, see .+, then run this again", line)
    assert not (var / "venv/.stamp").exists(), "so the next run installs"


@pytest.mark.parametrize("command", ["demo", "talk"])
def test_a_database_that_is_down(here: Home, command: str) -> None:
    line = attendant(here, command, ATTENDANT_DSN="host=127.0.0.1 port=1 dbname=attendant")
    assert "Connection refused" in line
    assert "unset it to use the embedded one" in line


def test_an_asterisk_that_is_too_old(here: Home, tmp_path: Path) -> None:
    old = executable(tmp_path / "asterisk", "echo Asterisk 20.1.0")
    line = attendant(here, "demo", ATTENDANT_ASTERISK=str(old))
    assert line.startswith("attendant: Asterisk 20.1.0 is too old")
    assert "unset ATTENDANT_ASTERISK" in line


def test_a_port_in_use(here: Home) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip, socket.socket() as console:
        sip.bind(("127.0.0.1", 0))
        console.bind(("127.0.0.1", 0))
        console.listen()
        sip_port, console_port = (str(held.getsockname()[1]) for held in (sip, console))
        line = attendant(here, "talk", "--port", sip_port)
        assert f"port {sip_port} for SIP (--port chooses another) is in use" in line
        line = attendant(here, "talk", "--port", str(free_udp_port()), "--console-port", console_port)
    assert f"port {console_port} for the console (--console-port chooses another) is in use" in line


def test_a_model_file_with_one_wrong_byte(here: Home) -> None:
    models, stamps = here.var / "models", here.var / "stamps"
    for link in (models, stamps):
        link.unlink()
    models.mkdir()
    for model in home().models.iterdir():
        (models / model.name).symlink_to(model)
    (models / "silero-vad").unlink()
    shutil.copytree(home().models / "silero-vad", models / "silero-vad")
    shutil.copytree(home().var / "stamps", stamps)
    broken = next(path for path in (models / "silero-vad").iterdir() if path.is_file())
    good = broken.read_bytes()
    broken.write_bytes(bytes([good[0] ^ 1]) + good[1:])
    line = attendant(here, "demo")
    assert line == f"attendant: model file {broken} is wrong; attendant models fetch silero-vad"
    broken.write_bytes(good)
    assert verified_path(here, "silero-vad") == models / "silero-vad"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ended_while_it_starts_it_leaves_nothing(here: Home, ending: signal.Signals) -> None:
    argv = (
        sys.executable,
        "-m",
        "agent",
        "talk",
        "--port",
        str(free_udp_port()),
        "--console-port",
        str(free_tcp_port()),
    )
    child = spawn(Program("talk", argv, here.root, {"ATTENDANT_HOME": str(here.var)}), here.var / "talk.log")
    child.wait_ready(lambda: "Starting Asterisk" in child.log.read_text(), 60)
    os.kill(child.pid, ending)
    until(lambda: not child.is_running and left_of(here) == [], "all is gone")
    assert child.exit_status == (-signal.SIGKILL if ending is signal.SIGKILL else 130)
    assert "Traceback" not in child.log.read_text()


def test_a_key_file_that_is_lost_after_the_database_was_written(here: Home) -> None:
    assert run(here.var, sys.executable, "-m", "agent", "call", "--scenario", "hangup-early")[0] == 0
    keys = here.var / "stacks/calls/keys.json"
    kept = keys.read_text()
    keys.unlink()
    line = attendant(here, "call", "--scenario", "hangup-early")
    assert f"{keys}: no key file: restore it from its backup" in line
    keys.write_text(kept)
    assert run(here.var, sys.executable, "-m", "agent", "call", "--scenario", "hangup-early")[0] == 0
