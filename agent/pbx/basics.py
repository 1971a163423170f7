"""The files that any instance needs, whatever it is for. asterisk.conf is not among them: set-up knows its paths."""

from agent.pbx.modules import modules_conf
from agent.pbx.plan import AriLogin, Folders, Ports
from agent.pbx.prompts import HOLD_PAUSE

_STUBS = {
    "acl.conf": "; no named access lists: endpoints are bound to addresses in pjsip.conf",
    "ccss.conf": "; no call completion",
    "cdr.conf": "; the controller's database has the call records, and encrypts numbers\n[general]\nenable = no",
    "cel.conf": "[general]\nenable = no",
    "cli_permissions.conf": "; the console belongs to whoever may open its socket",
    "codecs.conf": "; defaults",
    "dsp.conf": "; defaults",
    "features.conf": "; no feature codes: a caller's keys reach the application and the queue only",
    "pjproject.conf": "; defaults",
    "queuerules.conf": "; no rules",
    "res_parking.conf": "; no parking",
    "sorcery.conf": "; objects come from the configuration files",
    "stasis.conf": "; defaults",
    "statsd.conf": "[general]\nenabled = no",
    "udptl.conf": "; no fax",
    "websocket_client.conf": "; no outbound websockets: a caller would wait in them while the controller is away",
}

_INDICATIONS = """[general]
country = us

[us]
description = United States
ringcadence = 2000,4000
dial = 350+440
busy = 480+620/500,0/500
ring = 440+480/2000,0/4000
congestion = 480+620/250,0/250
callwaiting = 440/300,0/10000
dialrecall = !350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,350+440
record = 1400/500,0/15000
info = !950/330,!1400/330,!1800/330,0
stutter = !350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,350+440
"""


def basic_files(ports: Ports, ari: AriLogin, folders: Folders) -> dict[str, str]:
    """Everything but SIP, dialplan and queues."""
    files = {name: text + "\n" for name, text in _STUBS.items()}
    files["modules.conf"] = modules_conf()
    files["logger.conf"] = _LOGGER
    files["http.conf"] = f"[general]\nenabled = yes\nbindaddr = {ports.bind}\nbindport = {ports.http}\n"
    files["ari.conf"] = _ari_conf(ari)
    files["rtp.conf"] = _rtp_conf(ports)
    files["indications.conf"] = _INDICATIONS
    files["musiconhold.conf"] = _music_on_hold(folders)
    return files


def _ari_conf(ari: AriLogin) -> str:
    return f"""[general]
enabled = yes
pretty = no
; A controller that reads nothing for a second is cut off; it reconnects.
websocket_write_timeout = 1000

[{ari.user}]
type = user
read_only = no
password_format = plain
password = {ari.password}
"""


def _music_on_hold(folders: Folders) -> str:
    return f"""; A colleague's hold key: a word and a pause, in turn. Put any playlist here.
[default]
mode = playlist
entry = {folders.prompts}/hold
entry = {folders.prompts}/{HOLD_PAUSE}
"""


def _rtp_conf(ports: Ports) -> str:
    return f"""[general]
rtpstart = {ports.rtp_first}
rtpend = {ports.rtp_last}
; Audio is taken from the negotiated source only.
strictrtp = yes
icesupport = no
"""


_LOGGER = """[general]
dateformat = %F %T.%3q

[logfiles]
; Warnings and errors only: the PBX's chatter would carry callers' numbers.
console = warning,error
messages.log = warning,error
"""
