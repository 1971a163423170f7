"""`talk`, as a person meets it: start it, do what it prints with a softphone that is not ours, end it by Ctrl-C.

The tests share one `talk` in a home of its own; the last one ends it.
"""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.listening import WorkerRecogniser
from agent.cli.softphone import write_softphone
from agent.pbx.plan import Phone
from agent.setup import ports
from agent.setup.paths import Home
from agent.setup.processes import Child, Program, last_line, spawn
from tests.pbx.moved_home import moved_home
from tests.pbx.processes import PATIENCE_S, left_of, until

pytestmark = pytest.mark.pbx

GREETING_S = 6
BYTES_A_SECOND = 32_000
REGISTERED = "200 OK (Attendant) [1 binding]"


def command(here: Home, *arguments: str) -> Program:
    """The command `attendant` in that home."""
    argv = (sys.executable, "-m", "agent", *arguments)
    return Program("attendant", argv, here.root, {"ATTENDANT_HOME": str(here.var)})


def ended(here: Home, *arguments: str) -> tuple[int, str]:
    """Status and stderr of a command that ends by itself."""
    program = command(here, *arguments)
    outcome = subprocess.run(
        program.argv, cwd=program.directory, env={**os.environ, **program.environment}, capture_output=True, text=True
    )
    return outcome.returncode, outcome.stderr


@dataclass(frozen=True, slots=True)
class Talk:
    """A `talk` that is up."""

    here: Home
    child: Child
    sip_port: int
    console_port: int

    @property
    def printed(self) -> str:
        return self.child.log.read_text()

    def folder(self, extension: str) -> Path:
        return self.here.var / "stacks/talk" / f"phone-{extension}"

    def baresip_line(self, extension: str) -> str:
        lines = [line.strip() for line in self.printed.splitlines()]
        return next(line for line in lines if line.startswith(f"baresip -f {self.folder(extension)}"))

    @contextlib.contextmanager
    def phone(self, line: str, log: Path) -> Iterator[Callable[[], str]]:
        """Type ``line`` into a shell; gives what it says so far. Ended by its pid."""
        log.unlink(missing_ok=True)
        child = spawn(Program("baresip", ("sh", "-c", f"exec {line}")), log)
        try:
            yield lambda: log.read_text(errors="replace")
        finally:
            child.stop()


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    here = moved_home(tmp_path_factory.mktemp("talk"))
    sip, console = ports.free_udp_port(), ports.free_tcp_port()
    program = command(here, "talk", "--port", str(sip), "--console-port", str(console))
    running = Talk(here, spawn(program, here.var / "talk.log"), sip, console)
    try:
        running.child.wait_ready(lambda: "Ctrl-C ends everything" in running.printed, PATIENCE_S)
        yield running
    finally:
        running.child.stop(grace_s=20)


def received(folder: Path) -> bytes:
    """What the phone received so far: 16 kHz PCM after the header, whose length is filled in at the end only."""
    return b"".join(path.read_bytes()[44:] for path in folder.glob("dump-*-dec.wav"))


async def words_in(pcm: bytes, socket: Path) -> str:
    connection = WorkerConnection(socket)
    try:
        return (await WorkerRecogniser(connection).transcribe(pcm)).text.lower()
    finally:
        await connection.close()


def test_a_softphone_registers_is_answered_and_hears_the_greeting(talk: Talk) -> None:
    folder = talk.folder("1000")
    enough = GREETING_S * BYTES_A_SECOND
    with talk.phone(talk.baresip_line("1000"), folder / "log") as said:
        until(lambda: REGISTERED in said(), "it registers")
        until(lambda: "Call established: sip:+15125550100@" in said(), "it is answered")
        until(lambda: len(received(folder)) > enough, "audio arrives")
    words = asyncio.run(words_in(received(folder)[:enough], talk.here.sockets / "talk/stt.sock"))
    assert "bright smile" in words, words
    assert "assistant" in words, words


def test_the_colleagues_phone_registers(talk: Talk) -> None:
    with talk.phone(talk.baresip_line("2000"), talk.folder("2000") / "log") as said:
        until(lambda: REGISTERED in said(), "it registers")


def test_a_wrong_password_is_refused(talk: Talk, tmp_path: Path) -> None:
    write_softphone(tmp_path, Phone("1000", "not-the-password"), "127.0.0.1", talk.sip_port, has_sound=False)
    with talk.phone(f"baresip -f {tmp_path}", tmp_path / "log") as said:
        until(lambda: re.search(r"\b40[13] \w+", said()) is not None, "it is refused")
        assert REGISTERED not in said()


def test_nothing_of_it_takes_calls_or_connections_beyond_loopback(talk: Talk) -> None:
    pids = {line.split()[0] for line in left_of(talk.here)}
    tcp, udp = (
        subprocess.run(["ss", flags], capture_output=True, text=True, check=True).stdout.splitlines()
        for flags in ("-Hlnpt", "-Hlnpu")
    )
    ours = [line for line in tcp if any(f"pid={pid}," in line for pid in pids)]
    assert len(ours) >= 3, "ARI of two, the console"
    assert [line for line in ours if " 127.0.0.1:" not in line] == []
    # Asterisk's resolver has UDP sockets of its own, on any address; it sends from them and nobody calls there.
    assert [line.split()[3] for line in udp if f":{talk.sip_port} " in line] == [f"127.0.0.1:{talk.sip_port}"]


def test_a_second_one_says_so_in_one_line(talk: Talk) -> None:
    status, said = ended(talk.here, "talk")
    assert status == 1
    assert re.fullmatch(rf"attendant: attendant \(talk\) is at work already \(pid {talk.child.pid}\); .+\n", said)
    assert talk.child.is_running


def test_ctrl_c_ends_everything(talk: Talk) -> None:
    """The last test: it ends what the others share."""
    before = left_of(talk.here)
    assert len(before) >= 9, "Postgres, five models, two Asterisks, controller, console"
    os.killpg(talk.child.pid, signal.SIGINT)
    until(lambda: not talk.child.is_running, "it ends")
    assert talk.child.exit_status == 0, last_line(talk.child.log)
    assert left_of(talk.here) == []
    assert not list(talk.here.sockets.rglob("*.pid"))
    ports.require_free(talk.sip_port, "SIP", udp=True)
    ports.require_free(talk.console_port, "the console")
