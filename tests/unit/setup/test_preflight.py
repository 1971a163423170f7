"""What stops set-up before it starts: one line each, with a remedy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.setup import preflight
from agent.setup.errors import CannotSetUp
from agent.setup.paths import Home, home

HOLD_AND_WAIT = """
import sys
from pathlib import Path
from agent.setup.preflight import hold
with hold(Path(sys.argv[1]), "another set-up"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_set_ups_at_once_are_refused_and_a_crash_frees_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "setup.lock"
    command = [sys.executable, "-c", HOLD_AND_WAIT, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(CannotSetUp) as refused, preflight.hold(lock, "another set-up"):
            raise AssertionError("held twice")
        assert f"pid {other.pid}" in str(refused.value)
        other.kill()
    with preflight.hold(lock, "another set-up"):
        assert lock.read_text() == f"{os.getpid()}\n"


def test_a_full_disk_is_told_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(CannotSetUp, match="10 MB free, 3000 MB are needed; free some disk"):
        preflight.require_disk(10, 3000, tmp_path)
    preflight.require_disk(3000, 3000, tmp_path)


@pytest.mark.parametrize("machine", [("Darwin", "arm64"), ("Linux", "aarch64")])
def test_another_machine_is_refused(machine: tuple[str, str]) -> None:
    with pytest.raises(CannotSetUp, match="use Linux on x86_64"):
        preflight.require_platform(*machine)


def test_a_place_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotSetUp, match="ATTENDANT_HOME"):
        preflight.make_writable(tmp_path / "file" / "var")


def test_attendant_home_moves_everything_that_is_generated(tmp_path: Path) -> None:
    moved = home({"ATTENDANT_HOME": str(tmp_path)})
    assert moved.models == tmp_path / "models"
    assert home({}).var == home({}).root / "var"


def test_sockets_move_where_the_path_is_too_long_for_one(tmp_path: Path) -> None:
    deep = Home(tmp_path, Path("/" + "d" * 120))
    assert len(str(deep.sockets / "postgres/.s.PGSQL.5432")) < 108
    assert deep.sockets != Home(tmp_path, Path("/" + "e" * 120)).sockets
    assert Home(tmp_path, Path("/srv/attendant")).sockets == Path("/srv/attendant/run")
