"""Real-time priority for the process that ticks audio: the kernel lets it run before all that is not real-time.

Source: sched(7). Everything that this process starts later, thread or program, begins at normal priority again.
"""

import os
import threading

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


def may_take_realtime() -> bool:
    """Whether this user may; tried on a thread of its own, which ends at once."""
    answers: list[bool] = []
    probe = threading.Thread(target=lambda: answers.append(take_realtime()))
    probe.start()
    probe.join()
    return answers == [True]
