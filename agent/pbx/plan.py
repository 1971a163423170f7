"""What an Asterisk instance is to be: the values that configuration files are rendered from.

Every string that reaches a configuration file passes a pattern here, so that no name can end a line, open a
section or add a dialplan application. A plan that exists is safe to render.
"""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address

G711_AND_WIDEBAND = ("ulaw", "alaw", "g722", "opus", "slin16")

_NAME = (re.compile(r"[a-z0-9][a-z0-9_-]{1,39}"), "2 to 40 lower case letters, digits, '-' and '_'")
_NUMBER = (re.compile(r"\+?[0-9]{2,15}"), "an optional '+' and 2 to 15 digits")
_EXTENSION = (re.compile(r"[a-z0-9]{2,20}"), "2 to 20 lower case letters and digits")
_SECRET = (re.compile(r"[A-Za-z0-9._~-]{8,128}"), "8 to 128 of letters, digits and . _ ~ -")
_FOLDER = (re.compile(r"/[A-Za-z0-9._/@+ -]{0,250}"), "an absolute path of letters, digits, spaces and . _ / @ + -")
_DISPLAY = (re.compile(r"[A-Za-z0-9 .'-]{0,40}"), "letters, digits, spaces and . ' -, at most 40")


class PlanError(ValueError):
    """A value that must not reach a configuration file: ``field``, what is wrong, what to write instead."""

    def __init__(self, field_name: str, problem: str, remedy: str) -> None:
        super().__init__(f"{field_name}: {problem}; {remedy}")
        self.field = field_name
        self.remedy = remedy


def _must_match(field_name: str, value: str, rule: tuple[re.Pattern[str], str]) -> None:
    pattern, wanted = rule
    if not pattern.fullmatch(value):
        raise PlanError(field_name, f"{value!r} is not allowed", f"use {wanted}")


def _must_be_address(field_name: str, value: str) -> None:
    try:
        ip_address(value)
    except ValueError:
        raise PlanError(field_name, f"{value!r} is not an IP address", "write it as 192.0.2.1") from None


def _must_be_port(field_name: str, value: int) -> None:
    if not 1024 <= value <= 65535:
        raise PlanError(field_name, f"{value} is not a usable port", "use 1024 to 65535")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where an instance listens: SIP on UDP, ARI on HTTP, RTP from ``rtp_first`` to ``rtp_last``."""

    sip: int
    http: int
    rtp_first: int
    rtp_last: int
    bind: str = "127.0.0.1"

    def __post_init__(self) -> None:
        for name in ("sip", "http", "rtp_first", "rtp_last"):
            _must_be_port(f"ports.{name}", getattr(self, name))
        if self.rtp_last - self.rtp_first < 7:
            raise PlanError("ports.rtp_last", "the RTP range holds fewer than 4 streams", "widen it")
        _must_be_address("ports.bind", self.bind)


@dataclass(frozen=True, slots=True)
class AriLogin:
    """The one ARI user, and the name of its Stasis application."""

    app: str
    user: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        _must_match("ari.app", self.app, _NAME)
        _must_match("ari.user", self.user, _NAME)
        _must_match("ari.password", self.password, _SECRET)


@dataclass(frozen=True, slots=True)
class Folders:
    """Absolute paths as Asterisk sees them. Prompts are ``<name>.wav``, 8 kHz, 16 bit, mono.

    Messages for people are recorded below ``voicemail`` as ``<tenant>/<time>_<caller>_<unique id>.wav``.
    """

    prompts: str
    voicemail: str

    def __post_init__(self) -> None:
        _must_match("folders.prompts", self.prompts, _FOLDER)
        _must_match("folders.voicemail", self.voicemail, _FOLDER)


@dataclass(frozen=True, slots=True)
class Trunk:
    """A SIP peer, recognised by its IP address and port."""

    name: str
    host: str
    port: int
    codecs: tuple[str, ...] = G711_AND_WIDEBAND

    def __post_init__(self) -> None:
        _must_match("trunk.name", self.name, _NAME)
        _must_be_address("trunk.host", self.host)
        _must_be_port("trunk.port", self.port)
        unknown = set(self.codecs) - set(G711_AND_WIDEBAND)
        if unknown or not self.codecs:
            raise PlanError("trunk.codecs", f"{sorted(unknown)} not known", f"use some of {G711_AND_WIDEBAND}")


@dataclass(frozen=True, slots=True)
class Number:
    """A number that callers dial, the tenant it belongs to, and the queue that takes over when we do not."""

    number: str
    tenant: str
    queue: str

    def __post_init__(self) -> None:
        _must_match("number.number", self.number, _NUMBER)
        _must_match("number.tenant", self.tenant, _NAME)
        _must_match("number.queue", self.queue, _NAME)


@dataclass(frozen=True, slots=True)
class QueueMember:
    """Who a queue rings: a phone of this PBX, or with ``trunk`` an extension behind that trunk."""

    extension: str
    trunk: str = ""

    def __post_init__(self) -> None:
        _must_match("queue.member.extension", self.extension, _EXTENSION)
        if self.trunk:
            _must_match("queue.member.trunk", self.trunk, _NAME)


@dataclass(frozen=True, slots=True)
class Queue:
    """Colleagues who take calls. Each rings ``ring_s``; after ``wait_s`` in all the caller is offered voicemail."""

    name: str
    members: tuple[QueueMember, ...] = ()
    ring_s: int = 20
    wait_s: int = 60

    def __post_init__(self) -> None:
        _must_match("queue.name", self.name, _NAME)
        if not (1 <= self.ring_s <= 600 and 1 <= self.wait_s <= 3600):
            raise PlanError("queue.ring_s", "ring or wait time out of range", "ring 1 to 600 s, wait 1 to 3600 s")


@dataclass(frozen=True, slots=True)
class Phone:
    """A softphone or desk phone that registers with user ``extension`` and this password."""

    extension: str
    password: str = field(repr=False)
    name: str = ""

    def __post_init__(self) -> None:
        _must_match("phone.extension", self.extension, _EXTENSION)
        _must_match("phone.password", self.password, _SECRET)
        _must_match("phone.name", self.name, _DISPLAY)


@dataclass(frozen=True, slots=True)
class PbxPlan:
    """The instance that answers: trunks in, phones, numbers, queues, and the controller's Stasis application.

    ``lease_s`` is how long the dialplan waits for the controller to take a new call before it helps itself.
    """

    ports: Ports
    ari: AriLogin
    folders: Folders
    trunks: tuple[Trunk, ...]
    numbers: tuple[Number, ...]
    queues: tuple[Queue, ...]
    phones: tuple[Phone, ...] = ()
    lease_s: int = 3


@dataclass(frozen=True, slots=True)
class CarrierPlan:
    """A simulated public network: one trunk to the PBX under test, and colleagues who answer, are busy, or do not."""

    ports: Ports
    ari: AriLogin
    folders: Folders
    pbx: Trunk
