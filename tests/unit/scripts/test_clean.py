"""clean.sh, in homes of the test's own: all of it goes, or none of it."""

import fcntl
import os
import re
import subprocess
from pathlib import Path

import pytest

from agent.setup.paths import Home, home

ROOT = home().root
CLEAN = ROOT / "scripts/clean.sh"
NAMED = re.compile(r"""(?:\bvar|\bhere|\.var) / f?"([\w.-]+)|\$var/([\w.-]+)""")


def clean(here: Path) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "ATTENDANT_HOME": str(here)}
    return subprocess.run([CLEAN], env=variables, capture_output=True, text=True, check=False)


def fill(here: Path, *names: str) -> None:
    for name in names:
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text("x")


def generated() -> set[str]:
    """Every name below the home that the code or a script speaks of."""
    python = [*(ROOT / "agent/setup").glob("*.py"), *(ROOT / "agent/cli").glob("*.py")]
    texts = [path.read_text() for path in (*python, ROOT / "scripts/bootstrap.sh")]
    return {name for text in texts for pair in NAMED.findall(text) for name in pair if name}


def test_all_that_is_generated_goes_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    names = generated() - {"keys"}
    assert {"stacks", "calls", "clips", "phrases", "prompts", "run.lock", "pids.json", "pip.log"} <= names
    fill(tmp_path, *(f"{name}/x" if "." not in name else name for name in names), "venv/x", "stacks/talk/lock")
    fill(tmp_path, "mine.txt")
    outcome = clean(tmp_path)
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert clean(tmp_path).returncode == 0, "twice is fine"


def test_a_home_with_nothing_else_goes_too(tmp_path: Path) -> None:
    fill(tmp_path / "home", "run/x", "stacks/talk/log/x")
    assert clean(tmp_path / "home").returncode == 0
    assert not (tmp_path / "home").exists()


def test_what_cannot_be_made_again_stays(tmp_path: Path) -> None:
    kept = ("keys/attendant-0123.json", "stacks/attendant/attendant.toml")
    fill(tmp_path, *kept, "stacks/talk/keys.json")
    outcome = clean(tmp_path)
    assert outcome.stdout == f"kept: {tmp_path}/keys\nkept: {tmp_path}/stacks/attendant\n"
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()) == sorted(kept)


@pytest.mark.parametrize("lock", ["setup.lock", "run.lock", "workers.lock", "stacks/talk/lock", "stacks/demo/lock"])
def test_what_is_in_use_is_not_touched(tmp_path: Path, lock: str) -> None:
    fill(tmp_path, lock, "clips/x", "venv/x")
    with (tmp_path / lock).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        outcome = clean(tmp_path)
    assert outcome.returncode == 1
    assert outcome.stderr == f"clean: {tmp_path / lock} is held (pid x); stop what runs there first\n"
    assert {"clips", "venv"} <= {path.name for path in tmp_path.iterdir()}


def test_sockets_that_lie_elsewhere_go_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 100)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    places = [Home(ROOT, deep).sockets, Home(ROOT, deep / "stacks/talk").sockets]
    other = Home(ROOT, tmp_path / ("e" * 100)).sockets
    fill(deep, "stacks/talk/lock")
    for place in (*places, other):
        assert place.parent == tmp_path
        fill(place, "stt.sock")
    assert clean(deep).returncode == 0
    assert [place.exists() for place in (*places, other)] == [False, False, True]


def test_a_relative_home_is_refused() -> None:
    outcome = clean(Path("here"))
    assert outcome.returncode == 1
    assert "is relative" in outcome.stderr
