"""Everything a call needs, brought to this machine: `python -m agent.setup`."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from agent.setup import asterisk_root, debian_root, llama, models, preflight
from agent.setup.asterisk_root import AsteriskInstall
from agent.setup.files import write_text
from agent.setup.models import Say
from agent.setup.paths import Home

DEFAULT_SET = "tiny"
_T = TypeVar("_T")


def set_up(home: Home, say: Say, model_set: str = DEFAULT_SET) -> AsteriskInstall:
    """Do what is not done yet, saying so; about 2 minutes the first time, a fraction of a second later.

    CannotSetUp with cause and remedy; what was done until then stays, and the next run goes on from there.
    """
    with preflight.hold(home.var / "setup.lock", "another set-up"):
        preflight.check(home)
        return _bring(home, _Steps(say), model_set)


class _Steps:
    """Says each step once, and how long it took where that was noticed. Steps run side by side."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        with self._lock:
            self._say(text)

    def run(self, done: str, work: Callable[[], _T]) -> _T:
        started = time.monotonic()
        result = work()
        took_s = time.monotonic() - started
        if took_s >= 1.0:
            self.say(f"{done} ({took_s:.0f} s)")
        return result


def _bring(home: Home, steps: _Steps, model_set: str) -> AsteriskInstall:
    with ThreadPoolExecutor(2) as pool:
        root = pool.submit(lambda: steps.run("Asterisk and llama.cpp are here", lambda: _root(home, steps)))
        weights = pool.submit(lambda: steps.run("Models are here", lambda: models.fetch(home, [model_set], steps.say)))
        # The first failure is told; the others end by themselves.
        root.result()
        weights.result()
    if model_set == DEFAULT_SET:
        steps.run("The language model is requantised and has answered a prompt", lambda: llama.ensure(home))
    install = asterisk_root.install(home)
    write_text(home.stamps / "complete", f"{model_set}\n")
    return install


def _root(home: Home, steps: _Steps) -> None:
    if not debian_root.recorded(home.debian_root):
        steps.say("Fetching Asterisk, its prompts and llama.cpp from Debian forky (115 MB), unpacked under var only")
    debian_root.ensure(home)
