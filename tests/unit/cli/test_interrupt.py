"""An interruption that nobody saw raised still ends what waits for one."""

import signal
import subprocess
import sys

import pytest

SWALLOWED = """
import os, signal, sys
from agent.cli.interrupt import heed, until_interrupted
class Gone:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})
        for _ in range(1000): pass
heed()
del_me = Gone()
del del_me
print("up", flush=True)
until_interrupted()
print("down")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_that_was_swallowed_is_remembered(number: signal.Signals) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SWALLOWED.format(name=number.name)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.split() == ["up", "down"]
    assert "Exception ignored" in ran.stderr
