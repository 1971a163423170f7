"""queues.conf: the people who take over."""

from agent.pbx.dialplan import COLLEAGUES_CONTEXT, local_extension
from agent.pbx.plan import Queue, QueueMember


def queues_conf(queues: tuple[Queue, ...]) -> str:
    """One section a queue. Nobody waits where nobody is: absent members mean voicemail at once."""
    return f"{_GENERAL}\n{queue_sections(queues)}"


def queue_sections(queues: tuple[Queue, ...]) -> str:
    """The queues alone."""
    return "\n".join(_queue(queue) for queue in queues)


_GENERAL = """[general]
persistentmembers = no
"""


def _queue(queue: Queue) -> str:
    members = "\n".join(f"member => {_interface(member)}" for member in queue.members)
    return f"""[{queue.name}]
strategy = ringall
timeout = {queue.ring_s}
retry = 1
ringinuse = no
; Members that are not registered do not count as present.
joinempty = unavailable,invalid,unknown
leavewhenempty = unavailable,invalid,unknown
context = attendant-queue-keys
{members}
"""


def _interface(member: QueueMember) -> str:
    # A Local channel for members behind a trunk: PJSIP knows no device state of a number out there.
    return f"Local/{local_extension(member)}@{COLLEAGUES_CONTEXT}/n" if member.trunk else f"PJSIP/{member.extension}"
