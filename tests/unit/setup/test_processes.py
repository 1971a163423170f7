"""Children end when they are told to, when they fail we say why, and they never outlive their parent."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.setup.errors import CannotSetUp
from agent.setup.processes import Program, last_line, spawn

SLEEP = ("sh", "-c", "echo ready; exec sleep 1000")
PARENT = """
import sys
from pathlib import Path
from agent.setup.processes import Program, spawn
child = spawn(Program("child", ("sleep", "1000")), Path(sys.argv[1]))
# The signal is set between fork and exec: say the pid once the program runs.
child.wait_ready(lambda: Path(f"/proc/{child.pid}/comm").read_text() == "sleep\\n", 10.0)
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_a_child_is_waited_for_and_stopped(tmp_path: Path) -> None:
    child = spawn(Program("sleeper", SLEEP), tmp_path / "log")
    child.wait_ready(lambda: last_line(child.log) == "ready", 10.0)
    assert child.is_running
    child.stop()
    assert child.exit_status == -15
    child.stop()


def test_a_child_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    child = spawn(Program("broken", ("sh", "-c", "echo no such model; exit 3")), tmp_path / "log")
    with pytest.raises(CannotSetUp, match="broken ended with status 3: no such model"):
        child.wait_ready(lambda: False, 10.0)


def test_a_child_that_never_gets_ready_is_stopped(tmp_path: Path) -> None:
    child = spawn(Program("slow", SLEEP), tmp_path / "log")
    with pytest.raises(CannotSetUp, match="slow was not ready"):
        child.wait_ready(lambda: False, 0.0)
    assert not child.is_running


def test_a_grandchild_goes_with_its_parent(tmp_path: Path) -> None:
    child = spawn(Program("shell", ("sh", "-c", "sleep 1000 & echo $!; wait")), tmp_path / "log")
    child.wait_ready(lambda: last_line(child.log).isdigit(), 10.0)
    grandchild = int(last_line(child.log))
    child.stop()
    assert not is_alive(grandchild)


def test_a_child_does_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    assert not is_alive(pid)


def test_a_program_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    child = spawn(Program("ghost", ("/nonexistent/ghost",)), tmp_path / "log")
    with pytest.raises(CannotSetUp, match="No such file"):
        child.wait_ready(lambda: False, 10.0)


def is_alive(pid: int) -> bool:
    """Wait for a process to be gone or a zombie: signals are asynchronous, so this polls until the test's own limit."""
    for _ in range(2000):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if state == "Z":
            return False
        time.sleep(0.005)
    return True
