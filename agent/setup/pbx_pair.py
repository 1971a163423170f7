"""Two Asterisk instances with a SIP trunk between them: the PBX that answers, and a simulated public network.

Everything is on loopback, on ports found free; two pairs with different names run side by side.
"""

import secrets
import wave
from dataclasses import dataclass
from pathlib import Path

from agent.pbx.check import check
from agent.pbx.plan import (
    AriLogin,
    CarrierPlan,
    Folders,
    Number,
    PbxPlan,
    Phone,
    Ports,
    Queue,
    Trunk,
)
from agent.pbx.prompts import HOLD_PAUSE, HOLD_PAUSE_S, PROMPTS, missing
from agent.pbx.render import render_carrier, render_pbx
from agent.setup.asterisk_process import AsteriskProcess, InstanceFiles, instance_directory, start_instance
from agent.setup.asterisk_root import AsteriskInstall
from agent.setup.errors import CannotSetUp
from agent.setup.paths import Home
from agent.setup.ports import free_tcp_port, free_udp_port, free_udp_range

RTP_PORTS = 400
"""An instance's range; a call takes four: two streams with RTCP."""
CARRIER_TRUNK = "carrier"
"""The trunk's name on the PBX: `QueueMember("colleague", CARRIER_TRUNK)` is a colleague who answers."""
PBX_TRUNK = "to-pbx"
"""The trunk's name on the carrier: a caller is `PJSIP/<number>@to-pbx`."""


@dataclass(frozen=True, slots=True)
class PairWish:
    """What the pair is for. ``prompts`` is a folder with ``<name>.wav`` for each of `agent.pbx.prompts.PROMPTS`.

    ``codecs`` are the carrier's, in order. ``name`` tells pairs apart: ``pbx`` and ``carrier``, or ``<name>-pbx``.
    ``sip_port`` and ``http_port`` of the PBX: 0 is any free one.
    """

    prompts: Path
    numbers: tuple[Number, ...]
    queues: tuple[Queue, ...]
    phones: tuple[Phone, ...] = ()
    codecs: tuple[str, ...] = ("ulaw",)
    name: str = ""
    sip_port: int = 0
    http_port: int = 0


@dataclass(frozen=True, slots=True)
class PbxPair:
    """The running pair. Its plans hold every port, user and password."""

    pbx_plan: PbxPlan
    carrier_plan: CarrierPlan
    pbx: AsteriskProcess
    carrier: AsteriskProcess

    @property
    def pbx_url(self) -> str:
        """ARI of the PBX, for AriConfig."""
        return _url(self.pbx_plan.ports)

    @property
    def carrier_url(self) -> str:
        """ARI of the carrier, for the simulated caller."""
        return _url(self.carrier_plan.ports)

    @property
    def voicemail(self) -> Path:
        """Where messages land: ``<tenant>/<time>_<caller>_<unique id>.wav``."""
        return Path(self.pbx_plan.folders.voicemail)

    def stop(self) -> None:
        """End both at once. Idempotent."""
        self.carrier.stop()
        self.pbx.stop()


def start_pair(home: Home, install: AsteriskInstall, wish: PairWish) -> PbxPair:
    """Plan, check and start both. CannotSetUp with the first finding; nothing is left running then."""
    pbx_plan, carrier_plan = plan_pair(home, wish)
    sounds = _prompts(home, wish.prompts)
    files = InstanceFiles(render_pbx(pbx_plan), sounds)
    pbx = start_instance(home, install, pbx_name(wish), files, pbx_plan.ports.http)
    try:
        files = InstanceFiles(render_carrier(carrier_plan), {})
        carrier = start_instance(home, install, carrier_name(wish), files, carrier_plan.ports.http)
    except BaseException:
        pbx.stop()
        raise
    return PbxPair(pbx_plan, carrier_plan, pbx, carrier)


def plan_pair(home: Home, wish: PairWish) -> tuple[PbxPlan, CarrierPlan]:
    """Both plans, on free ports, with fresh ARI passwords. CannotSetUp where the wish does not hold together."""
    pbx_ports, carrier_ports = _ports(wish)
    bind = pbx_ports.bind
    pbx = PbxPlan(
        ports=pbx_ports,
        ari=AriLogin("attendant", "attendant", secrets.token_urlsafe(24)),
        folders=_folders(instance_directory(home, pbx_name(wish))),
        trunks=(Trunk(CARRIER_TRUNK, bind, carrier_ports.sip),),
        numbers=wish.numbers,
        queues=wish.queues,
        phones=wish.phones,
    )
    carrier = CarrierPlan(
        ports=carrier_ports,
        ari=AriLogin("caller", "caller", secrets.token_urlsafe(24)),
        folders=_folders(instance_directory(home, carrier_name(wish))),
        pbx=Trunk(PBX_TRUNK, bind, pbx_ports.sip, wish.codecs),
    )
    findings = check(pbx)
    if findings:
        raise CannotSetUp(*findings[0].rsplit("; ", 1))
    return pbx, carrier


def pbx_name(wish: PairWish) -> str:
    """The instance's name, which is its folder's."""
    return f"{wish.name}-pbx" if wish.name else "pbx"


def carrier_name(wish: PairWish) -> str:
    """The instance's name, which is its folder's."""
    return f"{wish.name}-carrier" if wish.name else "carrier"


def _url(ports: Ports) -> str:
    return f"http://{ports.bind}:{ports.http}"


def _folders(instance: Path) -> Folders:
    return Folders(prompts=str(instance / "data/sounds/attendant"), voicemail=str(instance / "spool/voicemail"))


def _ports(wish: PairWish) -> tuple[Ports, Ports]:
    """Two sets without overlap: ports found free are not yet held, so they are drawn until they differ."""
    while True:
        rtp = free_udp_range(2 * RTP_PORTS)
        sip = (wish.sip_port or free_udp_port(), free_udp_port())
        http = (wish.http_port or free_tcp_port(), free_tcp_port())
        if sip[0] != sip[1] and http[0] != http[1] and not {*sip} & {*rtp}:
            break
    halves = (rtp[:RTP_PORTS], rtp[RTP_PORTS:])
    pbx, carrier = (Ports(s, h, part[0], part[-1]) for s, h, part in zip(sip, http, halves, strict=True))
    return pbx, carrier


def _prompts(home: Home, folder: Path) -> dict[str, Path]:
    """Every prompt by its place below the sounds directory. CannotSetUp when one is missing."""
    findings = missing(frozenset(path.name for path in folder.glob("*.wav")))
    if findings:
        raise CannotSetUp(*findings[0].rsplit("; ", 1))
    pause = home.var / "asterisk" / f"{HOLD_PAUSE}.wav"
    if not pause.exists():
        _write_silence(pause, HOLD_PAUSE_S)
    return {f"attendant/{path.name}": path for path in (*(folder / f"{name}.wav" for name in PROMPTS), pause)}


def _write_silence(path: Path, seconds: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(8000)
        target.writeframes(bytes(2 * 8000 * seconds))
