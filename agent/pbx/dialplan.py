"""extensions.conf: who owns the caller, line by line.

An answered caller belongs to the controller only while its lease runs: ``TIMEOUT(absolute)``, renewed by the
controller every second. When the lease ends, Asterisk jumps to extension ``T`` of the current context, which is the
fallback; it needs neither controller, database nor network.
"""

from agent.pbx.plan import CarrierPlan, Number, PbxPlan, Phone, Queue, QueueMember

HANDOVER_CONTEXT = "attendant-handover"
COLLEAGUES_CONTEXT = "attendant-colleagues"
COLLEAGUE_TONES_HZ = (600, 800)
"""What a colleague of the simulated public network says on answering, 300 ms each."""


def extensions_conf(plan: PbxPlan) -> str:
    """The dialplan of the answering instance."""
    return "\n".join([_GENERAL, _doors(plan), attendant_contexts(plan)])


def attendant_contexts(plan: PbxPlan) -> str:
    """Everything of ours, without the doors to it: what an existing Asterisk includes."""
    people = [_handover(plan.queues), _VOICEMAIL, _colleagues(plan.queues)]
    return "\n".join([_numbers(plan.numbers), _entry(plan), _FALLBACK, *people])


_GENERAL = """; Attendant: the dialplan. Rendered; edit the plan, not this file.

[general]
static = yes
writeprotect = yes
clearglobalvars = no
"""


def _doors(plan: PbxPlan) -> str:
    phones = "\n".join(_ring(phone) for phone in plan.phones)
    return f"""; Calls from a trunk may reach our numbers and nothing else. Any other number gets 404.
[from-trunk]
include => attendant-numbers

; Our phones may call the same numbers, and each other.
[from-phones]
include => attendant-numbers
{phones}
"""


def _ring(phone: Phone) -> str:
    return f"exten => {phone.extension},1,Dial(PJSIP/{phone.extension},30)\n same => n,Hangup()"


def _numbers(numbers: tuple[Number, ...]) -> str:
    lines = ["; Number -> tenant, and the queue that takes over. With or without '+'.", "[attendant-numbers]"]
    for number in numbers:
        lines += [
            f"exten => {number.number},1,Set(ATTENDANT_TENANT={number.tenant})",
            f" same => n,Set(ATTENDANT_QUEUE={number.queue})",
            f" same => n,Set(ATTENDANT_NUMBER={number.number})",
            " same => n,Goto(attendant-entry,s,1)",
        ]
        twin = number.number[1:] if number.number.startswith("+") else f"+{number.number}"
        lines.append(f"exten => {twin},1,Goto({number.number},1)")
    return "\n".join([*lines, ""])


def _entry(plan: PbxPlan) -> str:
    return f"""; The controller has {plan.lease_s} s to take the call; from then on it renews the lease itself.
; Without a controller Stasis() returns at once. Either way the caller ends in the fallback, never in silence.
[attendant-entry]
exten => s,1,Set(TIMEOUT(absolute)={plan.lease_s})
 same => n,Set(ATTENDANT_PROMPTS={plan.folders.prompts})
 same => n,Set(ATTENDANT_VOICEMAIL={plan.folders.voicemail})
 same => n,Stasis({plan.ari.app},${{ATTENDANT_NUMBER}},${{CHANNEL(pjsip,call-id)}})
 same => n,Goto(attendant-fallback,s,1)
exten => T,1,Goto(attendant-fallback,s,1)
"""


_FALLBACK = """; By dialplan alone: prompt, keys (0 now, 1 message), queue, voicemail.
; Playback() and Read() carry on when a file is missing; what rings next is a tone, not a file.
[attendant-fallback]
exten => s,1,Set(TIMEOUT(absolute)=0)
 same => n,Answer()
 same => n,Read(ATTENDANT_KEY,${ATTENDANT_PROMPTS}/fallback&${ATTENDANT_PROMPTS}/keys,1,,1,1)
 same => n,GotoIf($["${ATTENDANT_KEY}" = "1"]?attendant-voicemail,s,1)
 same => n,Goto(attendant-queue,${ATTENDANT_QUEUE},1)
"""


