"""Ctrl-C and SIGTERM: the same interruption, which is never lost.

Python raises KeyboardInterrupt wherever the main thread is; where that is a destructor or a callback of C code, it is
printed or swallowed, and gone. What was asked for once is remembered.
"""

import signal
import threading
from types import FrameType

import structlog

from agent.setup.supervisor import LOOK_EVERY_S, Supervisor

_asked = threading.Event()


def heed() -> None:
    """From now on both signals interrupt."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    _asked.set()
    raise KeyboardInterrupt


def until_interrupted(supervisor: Supervisor | None = None) -> None:
    """Return when it was asked for, also before this was called; what ``supervisor`` has lost is started again."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _asked.set())
    while not _asked.wait(LOOK_EVERY_S):
        for name in supervisor.look() if supervisor is not None else ():
            structlog.get_logger().warning("started again", program=name)
