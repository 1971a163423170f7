"""The worker that hears voice activity and turn ends: what goes first where both compete."""

import os
import threading
from typing import Any

import numpy as np

from agent.wire.messages import Kind, Message
from agent.workers.vad import BEHIND_WINDOWS, ListeningService


class Judge:
    """Notes the thread it runs in."""

    def __init__(self) -> None:
        self.thread = self.niceness = 0

    def complete(self, samples: np.ndarray[Any, Any]) -> float:
        self.thread = threading.get_native_id()
        self.niceness = os.getpriority(os.PRIO_PROCESS, self.thread)
        return 0.5 + 0 * float(samples.size)


async def test_a_turn_is_judged_in_a_thread_that_stands_back() -> None:
    judge, sent = Judge(), list[Message]()
    service = ListeningService(None, judge)  # type: ignore[arg-type]
    await service.work(1, Message(Kind.TURN, 7, {}, bytes(64)), sent.append)
    assert [(message.kind, message.number("probability")) for message in sent] == [(Kind.RESULT, 0.5)]
    own = threading.get_native_id()
    assert judge.thread != own
    assert judge.niceness == os.getpriority(os.PRIO_PROCESS, own) + BEHIND_WINDOWS
