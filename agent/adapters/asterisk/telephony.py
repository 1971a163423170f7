"""The Telephony port on ARI.

One task reads ARI's events, translates them and resolves whoever waits for a media channel; commands are plain HTTP.
A caller's channel ends for us exactly once: lost (ChannelHangupRequest, ChannelDestroyed) or handed over
(StasisEnd without a hang-up before it: the dialplan has the caller, by our wish or by the lease).
"""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

from agent.adapters.asterisk.causes import cause_text
from agent.adapters.asterisk.client import RECONNECT_S, AriClient, AriConfig, AriError, AriEvent, Link
from agent.pbx.dialplan import HANDOVER_CONTEXT
from agent.ports.telephony import (
    ChannelArrived,
    ChannelDtmf,
    ChannelHandedOver,
    ChannelLost,
    LinkDown,
    LinkUp,
    TelephonyError,
    TelephonyEvent,
)
from agent.values.ids import CallId, ChannelId

MEDIA = "-media"
BRIDGE = "-bridge"
LEASE = "TIMEOUT(absolute)"
HANDOVER_LEASE_S = 5
MEDIA_START_S = 2.0

_EVENTS = ("StasisStart", "StasisEnd", "ChannelHangupRequest", "ChannelDestroyed", "ChannelDtmfReceived")


