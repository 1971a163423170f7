"""pjsip.conf: transport, trunks, phones."""

from agent.pbx.plan import CarrierPlan, PbxPlan, Phone, Ports, Trunk

TRUNK_RTP_TIMEOUT_S = 12
"""A caller who vanished without BYE is hung up after this much silence on the wire."""
PHONE_RTP_TIMEOUT_S = 30


def pjsip_conf(plan: PbxPlan) -> str:
    """SIP of the answering instance."""
    parts = [_transport(plan.ports)]
    parts += [_trunk(trunk, plan.ports, "from-trunk") for trunk in plan.trunks]
    parts += [_phone(phone, plan.ports) for phone in plan.phones]
    return "\n".join(parts)


def carrier_pjsip_conf(plan: CarrierPlan) -> str:
    """SIP of the simulated public network: one trunk to the PBX."""
    return "\n".join([_transport(plan.ports), _trunk(plan.pbx, plan.ports, "from-pbx")])


def _transport(ports: Ports) -> str:
    return f"""[global]
type = global
user_agent = Attendant
; A trunk is known by its address before any user name is looked at.
endpoint_identifier_order = ip,username,auth_username

[udp]
type = transport
protocol = udp
bind = {ports.bind}:{ports.sip}
"""


def _media(ports: Ports) -> str:
    # With a wildcard address Asterisk picks the interface itself.
    address = "" if ports.bind in ("0.0.0.0", "::") else f"media_address = {ports.bind}\n"
    return f"""{address}bind_rtp_to_media_address = {"yes" if address else "no"}
; Audio always passes through us: no re-INVITE past the PBX.
direct_media = no
rtp_symmetric = yes
dtmf_mode = auto
timers = yes
timers_sess_expires = 600"""


def _trunk(trunk: Trunk, ports: Ports, context: str) -> str:
    return f"""; Trunk {trunk.name}: calls from {trunk.host}:{trunk.port} only
[{trunk.name}]
type = endpoint
transport = udp
context = {context}
aors = {trunk.name}
disallow = all
allow = {",".join(trunk.codecs)}
{_media(ports)}
rtp_timeout = {TRUNK_RTP_TIMEOUT_S}
rtp_timeout_hold = 300
; The network asserts who calls (RFC 3325).
trust_id_inbound = yes
trust_id_outbound = yes
send_pai = yes
; Nobody out there may move our calls by REFER.
allow_transfer = no

[{trunk.name}]
type = aor
contact = sip:{trunk.host}:{trunk.port}

[{trunk.name}]
type = identify
endpoint = {trunk.name}
match = {trunk.host}:{trunk.port}
"""


def _phone(phone: Phone, ports: Ports) -> str:
    return f"""; Phone {phone.extension}: registers with user {phone.extension} and this password
[{phone.extension}]
type = endpoint
transport = udp
context = from-phones
auth = {phone.extension}
aors = {phone.extension}
callerid = "{phone.name or phone.extension}" <{phone.extension}>
disallow = all
allow = opus,g722,ulaw,alaw
{_media(ports)}
rtp_timeout = {PHONE_RTP_TIMEOUT_S}
rtp_timeout_hold = 300

[{phone.extension}]
type = auth
auth_type = digest
username = {phone.extension}
password = {phone.password}

[{phone.extension}]
type = aor
max_contacts = 2
remove_existing = yes
"""
