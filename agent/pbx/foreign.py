"""Attendant beside a PBX of any make, and inside an Asterisk that is already there."""

from agent.pbx.dialplan import attendant_contexts
from agent.pbx.modules import INCLUDE_MODULES
from agent.pbx.plan import PbxPlan
from agent.pbx.queues import queue_sections


def render_include(plan: PbxPlan) -> dict[str, str]:
    """Files for an Asterisk >= 22.10.1 that stays in its owner's hands: each is ``#include``d by the file it names.

    The owner adds ``include => attendant-numbers`` to the context that his trunk's calls enter.
    """
    return {
        "attendant-extensions.conf": f"{_HOW_EXTENSIONS}\n{attendant_contexts(plan)}",
        "attendant-queues.conf": f"{_HOW_QUEUES}\n{queue_sections(plan.queues)}",
        "attendant-ari.conf": _ari_user(plan),
    }


_HOW_EXTENSIONS = f"""; In extensions.conf:
;   #include attendant-extensions.conf
; and in the context that calls from outside enter:
;   include => attendant-numbers
; Modules beyond a usual set that must be loaded: {", ".join(INCLUDE_MODULES)}
"""

_HOW_QUEUES = """; In queues.conf:
;   #include attendant-queues.conf
; Leave out the queues that you have already; their names must match.
"""


def _ari_user(plan: PbxPlan) -> str:
    return f"""; In ari.conf:
;   #include attendant-ari.conf
[{plan.ari.user}]
type = user
read_only = no
password_format = plain
password = {plan.ari.password}
"""


def render_foreign_trunk(plan: PbxPlan, fallback: str = "Queue(front-desk)") -> str:
    """What the owner of another Asterisk writes to send us calls: an endpoint and five lines of dialplan.

    ``fallback`` is that PBX's own application for callers whom we do not answer; it needs nothing of us.
    For another make the same facts hold: SIP over UDP to our address, no registration, G.711.
    """
    ports = plan.ports
    numbers = "\n".join(f"exten => {number.number},1,Goto(attendant,${{EXTEN}},1)" for number in plan.numbers)
    return f"""; --- pjsip.conf of your PBX ---
[attendant]
type = endpoint
context = from-attendant
aors = attendant
disallow = all
allow = g722,ulaw,alaw
direct_media = no
send_pai = yes

[attendant]
type = aor
contact = sip:{ports.bind}:{ports.sip}
qualify_frequency = 10

[attendant]
type = identify
endpoint = attendant
match = {ports.bind}:{ports.sip}

; --- extensions.conf of your PBX: in the context of incoming calls ---
{numbers}

[attendant]
exten => _[+0-9].,1,Dial(PJSIP/${{EXTEN}}@attendant,20)
; Not answered, whatever the reason: your own people.
 same => n,GotoIf($["${{DIALSTATUS}}" = "ANSWER"]?done)
 same => n,{fallback}
 same => n(done),Hangup()
"""