def _handover(queues: tuple[Queue, ...]) -> str:
    """The contexts that ring people: by the controller's wish, and by the fallback."""
    ring = []
    for queue in queues:
        ring += [
            f"exten => {queue.name},1,Queue({queue.name},r,,,{queue.wait_s})",
            " same => n,Goto(attendant-voicemail,s,1)",
        ]
    queue_lines = "\n".join(ring)
    return f"""; The controller continues the channel here, extension = queue: from now on the dialplan owns the caller.
; An unknown queue is the number's own queue: nobody is lost to a typing error.
[{HANDOVER_CONTEXT}]
exten => _[a-z0-9].,1,Set(TIMEOUT(absolute)=0)
 same => n,Answer()
 same => n,Playback(${{ATTENDANT_PROMPTS}}/transfer)
 same => n,GotoIf($[${{DIALPLAN_EXISTS(attendant-queue,${{EXTEN}},1)}}]?attendant-queue,${{EXTEN}},1)
 same => n,Goto(attendant-queue,${{ATTENDANT_QUEUE}},1)
exten => T,1,Goto(attendant-fallback,s,1)

; Option r: the caller hears ringing, which needs no music file. Returns when nobody is there or time is up.
[attendant-queue]
{queue_lines}

; Keys while waiting.
[attendant-queue-keys]
exten => 1,1,Goto(attendant-voicemail,s,1)
"""


_VOICEMAIL = """; The tone is generated; Record() makes the folder, and keeps the file when the caller hangs up (k).
[attendant-voicemail]
exten => s,1,Playback(${ATTENDANT_PROMPTS}/voicemail)
 same => n,Playtones(!1000/400)
 same => n,Wait(0.5)
 same => n,Set(ATTENDANT_MESSAGE=${STRFTIME(${EPOCH},,%Y%m%dT%H%M%S)}_${FILTER(0-9+,${CALLERID(num)})}_${UNIQUEID})
 same => n,Record(${ATTENDANT_VOICEMAIL}/${ATTENDANT_TENANT}/${ATTENDANT_MESSAGE}.wav,5,180,kq)
 same => n,Playback(${ATTENDANT_PROMPTS}/goodbye)
 same => n,Hangup()
"""


def _colleagues(queues: tuple[Queue, ...]) -> str:
    """Local extensions for members behind a trunk; phones of this PBX are rung directly."""
    remote = {local_extension(member): member for queue in queues for member in queue.members if member.trunk}
    lines = ["; Queue members behind a trunk.", f"[{COLLEAGUES_CONTEXT}]"]
    for extension, member in sorted(remote.items()):
        lines += [f"exten => {extension},1,Dial(PJSIP/{member.extension}@{member.trunk})", " same => n,Hangup()"]
    return "\n".join([*lines, ""])


def local_extension(member: QueueMember) -> str:
    """The extension in COLLEAGUES_CONTEXT that dials a member behind a trunk."""
    return f"{member.extension}-{member.trunk}"


def carrier_extensions_conf(plan: CarrierPlan) -> str:
    """The public network's side: three colleagues, and every other number for the simulated callee."""
    low, high = COLLEAGUE_TONES_HZ
    return f"""; Simulated public network. Rendered; edit the plan, not this file.

[general]
static = yes
writeprotect = yes

[from-pbx]
; A colleague who answers: a tone, then an echo of what the caller says.
exten => colleague,1,Wait(0.5)
 same => n,Answer()
 same => n,Playtones(!{low}/300,!0/100,!{high}/300)
 same => n,Wait(1)
 same => n,Echo()
; A colleague who lets it ring, and one who is on the phone.
exten => noanswer,1,Ringing()
 same => n,Wait(120)
 same => n,Hangup(19)
exten => busy,1,Hangup(17)
; Anybody else: the simulated callee, when it is there.
exten => _[+0-9].,1,Stasis({plan.ari.app},called,${{EXTEN}})
 same => n,Hangup(1)
"""
