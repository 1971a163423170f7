"""bootstrap.sh and lock.sh, run with what they must refuse; the lock as it is committed."""

import fcntl
import os
import re
import subprocess
from pathlib import Path

import pytest

from agent.setup.paths import home

ROOT = home().root
BOOTSTRAP, LOCK = ROOT / "scripts/bootstrap.sh", ROOT / "scripts/lock.sh"
FAKE_PYTHON = """#!/bin/sh
# Stands in for `python -m uv pip compile ... --output-file FILE ...`.
while [ $# -gt 0 ]; do
    [ "$1" = --output-file ] && printf '%b' "$LINES_TO_WRITE" > "$2"
    shift
done
"""


def run(script: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, *arguments], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def executable(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("arguments", "environment", "line"),
    [
        (["--fast"], {}, "unknown option --fast"),
        ([], {"ATTENDANT_HOME": "here"}, "ATTENDANT_HOME=here is relative"),
        ([], {"ATTENDANT_HOME": "/dev/null/x"}, "cannot write to /dev/null/x; set ATTENDANT_HOME"),
    ],
)
def test_bootstrap_refuses_in_one_line(arguments: list[str], environment: dict[str, str], line: str) -> None:
    outcome = run(BOOTSTRAP, *arguments, **environment)
    assert outcome.returncode == 1
    assert line in outcome.stderr
    assert outcome.stderr.count("\n") == 1


def test_bootstrap_on_another_machine_names_it(tmp_path: Path) -> None:
    executable(tmp_path / "uname", "#!/bin/sh\n[ $1 = -s ] && echo Darwin || echo arm64\n")
    outcome = run(BOOTSTRAP, PATH=f"{tmp_path}:{os.environ['PATH']}", ATTENDANT_HOME=str(tmp_path))
    assert outcome.returncode == 1
    assert "this is Darwin on arm64" in outcome.stderr


def test_bootstrap_without_rights_says_what_to_install(tmp_path: Path) -> None:
    executable(tmp_path / "id", "#!/bin/sh\necho 1000\n")
    executable(tmp_path / "ls", "#!/bin/sh\nexit 1\n")
    outcome = run(BOOTSTRAP, PATH=f"{tmp_path}:{os.environ['PATH']}", ATTENDANT_HOME=str(tmp_path / "home"))
    assert outcome.returncode == 1
    assert "run: sudo apt-get install python3-venv espeak-ng" in outcome.stderr


def test_only_the_tests_need_a_browser(tmp_path: Path) -> None:
    executable(tmp_path / "id", "#!/bin/sh\necho 1000\n")
    executable(tmp_path / "ls", "#!/bin/sh\nexit 1\n")
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "ATTENDANT_HOME": str(tmp_path / "home")}
    assert " chromium baresip-core" in run(BOOTSTRAP, "--with-tests", **environment).stderr
    assert "chromium" not in run(BOOTSTRAP, **environment).stderr


def test_a_second_bootstrap_beside_a_first_is_refused(tmp_path: Path) -> None:
    # The script waits a little for the first one; a stand-in for flock(1) spares the test that wait.
    executable(tmp_path / "flock", '#!/bin/sh\nexec /usr/bin/flock -n "${@##15}" 2>/dev/null || exit 1\n')
    with (tmp_path / "setup.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        path = f"{tmp_path}:{os.environ['PATH']}"
        outcome = run(BOOTSTRAP, "--environment-only", PATH=path, ATTENDANT_HOME=str(tmp_path))
    assert outcome.returncode == 1
    assert "another set-up is at work" in outcome.stderr


def test_a_lock_that_names_a_place_is_refused(tmp_path: Path) -> None:
    python = executable(tmp_path / "python", FAKE_PYTHON)
    lines = "--extra-index-url https://example.org/simple\\nx==1 --hash=sha256:0\\n"
    outcome = run(LOCK, PYTHON=str(python), LOCK=str(tmp_path / "lock"), LINES_TO_WRITE=lines)
    assert outcome.returncode == 1
    assert "names a place to download from" in outcome.stderr


def test_a_lock_of_names_and_hashes_is_kept(tmp_path: Path) -> None:
    python = executable(tmp_path / "python", FAKE_PYTHON)
    lines = "x==1 --hash=sha256:0\\n"
    outcome = run(LOCK, PYTHON=str(python), LOCK=str(tmp_path / "lock"), LINES_TO_WRITE=lines)
    assert (outcome.returncode, (tmp_path / "lock").read_text()) == (0, "x==1 --hash=sha256:0\n")


def test_the_committed_lock_pins_and_hashes_everything_that_is_asked_for() -> None:
    text = (ROOT / "requirements.lock").read_text()
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.M))
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    locked = {re.split(r"[=\[ ]", entry)[0] for entry in entries}
    lines = (ROOT / "requirements.in").read_text().splitlines()
    asked = {re.split(r"[\[=<> ]", line)[0].lower() for line in lines if line and not line.startswith("#")}
    assert asked <= locked
    assert "://" not in text
