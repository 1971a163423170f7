"""Real-time priority for the process that ticks audio: the kernel lets it run before all that is not real-time.

Source: sched(7). What a process that took it starts later, thread or program, begins at normal priority again.
"""

import os
import threading
from pathlib import Path

PRIORITY = 1
"""The least of the real-time priorities: above every normal process, below what the system itself runs so."""
REMEDY = (
    "run the service as root, give its user `rtprio 10` in /etc/security/limits.conf, or in a systemd unit set "
    "LimitRTPRIO=10"
)


def take_realtime() -> bool:
    """Give the calling thread SCHED_RR; False where the system does not allow it, and nothing changed."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))
    except OSError:
        return False
    return True


def give_realtime(pid: int) -> bool:
    """Give SCHED_RR to every thread of a process, and so to those that these will start.

    False where the system does not allow it, or the process has ended.
    """
    given: set[int] = set()
    # Again until no thread is new: one may have been started by one that did not have it yet.
    while new := _threads(pid) - given:
        for thread in new:
            try:
                os.sched_setscheduler(thread, os.SCHED_RR, os.sched_param(PRIORITY))
            except ProcessLookupError:
                continue  # it ended meanwhile
            except OSError:
                return False
        given |= new
    return bool(given)


def _threads(pid: int) -> set[int]:
    try:
        return {int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir()}
    except OSError:
        return set()


def may_take_realtime() -> bool:
    """Whether this user may; tried on a thread of its own, which ends at once."""
    answers: list[bool] = []
    probe = threading.Thread(target=lambda: answers.append(take_realtime()))
    probe.start()
    probe.join()
    return answers == [True]
