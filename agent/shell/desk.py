"""The front desk: takes what the PBX tells, starts a runner per call, adopts and sweeps after a restart."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from agent.call import events as ev
from agent.ports import ChannelArrived, ChannelDtmf, ChannelHandedOver, ChannelLost, LinkDown, LinkUp, TelephonyEvent
from agent.ports.telephony import TelephonyError
from agent.shell.cases import Cases
from agent.shell.media_loop import MediaLoop
from agent.shell.outbox import run_outbox
from agent.shell.recover import leftovers, recover
from agent.shell.runner import Runner
from agent.shell.world import Ports, Serial
from agent.values.caller import CallerIdentity, CallRecord
from agent.values.ids import CallId, CaseId
from agent.values.profile import AgentProfile

log = structlog.get_logger()

FALLBACK = "fallback"
"""No queue has this name: the dialplan then takes the dialled number's own."""


@dataclass(frozen=True, slots=True)
class Tenants:
    """Profiles by dialled number, and the text each was parsed from by its sha. A reload makes a new value."""

    by_number: Mapping[str, AgentProfile]
    texts: Mapping[str, str]
    parse: Callable[[str], AgentProfile]


class Desk:
    """Runs every call of this controller."""

    def __init__(self, ports: Ports, tenants: Tenants, calls_max: int, serial: Serial | None = None) -> None:
        self._ports = ports
        self._serial = serial
        self._tenants = tenants
        self._calls_max = calls_max
        self._media_loop = MediaLoop(ports.clock)
        self._cases = Cases(ports.journal)
        self._runners: dict[CallId, Runner] = {}
        self._is_recovered = False

    @property
    def runners(self) -> Mapping[CallId, Runner]:
        """Live calls."""
        return self._runners

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._media_loop.run())
            group.create_task(run_outbox(self._ports.outbox, self._ports.backends, self.tell))
            async for event in self._ports.telephony.events():
                await self._on(event, group)

    def tell(self, call_id: CallId, make: Callable[[int], ev.Event]) -> None:
        """Post an event to a call; one that is gone is no error."""
        if runner := self._runners.get(call_id):
            runner.post(make(runner.now_ms()))

    async def _on(self, event: TelephonyEvent, group: asyncio.TaskGroup) -> None:
        match event:
            case ChannelArrived():
                await self._arrived(event, group)
            case ChannelDtmf(channel_id, digit):
                self._tell_channel(channel_id, lambda at_ms: ev.DtmfReceived(at_ms, digit))
            case ChannelHandedOver(channel_id):
                self._tell_channel(channel_id, lambda at_ms: ev.TransferAnswered(at_ms, "dialplan"))
            case ChannelLost(channel_id, cause):
                self._tell_channel(channel_id, lambda at_ms: ev.HangupSeen(at_ms, cause))
            case LinkDown(reason):
                log.warning("the PBX link is down; calls go on, events are lost until it is back", reason=reason)
            case LinkUp(channels, bridges):
                await self._link_up(channels, bridges, group)

    def tell_all(self, make: Callable[[int], ev.Event]) -> None:
        """Post an event to every live call."""
        for runner in self._runners.values():
            runner.post(make(runner.now_ms()))

    def _tell_channel(self, channel_id: str, make: Callable[[int], ev.Event]) -> None:
        for runner in self._runners.values():
            if runner.record.channel_id == channel_id:
                runner.post(make(runner.now_ms()))

    async def _arrived(self, event: ChannelArrived, group: asyncio.TaskGroup) -> None:
        if any(r.record.channel_id == event.channel_id for r in self._runners.values()):
            return
        profile = self._tenants.by_number.get(event.dialled)
        if profile is None or len(self._runners) >= self._calls_max:
            why = "no tenant has this number" if profile is None else "all lines are busy"
            log.warning("not taken, left to the dialplan", channel_id=event.channel_id, why=why)
            await self._give_back(event)
            return
        record = self._record(event, profile)
        log.info("call arrived", call_id=record.call_id, tenant=record.tenant)
        is_serial = self._serial is not None and self._serial.is_for(event.caller_number)
        ports = self._serial.ports if self._serial and is_serial else self._ports
        runner = Runner(ports, self._media_loop, record, profile, None)
        self._start(runner, self._tenants.texts[profile.sha], group)

    async def _give_back(self, event: ChannelArrived) -> None:
        try:
            await self._ports.telephony.hand_over(event.channel_id, FALLBACK)
        except TelephonyError as error:
            log.warning("hand-over refused", channel_id=event.channel_id, error=str(error))

    def _record(self, event: ChannelArrived, profile: AgentProfile) -> CallRecord:
        return CallRecord(
            call_id=CallId(self._ports.entropy.new_id("call")),
            case_id=CaseId(self._ports.entropy.new_id("case")),
            tenant=profile.tenant,
            direction="inbound",
            caller=CallerIdentity(event.caller_number, event.caller_name),
            dialled=event.dialled,
            channel_id=event.channel_id,
            sip_call_id=event.sip_call_id,
            profile_sha=profile.sha,
            started_at=self._ports.clock.wall(),
        )

    def _start(self, runner: Runner, profile_text: str, group: asyncio.TaskGroup) -> None:
        self._runners[runner.record.call_id] = runner
        group.create_task(self._run(runner, profile_text))

    async def _run(self, runner: Runner, profile_text: str) -> None:
        try:
            await runner.run(profile_text, self._cases)
        finally:
            self._cases.over(runner.record.call_id)
            self._runners.pop(runner.record.call_id, None)

    async def _link_up(self, channels: tuple[str, ...], bridges: tuple[str, ...], group: asyncio.TaskGroup) -> None:
        for runner in self._runners.values():
            if runner.record.channel_id not in channels:
                runner.post(ev.HangupSeen(runner.now_ms(), "gone while the link was down"))
        if not self._is_recovered:
            self._is_recovered = True
            for adopted, text in await recover(self._ports, self._media_loop, self._tenants.parse, channels):
                self._cases.adopt(adopted.call)
                self._start(adopted, text, group)
        for call_id in leftovers(channels, bridges, self._runners):
            log.warning("sweeping what a crash left", call_id=call_id)
            await self._sweep(call_id)

    async def _sweep(self, call_id: CallId) -> None:
        try:
            await self._ports.telephony.release(call_id)
        except TelephonyError as error:
            log.warning("sweep refused", call_id=call_id, error=str(error))
