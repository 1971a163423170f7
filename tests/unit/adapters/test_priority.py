"""Real-time priority is taken by the thread that asks, and by nothing it starts."""

import os
import subprocess
import sys
from pathlib import Path

from agent.adapters.system.priority import give_realtime, may_take_realtime

TAKEN = """
import os, subprocess, sys, threading
from agent.adapters.system.priority import take_realtime

def policy():
    return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK

answer, seen = take_realtime(), []
thread = threading.Thread(target=lambda: seen.append(policy()))
thread.start()
thread.join()
child = subprocess.run([sys.executable, "-c", "import os; print(os.sched_getscheduler(0))"], capture_output=True)
print(answer, policy(), seen[0], int(child.stdout))
"""

REFUSED = """
import os, resource
from agent.adapters.system.priority import may_take_realtime, take_realtime

resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
if os.getuid() == 0:
    os.setuid(65534)
print(may_take_realtime(), take_realtime(), os.sched_getscheduler(0))
"""


def test_the_thread_that_asks_has_it_and_what_it_starts_has_not() -> None:
    said = subprocess.run([sys.executable, "-c", TAKEN], capture_output=True, text=True, check=True).stdout.split()
    is_allowed = may_take_realtime()
    own = os.SCHED_RR if is_allowed else os.SCHED_OTHER
    assert said == [str(is_allowed), str(own), str(os.SCHED_OTHER), str(os.SCHED_OTHER)]


SLEEPER = """
import threading, time
threads = [threading.Thread(target=time.sleep, args=(1000,), daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
print("ready", flush=True)
input()
later = threading.Thread(target=time.sleep, args=(1000,), daemon=True)
later.start()
print("ready", flush=True)
input()
"""


def test_a_process_is_given_it_with_all_its_threads_now_and_later() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        is_given = give_realtime(process.pid)
        process.stdin.write("\n")
        process.stdin.flush()
        process.stdout.readline()
        threads = [int(entry.name) for entry in Path(f"/proc/{process.pid}/task").iterdir()]
        policies = {os.sched_getscheduler(thread) for thread in threads}
        process.kill()
    assert is_given == may_take_realtime()
    assert len(threads) == 5
    assert policies == {os.SCHED_RR if is_given else os.SCHED_OTHER}


def test_asking_whether_one_may_changes_nothing() -> None:
    may_take_realtime()
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_a_user_without_the_right_is_told_so_and_goes_on() -> None:
    outcome = subprocess.run([sys.executable, "-c", REFUSED], capture_output=True, text=True, check=False)
    assert outcome.stdout.split() == ["False", "False", str(os.SCHED_OTHER)], outcome.stderr