class AsteriskTelephony:
    """Use as ``async with``; implements `agent.ports.telephony.Telephony`. ``ari`` is the client, for checks."""

    def __init__(self, config: AriConfig) -> None:
        self.ari = AriClient(config)
        self._config = config
        self._events: asyncio.Queue[TelephonyEvent | None] = asyncio.Queue()
        self._live: set[str] = set()
        self._leased: set[str] = set()
        self._media_starts: dict[str, asyncio.Future[None]] = {}
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.ari.__aenter__()
        self._reader = asyncio.create_task(self._read(), name="ari-events")
        self._reader.add_done_callback(lambda _: self._events.put_nowait(None))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        await self.ari.__aexit__(kind, error, trace)

    async def events(self) -> AsyncIterator[TelephonyEvent]:
        """All events in order, for ever. After LinkUp, a live call whose channel it does not list is gone.

        LinkUp.channels holds media channels (``...-media``) too: orphans of a crash are recognisable by that.
        A caller who arrives at that very moment may be told of twice, by LinkUp and then by ChannelArrived.
        """
        while (event := await self._events.get()) is not None:
            yield event
        if self._reader is not None and not self._reader.cancelled():
            self._reader.result()

    async def answer(self, channel_id: ChannelId) -> None:
        # Without a subscription a channel that dies after leaving Stasis would not be reported.
        await self._ask("applications.subscribe", applicationName=self._config.app, eventSource=f"channel:{channel_id}")
        await self._ask("channels.answer", channelId=channel_id)

    async def open_media(self, call_id: CallId, channel_id: ChannelId, rtp_port: int) -> tuple[str, int]:
        media_id, bridge_id = f"{call_id}{MEDIA}", f"{call_id}{BRIDGE}"
        channel = await self._start_media(media_id, rtp_port)
        # 409: it is still there from before a crash.
        await self._ask_but(409, "bridges.createWithId", bridgeId=bridge_id, type="mixing,dtmf_events,proxy_media")
        await self._ask("bridges.addChannel", bridgeId=bridge_id, channel=[channel_id, media_id])
        variables = channel["channelvars"]
        return str(variables["UNICASTRTP_LOCAL_ADDRESS"]), int(variables["UNICASTRTP_LOCAL_PORT"])

    async def renew_lease(self, channel_id: ChannelId, seconds: int) -> None:
        await self._ask("channels.setChannelVar", channelId=channel_id, variable=LEASE, value=seconds)
        if channel_id not in self._leased:
            await self._prove_lease(channel_id)

    async def hand_over(self, channel_id: ChannelId, destination: str) -> None:
        # Lengthened, not removed: should we die between these two, the dialplan still gets the caller back.
        # The handover context removes it.
        await self._ask("channels.setChannelVar", channelId=channel_id, variable=LEASE, value=HANDOVER_LEASE_S)
        await self._ask(
            "channels.continueInDialplan",
            channelId=channel_id,
            context=HANDOVER_CONTEXT,
            extension=destination,
            priority=1,
        )

    async def hang_up(self, channel_id: ChannelId) -> None:
        # Asterisk finds a channel to hang up by the beginning of its id too (channelstorage_ao2_legacy.c):
        # "...508.1", gone already, would end "...508.12". So only what is known to be there is named to it.
        if channel_id in self._live:
            await self._ask_if_there("channels.hangup", channelId=channel_id)

    async def release(self, call_id: CallId) -> None:
        await self._ask_if_there("channels.hangup", channelId=f"{call_id}{MEDIA}")
        await self._ask_if_there("bridges.destroy", bridgeId=f"{call_id}{BRIDGE}")

    async def record(self, call_id: CallId, path: str) -> None:
        bridge_id = f"{call_id}{BRIDGE}"
        await self._ask("bridges.record", bridgeId=bridge_id, name=path, format="wav", ifExists="overwrite")

    async def _start_media(self, media_id: str, rtp_port: int) -> dict[str, Any]:
        """externalMedia, and its StasisStart: joining the bridge earlier is refused with 422."""
        started = self._media_starts[media_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(MEDIA_START_S):
                await self._clear(media_id)
                channel = await self._external_media(media_id, rtp_port)
                await started
                return channel
        except TimeoutError:
            raise TelephonyError(f"externalMedia: no StasisStart of {media_id} in {MEDIA_START_S} s") from None
        finally:
            self._media_starts.pop(media_id, None)

    async def _external_media(self, media_id: str, rtp_port: int) -> dict[str, Any]:
        channel: dict[str, Any] = await self._ask(
            "channels.externalMedia",
            channelId=media_id,
            app=self._config.app,
            external_host=f"{self._config.media_host}:{rtp_port}",
            format="slin16",
            direction="both",
            # Its call detail record would be a second one of the same call.
            variables={"CDR_PROP(disable)": "1"},
        )
        return channel

    async def _clear(self, media_id: str) -> None:
        """End a media channel left over from before a crash: it may point to another port.

        Asked first, because an id that is taken is not refused by Asterisk 22.10.1: it answers 500 and
        can never be stopped again.
        """
        while await self._is_there(media_id):
            await self._ask_if_there("channels.hangup", channelId=media_id)
            await asyncio.sleep(0.01)

    async def _is_there(self, channel_id: str) -> bool:
        try:
            await self.ari.call("channels.get", channelId=channel_id)
        except AriError as refused:
            if refused.status == 404:
                return False
            raise TelephonyError(str(refused)) from refused
        return True

    async def _prove_lease(self, channel_id: ChannelId) -> None:
        """setVar answers 204 even when the function is missing: read it back, once a call."""
        try:
            left = await self.ari.get_variable(channel_id, LEASE)
        except AriError as refused:
            raise TelephonyError(str(refused)) from refused
        if not left or float(left) <= 0:
            raise TelephonyError(f"{LEASE} did not hold on {channel_id}: is func_timeout loaded?")
        self._leased.add(channel_id)

    async def _ask(self, operation: str, **parameters: Any) -> Any:
        try:
            return await self.ari.call(operation, **parameters)
        except AriError as refused:
            raise TelephonyError(str(refused)) from refused

    async def _ask_if_there(self, operation: str, **parameters: Any) -> None:
        await self._ask_but(404, operation, **parameters)

    async def _ask_but(self, accepted: int, operation: str, **parameters: Any) -> None:
        try:
            await self.ari.call(operation, **parameters)
        except AriError as refused:
            if refused.status != accepted:
                raise TelephonyError(str(refused)) from refused

    async def _read(self) -> None:
        """Until cancelled: connections of events, each begun by LinkUp and ended by LinkDown."""
        while True:
            try:
                async for item in self.ari.events():
                    if isinstance(item, Link):
                        await self._link(item)
                    else:
                        self._translate(item)
            except TelephonyError as refused:
                # The lists failed although the events flow: a link that cannot be trusted is down.
                await self._link(Link(False, str(refused)))
                await asyncio.sleep(RECONNECT_S)

    async def _link(self, link: Link) -> None:
        if link.is_up:
            self._events.put_nowait(await self._survey())
            return
        for started in self._media_starts.values():
            if not started.done():
                started.set_exception(TelephonyError(f"ARI link lost: {link.reason}"))
        self._events.put_nowait(LinkDown(link.reason))

    async def _survey(self) -> LinkUp:
        """What is ours on the PBX now. The event filter is forgotten at each disconnect, so it is set here."""
        wanted = [{"type": name} for name in _EVENTS]
        await self._ask("applications.filter", applicationName=self._config.app, filter={"allowed": wanted})
        listed: list[dict[str, Any]] = await self._ask("channels.list")
        bridges: list[dict[str, Any]] = await self._ask("bridges.list")
        channels = tuple(channel["id"] for channel in listed if self._is_ours(channel))
        self._live = {channel for channel in channels if not channel.endswith(MEDIA)}
        self._leased &= self._live
        return LinkUp(channels, tuple(bridge["id"] for bridge in bridges if bridge["id"].endswith(BRIDGE)))

    def _is_ours(self, channel: dict[str, Any]) -> bool:
        dialplan = channel["dialplan"]
        in_stasis: bool = dialplan["app_name"] == "Stasis" and dialplan["app_data"].split(",")[0] == self._config.app
        return in_stasis or str(channel["id"]).endswith(MEDIA)

    def _translate(self, event: AriEvent) -> None:
        kind, channel = event["type"], event.get("channel")
        if channel is None:
            return
        channel_id = ChannelId(channel["id"])
        if kind == "StasisStart":
            self._started(channel_id, channel, event["args"])
        elif channel_id not in self._live:
            return
        elif kind == "ChannelDtmfReceived":
            self._events.put_nowait(ChannelDtmf(channel_id, event["digit"]))
        elif kind == "StasisEnd":
            self._ended(ChannelHandedOver(channel_id))
        elif kind == "ChannelHangupRequest":
            self._ended(ChannelLost(channel_id, cause_text(event.get("cause", 0))))
        elif kind == "ChannelDestroyed":
            self._ended(ChannelLost(channel_id, event["cause_txt"]))

    def _started(self, channel_id: ChannelId, channel: dict[str, Any], args: list[str]) -> None:
        if channel_id.endswith(MEDIA):
            waiting = self._media_starts.get(channel_id)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
            return
        self._live.add(channel_id)
        caller = channel["caller"]
        dialled, sip_call_id = [*args, "", ""][:2]
        self._events.put_nowait(ChannelArrived(channel_id, caller["number"], caller["name"], dialled, sip_call_id))

    def _ended(self, event: ChannelHandedOver | ChannelLost) -> None:
        self._live.discard(event.channel_id)
        self._leased.discard(event.channel_id)
        self._events.put_nowait(event)
