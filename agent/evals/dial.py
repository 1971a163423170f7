"""Dialling from the carrier: one Stasis channel per caller, joined to an RTP line of ours before it is answered.

Asterisk gives an application's events to the websocket that registered it last. So each run registers one under a
name of its own, which exists as long as its connection does, and calls its channels and bridges after it.
"""

import asyncio
import secrets
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from agent.adapters.asterisk import AriClient, AriConfig, AriError, Link
from agent.evals.address import CarrierAddress
from agent.ports.media import Line

_JOIN_WITHIN_S = 5.0
_GONE = 404


@dataclass(slots=True)
class CarrierLeg:
    """One caller's channel on the carrier. Implements agent.evals.loop.Leg."""

    ari: AriClient
    name: str
    is_answered: bool = False
    end_reason: str | None = None
    sip_call_id: str = ""
    media_joined: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def channel_id(self) -> str:
        """The SIP channel. Not the bare name: Asterisk takes an id that begins another for that other."""
        return f"{self.name}-line"

    @property
    def media_id(self) -> str:
        """The externalMedia channel."""
        return f"{self.name}-media"

    @property
    def bridge_id(self) -> str:
        """The bridge of caller and media."""
        return f"{self.name}-bridge"

    async def press(self, digits: str) -> None:
        """Send digits as RFC 4733, a tenth of a second each with as much between them."""
        if self.end_reason is None:
            await self.ari.call("channels.sendDTMF", channelId=self.channel_id, dtmf=digits)

    async def hang_up(self) -> None:
        """Hang up and remove the media channel and the bridge; what is gone already is no error."""
        for operation, name in (
            ("channels.hangup", {"channelId": self.channel_id}),
            ("channels.hangup", {"channelId": self.media_id}),
            ("bridges.destroy", {"bridgeId": self.bridge_id}),
        ):
            try:
                await self.ari.call(operation, **name)
            except AriError as error:
                if error.status != _GONE:
                    raise


class Carrier:
    """The carrier's ARI; use as ``async with``, which keeps the event connection. Raises AriError when it is away."""

    def __init__(self, address: CarrierAddress) -> None:
        self._address = replace(address, app=f"{address.app}-{secrets.token_hex(4)}")
        login = (address.ari_user, address.ari_password)
        self._ari = AriClient(AriConfig(address.ari_url, *login, self._address.app, address.media_host))
        self._legs: dict[str, CarrierLeg] = {}
        self._is_up = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._ari.__aenter__()
        await self._ari.call("asterisk.ping")
        self._listener = asyncio.create_task(self._listen())
        await asyncio.wait_for(self._is_up.wait(), _JOIN_WITHIN_S)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listener:
            self._listener.cancel()
            await asyncio.wait({self._listener})
        await self._ari.__aexit__(kind, error, trace)

    async def dial(self, dialled: str, caller: str, line: Line) -> CarrierLeg:
        """Join ``line`` to a fresh bridge, then dial; the answered channel enters the bridge by itself."""
        name = f"{self._address.app}-{len(self._legs)}"
        leg = self._legs[name] = CarrierLeg(self._ari, name)
        try:
            await self._open_media(leg, line)
            await self._ari.originate(
                f"PJSIP/{dialled}@{self._address.trunk}", leg.channel_id, f"<{caller}>", formats="ulaw", timeout=30
            )
        except BaseException:
            await leg.hang_up()
            raise
        return leg

    async def _open_media(self, leg: CarrierLeg, line: Line) -> None:
        await self._ari.call("bridges.createWithId", bridgeId=leg.bridge_id, type="mixing", name=leg.bridge_id)
        media = await self._ari.call(
            "channels.externalMedia",
            channelId=leg.media_id,
            app=self._address.app,
            external_host=f"{self._address.media_host}:{line.port}",
            format="slin16",
        )
        variables = media["channelvars"]
        line.connect(variables["UNICASTRTP_LOCAL_ADDRESS"], int(variables["UNICASTRTP_LOCAL_PORT"]))
        await asyncio.wait_for(leg.media_joined.wait(), _JOIN_WITHIN_S)

    async def _listen(self) -> None:
        async for event in self._ari.events():
            if isinstance(event, Link):
                self._link(event)
            else:
                await self._handle(event)

    def _link(self, link: Link) -> None:
        if link.is_up:
            self._is_up.set()
            return
        for leg in self._legs.values():
            leg.end_reason = leg.end_reason or f"carrier link lost: {link.reason}"

    async def _handle(self, event: dict[str, Any]) -> None:
        channel_id = str(event.get("channel", {}).get("id", ""))
        leg = self._legs.get(channel_id.removesuffix("-media").removesuffix("-line"))
        if leg is None:
            return
        is_media = channel_id == leg.media_id
        match event["type"]:
            case "StasisStart":
                await self._join(leg, channel_id, is_media)
            case "ChannelDestroyed" | "StasisEnd" if not is_media:
                leg.end_reason = leg.end_reason or str(event.get("cause_txt") or "hung up")

    async def _join(self, leg: CarrierLeg, channel_id: str, is_media: bool) -> None:
        try:
            await self._ari.call("bridges.addChannel", bridgeId=leg.bridge_id, channel=channel_id)
            if is_media:
                leg.media_joined.set()
                return
            leg.is_answered = True
            leg.sip_call_id = await self._ari.get_variable(channel_id, "CHANNEL(pjsip,call-id)")
        except AriError as error:
            leg.end_reason = leg.end_reason or f"carrier: {error}"
