"""The PBX as the shell sees it. Real adapter: Asterisk 22 over ARI."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from agent.values.ids import CallId, ChannelId


@dataclass(frozen=True, slots=True)
class ChannelArrived:
    """A caller's channel entered our Stasis application from the dialplan."""

    channel_id: ChannelId
    caller_number: str
    caller_name: str
    dialled: str
    sip_call_id: str


@dataclass(frozen=True, slots=True)
class ChannelDtmf:
    """A key was pressed on a caller's channel."""

    channel_id: ChannelId
    digit: str


@dataclass(frozen=True, slots=True)
class ChannelHandedOver:
    """The channel left Stasis alive: the dialplan owns it now (our hand-over, or its lease ran out)."""

    channel_id: ChannelId


@dataclass(frozen=True, slots=True)
class ChannelLost:
    """The channel was hung up or destroyed. ``cause`` is Asterisk's cause text."""

    channel_id: ChannelId
    cause: str


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The event connection broke; events are lost until LinkUp."""

    reason: str


@dataclass(frozen=True, slots=True)
class LinkUp:
    """The event connection stands. ``channels`` are the ids in our Stasis application, ``bridges`` our bridges."""

    channels: tuple[str, ...]
    bridges: tuple[str, ...]


TelephonyEvent = ChannelArrived | ChannelDtmf | ChannelHandedOver | ChannelLost | LinkDown | LinkUp


class Telephony(Protocol):
    """Commands to the PBX. Each raises TelephonyError with the PBX's own words when it refuses."""

    def events(self) -> AsyncIterator[TelephonyEvent]:
        """All events in order, for ever; reconnects by itself (within 1 s) and says so by LinkDown/LinkUp."""

    async def answer(self, channel_id: ChannelId) -> None:
        """Answer the channel."""

    async def open_media(self, call_id: CallId, channel_id: ChannelId, rtp_port: int) -> tuple[str, int]:
        """Create ``<call_id>-media`` (externalMedia, RTP, slin16) and ``<call_id>-bridge``, join both channels.

        Returns the address Asterisk sends from and listens on. Waits for the media channel's StasisStart.
        Idempotent: what exists already (adoption after a crash) is used or replaced.
        """

    async def renew_lease(self, channel_id: ChannelId, seconds: int) -> None:
        """Set TIMEOUT(absolute): the dialplan takes the caller back when it runs out."""

    async def hand_over(self, channel_id: ChannelId, destination: str) -> None:
        """Leave Stasis for the dialplan at queue ``destination``; the lease is removed first."""

    async def hang_up(self, channel_id: ChannelId) -> None:
        """Hang up; a channel already gone is no error."""

    async def release(self, call_id: CallId) -> None:
        """Remove the call's media channel and bridge; what is gone already is no error."""

    async def record(self, call_id: CallId, path: str) -> None:
        """Record the call's bridge under ``path`` (name within the PBX's recording folder)."""


class TelephonyError(RuntimeError):
    """The PBX refused or could not be reached."""
