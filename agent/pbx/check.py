"""What is wrong with a plan although each of its values is fine: findings, each ``cause; remedy``."""

from collections import Counter
from collections.abc import Iterable, Iterator

from agent.pbx.plan import PbxPlan, Ports


def check(plan: PbxPlan) -> list[str]:
    """All findings; an empty list means that the instance can be started and every caller gets somewhere."""
    return [*_port_findings(plan.ports), *_name_findings(plan), *_number_findings(plan), *_queue_findings(plan)]


def _port_findings(ports: Ports) -> Iterator[str]:
    # HTTP is TCP: it clashes with nothing.
    if ports.rtp_first <= ports.sip <= ports.rtp_last:
        rtp = f"{ports.rtp_first}-{ports.rtp_last}"
        yield f"SIP port {ports.sip} lies in the RTP range {rtp}; move one of them"


def _name_findings(plan: PbxPlan) -> Iterator[str]:
    for name in _doubles([*(t.name for t in plan.trunks), *(p.extension for p in plan.phones)]):
        yield f"{name} is the name of two SIP endpoints; rename one"
    for name in _doubles(queue.name for queue in plan.queues):
        yield f"queue {name} is there twice; merge them"
    for place in _doubles(f"{trunk.host}:{trunk.port}" for trunk in plan.trunks):
        yield f"two trunks share the address {place}, their calls cannot be told apart; remove one"


def _number_findings(plan: PbxPlan) -> Iterator[str]:
    if not plan.numbers:
        yield "no number leads to a tenant, every call would get 404; give a tenant's profile a number"
    # +49 30 and 49 30 are the same to the dialplan.
    for digits in _doubles(number.number.lstrip("+") for number in plan.numbers):
        yield f"number {digits} is there twice; give it to one tenant"
    phones = {phone.extension for phone in plan.phones}
    for number in plan.numbers:
        if number.number.lstrip("+") in phones:
            yield f"{number.number} is both a number and a phone's extension; change the extension"


def _queue_findings(plan: PbxPlan) -> Iterator[str]:
    queues = {queue.name for queue in plan.queues}
    for number in plan.numbers:
        if number.queue not in queues:
            yield f"number {number.number} names queue {number.queue}, which does not exist; add the queue"
    trunks = {trunk.name for trunk in plan.trunks}
    phones = {phone.extension for phone in plan.phones}
    for queue in plan.queues:
        for member in queue.members:
            if member.trunk and member.trunk not in trunks:
                yield f"queue {queue.name}: trunk {member.trunk} does not exist; add it or name another"
            if not member.trunk and member.extension not in phones:
                yield f"queue {queue.name}: no phone {member.extension}; add the phone or name a trunk"


def _doubles(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
