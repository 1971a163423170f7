"""A PBX in memory, for tests and simulation: the same promises as Asterisk's, kept by the same contract suite.

The test plays the world (`arrive`, `press`, `lose`, `break_link`), the shell plays the controller, and everything
that was done is on record. Leases run on the event loop's clock, so they expire under a virtual one too.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field

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

ENTRY_LEASE_S = 3
FIRST_PORT = 40_000


def once(_event: TelephonyEvent) -> Iterable[float]:
    """Each event is told once, at once."""
    return (0.0,)


@dataclass(slots=True)
class FakeChannel:
    """A caller's channel. ``owner`` is ``stasis``, ``dialplan`` (with ``queue`` when we chose one) or ``gone``."""

    id: ChannelId
    owner: str = "stasis"
    is_answered: bool = False
    queue: str = ""
    lease: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class FakeTelephony:
    """Implements `agent.ports.telephony.Telephony`. ``done`` is every accepted command with its arguments, in order.

    Put an operation's name into ``refusals`` to have its next use refused with the text given there. ``delays_s`` says
    of each event how often it is told, and how late: two delays tell it twice, a long one tells it behind others.
    """

    done: list[tuple[str, ...]] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    channels: dict[ChannelId, FakeChannel] = field(default_factory=dict)
    media: dict[CallId, tuple[ChannelId, int]] = field(default_factory=dict)
    recordings: list[tuple[CallId, str]] = field(default_factory=list)
    is_link_up: bool = True
    delays_s: Callable[[TelephonyEvent], Iterable[float]] = once
    _events: asyncio.Queue[TelephonyEvent] = field(default_factory=asyncio.Queue)
    _next_port: int = FIRST_PORT

    def __post_init__(self) -> None:
        self._events.put_nowait(LinkUp((), ()))

    # The world.

    def arrive(self, channel: ChannelArrived) -> None:
        """A caller's channel enters Stasis, with the dialplan's lease of 3 s."""
        self.channels[channel.channel_id] = FakeChannel(channel.channel_id)
        self._lease(self.channels[channel.channel_id], ENTRY_LEASE_S)
        self._emit(channel)

    def press(self, channel_id: ChannelId, digit: str) -> None:
        """The caller presses a key."""
        if self._in_stasis(channel_id):
            self._emit(ChannelDtmf(channel_id, digit))

    def lose(self, channel_id: ChannelId, cause: str = "Normal Clearing") -> None:
        """The caller hangs up, or the network does."""
        if (channel := self.channels.get(channel_id)) is None or channel.owner == "gone":
            return
        was_ours = channel.owner == "stasis"
        self._leave(channel, "gone")
        if was_ours:
            self._emit(ChannelLost(channel_id, cause))

    def break_link(self, reason: str = "connection reset") -> None:
        """The event connection breaks: what happens until `restore_link` is not told."""
        self._events.put_nowait(LinkDown(reason))
        self.is_link_up = False

    def lose_controller(self) -> None:
        """The controller is killed, with all it was told and had not met; until `restore_link` nobody is told."""
        self.is_link_up = False
        while not self._events.empty():
            self._events.get_nowait()

    def restore_link(self) -> None:
        """The event connection stands again, and says what is there."""
        self.is_link_up = True
        callers = [str(c.id) for c in self.channels.values() if c.owner == "stasis"]
        media = [f"{call}-media" for call in self.media]
        bridges = tuple(f"{call}-bridge" for call in self.media)
        self._events.put_nowait(LinkUp((*callers, *media), bridges))

    # The port.

    async def events(self) -> AsyncIterator[TelephonyEvent]:
        while True:
            yield await self._events.get()

    async def answer(self, channel_id: ChannelId) -> None:
        self._accept("answer", channel_id)
        self._require(channel_id).is_answered = True

    async def open_media(self, call_id: CallId, channel_id: ChannelId, rtp_port: int) -> tuple[str, int]:
        self._accept("open_media", call_id, channel_id, str(rtp_port))
        self._require(channel_id)
        self.media[call_id] = (channel_id, rtp_port)
        self._next_port += 2
        return "127.0.0.1", self._next_port

    async def renew_lease(self, channel_id: ChannelId, seconds: int) -> None:
        self._accept("renew_lease", channel_id, str(seconds))
        self._lease(self._require(channel_id), seconds)

    async def hand_over(self, channel_id: ChannelId, destination: str) -> None:
        self._accept("hand_over", channel_id, destination)
        channel = self._require(channel_id)
        channel.queue = destination
        self._to_dialplan(channel)

    async def hang_up(self, channel_id: ChannelId) -> None:
        self._accept("hang_up", channel_id)
        if self._in_stasis(channel_id):
            self.lose(channel_id)

    async def release(self, call_id: CallId) -> None:
        self._accept("release", call_id)
        self.media.pop(call_id, None)

    async def record(self, call_id: CallId, path: str) -> None:
        self._accept("record", call_id, path)
        if call_id not in self.media:
            raise TelephonyError(f"bridges.record: 404: no bridge {call_id}-bridge")
        self.recordings.append((call_id, path))

    # Inside.

    def _accept(self, operation: str, *arguments: str) -> None:
        if operation in self.refusals:
            raise TelephonyError(f"{operation}: {self.refusals.pop(operation)}")
        self.done.append((operation, *arguments))

    def _in_stasis(self, channel_id: ChannelId) -> bool:
        channel = self.channels.get(channel_id)
        return channel is not None and channel.owner == "stasis"

    def _require(self, channel_id: ChannelId) -> FakeChannel:
        if not self._in_stasis(channel_id):
            raise TelephonyError(f"{channel_id}: 404: Channel not found")
        return self.channels[channel_id]

    def _lease(self, channel: FakeChannel, seconds: int) -> None:
        if channel.lease is not None:
            channel.lease.cancel()
        channel.lease = asyncio.get_running_loop().call_later(seconds, self._to_dialplan, channel)

    def _to_dialplan(self, channel: FakeChannel) -> None:
        self._leave(channel, "dialplan")
        self._emit(ChannelHandedOver(channel.id))

    def _leave(self, channel: FakeChannel, owner: str) -> None:
        if channel.lease is not None:
            channel.lease.cancel()
        channel.lease, channel.owner = None, owner

    def _emit(self, event: TelephonyEvent) -> None:
        for delay_s in self.delays_s(event):
            if delay_s:
                asyncio.get_running_loop().call_later(delay_s, self._tell, event)
            else:
                self._tell(event)

    def _tell(self, event: TelephonyEvent) -> None:
        if self.is_link_up:
            self._events.put_nowait(event)
