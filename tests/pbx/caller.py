"""A caller with ears and a mouth behind the carrier: enough to test a PBX with, not a conversation partner."""

import asyncio
import itertools
from types import TracebackType
from typing import Self

from agent.adapters.asterisk import AriClient, AriConfig, Link
from tests.pbx.sound import Ear, Mouth, open_ear

_NUMBERS = itertools.count(1)


class Carrier:
    """The simulated public network's ARI, and the callers on it."""

    def __init__(self, config: AriConfig) -> None:
        self.ari = AriClient(config)
        self._started: dict[str, asyncio.Event] = {}
        self._gone: dict[str, asyncio.Event] = {}
        self._callers: list[Caller] = []
        self._reader: asyncio.Task[None] | None = None
        self._up = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.ari.__aenter__()
        self._reader = asyncio.create_task(self._read())
        await asyncio.wait_for(self._up.wait(), 5)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for caller in self._callers:
            await caller.close()
        assert self._reader is not None
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self.ari.__aexit__(kind, error, trace)

    async def dial(self, number: str, caller_id: str = "Ann Lee <+4917012345>") -> "Caller":
        """Dial ``number``; returns at once, with the ear open."""
        caller = Caller(self, f"caller-{next(_NUMBERS)}", await open_ear())
        for channel in (caller.name, caller.media):
            self._started[channel], self._gone[channel] = asyncio.Event(), asyncio.Event()
        self._callers.append(caller)
        await caller.open(number, caller_id)
        return caller

    async def started(self, channel_id: str, timeout_s: float = 10) -> None:
        await asyncio.wait_for(self._started[channel_id].wait(), timeout_s)

    async def gone(self, channel_id: str, timeout_s: float = 10) -> None:
        await asyncio.wait_for(self._gone[channel_id].wait(), timeout_s)

    async def _read(self) -> None:
        async for event in self.ari.events():
            if isinstance(event, Link):
                self._up.set()
                continue
            channel = event.get("channel", {}).get("id", "")
            if event["type"] == "StasisStart" and channel in self._started:
                self._started[channel].set()
            if event["type"] == "ChannelDestroyed" and channel in self._gone:
                self._gone[channel].set()


class Caller:
    """One caller: an ear that is open from the first ring, a mouth that hums or is silent, keys and a hook."""

    mouth: Mouth

    def __init__(self, carrier: Carrier, name: str, ear: Ear) -> None:
        # Asterisk looks ids up by their beginning too: "caller-1" would be found in "caller-1-media".
        self.name, self.media, self.bridge = f"{name}-line", f"{name}-media", f"{name}-bridge"
        self.ear = ear
        self._carrier = carrier

    async def open(self, number: str, caller_id: str) -> None:
        ari = self._carrier.ari
        host = f"127.0.0.1:{self.ear.port}"
        channel = await ari.call(
            "channels.externalMedia", channelId=self.media, app=ari.config.app, external_host=host, format="slin16"
        )
        await self._carrier.started(self.media)
        await ari.call("bridges.createWithId", bridgeId=self.bridge, type="mixing")
        await ari.call("bridges.addChannel", bridgeId=self.bridge, channel=self.media)
        variables = channel["channelvars"]
        peer = (variables["UNICASTRTP_LOCAL_ADDRESS"], int(variables["UNICASTRTP_LOCAL_PORT"]))
        self.mouth = await Mouth(self.ear, peer).__aenter__()
        await ari.originate(f"PJSIP/{number}@to-pbx", self.name, caller_id)

    async def answered(self) -> float:
        """Wait for the answer; from then on the caller hears. Returns the loop's time of it."""
        await self._carrier.started(self.name)
        at = asyncio.get_running_loop().time()
        await self._carrier.ari.call("bridges.addChannel", bridgeId=self.bridge, channel=self.name)
        return at

    async def press(self, digit: str) -> None:
        await self._carrier.ari.call("channels.sendDTMF", channelId=self.name, dtmf=digit)

    async def hang_up(self) -> None:
        await self._carrier.ari.call("channels.hangup", channelId=self.name)

    async def close(self) -> None:
        ari = self._carrier.ari
        for operation, parameters in (
            ("channels.hangup", {"channelId": self.name}),
            ("channels.hangup", {"channelId": self.media}),
            ("bridges.destroy", {"bridgeId": self.bridge}),
        ):
            # What is gone already is refused; that is as good.
            await asyncio.gather(ari.call(operation, **parameters), return_exceptions=True)
        await self.mouth.__aexit__(None, None, None)
        self.ear.close()
