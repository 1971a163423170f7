"""The command `attendant`, in the test's own process and a home of its own."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.cli import main

Outcome = tuple[int, str, str]
Attendant = Callable[..., Outcome]


@pytest.fixture
def attendant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Attendant]:
    """The command in a home of its own: status, stdout, stderr."""
    monkeypatch.setenv("ATTENDANT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ATTENDANT_DSN", raising=False)
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["attendant", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, printed.out, printed.err

    yield run
    signal.signal(signal.SIGTERM, before)
