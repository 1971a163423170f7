"""scripts/shape.py as `make lint` runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

from agent.setup.paths import home

SHAPE = home().root / "scripts" / "shape.py"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SHAPE, *map(str, arguments)], capture_output=True, text=True, check=False)


def function(lines: int, parameters: str = "") -> str:
    return f"def f({parameters}):\n" + "    pass\n" * (lines - 1)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("x = 1\n" * 401, "m.py:401: module has 401 lines, 400 are allowed"),
        (function(41), "m.py:1: function f has 41 lines, 40 are allowed"),
        (function(2, "a, b, c, d, *, e, f, g"), "m.py:1: function f has 7 parameters, 6 are allowed"),
        ("\n\nclass CallManager: pass\n", "m.py:3: the class name CallManager says nothing"),
        ("class C:\n    async def f(self):\n" + "        pass\n" * 40, "m.py:2: function f has 41 lines"),
        ("def f(:\n", "m.py:1: not Python"),
    ],
)
def test_what_outgrows_its_shape_is_named(tmp_path: Path, text: str, finding: str) -> None:
    (tmp_path / "m.py").write_text(text)
    outcome = run(tmp_path)
    assert outcome.returncode == 1
    assert finding in outcome.stdout


@pytest.mark.parametrize("name", ["utils.py", "helpers/x.py"])
def test_a_name_that_says_nothing_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("x = 1\n")
    assert run(tmp_path).returncode == 1


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\n" * 400,
        function(40),
        function(2, "a, b, c, d, e, f"),
        "class C:\n    def f(self, a, b, c, d, e, f): pass\n",
        "class HandlerOfCalls: pass\n",
    ],
)
def test_what_fits_passes(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.py").write_text(text)
    outcome = run(tmp_path)
    assert (outcome.returncode, outcome.stdout) == (0, "")


def test_a_wrong_call_is_told(tmp_path: Path) -> None:
    assert run().returncode == 2
    assert run(tmp_path / "none").returncode == 2
