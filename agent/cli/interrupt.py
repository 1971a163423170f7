"""Ctrl-C and SIGTERM: the same interruption, which is never lost.

Python raises KeyboardInterrupt wherever the main thread is; where that is a destructor or a callback of C code, it is
printed or swallowed, and gone. What was asked for once is remembered.
"""

import signal
import threading
from types import FrameType

_asked = threading.Event()


def heed() -> None:
    """From now on both signals interrupt."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    _asked.set()
    raise KeyboardInterrupt


def until_interrupted() -> None:
    """Return when it was asked for, also before this was called."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _asked.set())
    while not _asked.wait(1.0):
        pass
