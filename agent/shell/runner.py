"""One call's life: one queue, one ``step``, one task group.

Order of things for each event: step → journal (queued, never awaited here) → speech commands at once →
durable commands when the event is committed. The caller's silence never waits for Postgres.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import structlog

from agent.call import events as ev
from agent.call.case import left_open
from agent.call.commands import DURABLE, CloseCase, Command, JoinCase, RunTool, Transfer
from agent.call.machine import step
from agent.call.state import Call, Leg
from agent.call.tables import IllegalTransition
from agent.ports import Entry, Line
from agent.ports.telephony import TelephonyError
from agent.shell.ahead import Ahead
from agent.shell.cases import Cases
from agent.shell.ear import Ear, EarPorts
from agent.shell.guess import Guess
from agent.shell.hearing import Hearing
from agent.shell.lanes import DurableLane
from agent.shell.media_loop import LineTick, MediaLoop
from agent.shell.mouth import Mouth
from agent.shell.perform import Perform, Speech
from agent.shell.serial import SerialEar
from agent.shell.timers import Timers
from agent.shell.watch import Stopwatch
from agent.shell.world import Ports
from agent.shell.writing import Piece, written
from agent.speech.patience import EndpointSettings
from agent.values.caller import CallRecord, Outcome
from agent.values.case import OpenCase
from agent.values.ids import ChannelId
from agent.values.profile import AgentProfile
from agent.values.talk import ModelRequest, Utterance
from agent.values.work import Effect

log = structlog.get_logger()

LEASE_S = 3
LEASE_EVERY_MS = 1_000
INSIST_MS = (100, 500, 2_000)
WRITES_LAND_MS = 15_000
"""How long an ended call waits for a write under way, before the outbox alone keeps it."""


class Runner:
    """Runs one call from its arrival, or from a recovered state, to its release."""

    def __init__(
        self, ports: Ports, media_loop: MediaLoop, record: CallRecord, profile: AgentProfile, recovered: Call | None
    ) -> None:
        self._ports = ports
        self._media_loop = media_loop
        self.record = record
        self.call = recovered or Call(profile)
        self._profile = profile
        self._queue: asyncio.Queue[ev.Event] = asyncio.Queue()
        self._origin_ms = ports.clock.now_ms()
        self._seq = 0
        self._left: OpenCase | None = None
        self._watch = Stopwatch()
        self._line: Line | None = None
        self._perform: Perform | None = None

    def resume_at(self, seq: int, at_ms: int) -> None:
        """Go on after the ``seq``-th journal entry, whose time was ``at_ms``."""
        self._seq = seq
        self._origin_ms = self._ports.clock.now_ms() - at_ms

    def now_ms(self) -> int:
        """The call's own time."""
        return int(self._ports.clock.now_ms() - self._origin_ms)

    def post(self, event: ev.Event) -> None:
        """Put an event into the call's queue."""
        self._queue.put_nowait(event)

    async def run(self, profile_text: str, cases: Cases) -> None:
        """Live the call. Whatever breaks in here, the caller goes to a human: the dialplan's queue."""
        try:
            await self._live(profile_text, cases)
        except Exception as error:
            log.exception("call broke; handing the caller to the dialplan", call_id=self.record.call_id)
            await self._abandon(_kind(error))

    async def _live(self, profile_text: str, cases: Cases) -> None:
        if self._seq == 0:
            await self._ports.journal.open_call(self.record, profile_text)
            self.post(self._arrival(await cases.of(self.record, self._profile)))
        async with asyncio.TaskGroup() as group:
            perform = self._assemble(group)
            lane = DurableLane(perform.durable, self._refused)
            tasks = [
                group.create_task(lane.run((TelephonyError, OSError))),
                group.create_task(perform.ear.run()),
                group.create_task(perform.mouth.run()),
                group.create_task(self._keep_lease()),
            ]
            while self.call.leg is not Leg.ENDED:
                self._handle(await self._queue.get(), perform, lane)
            self._leave_case()
            cases.over(self.record.call_id)
            await lane.drained()
            perform.cancel_all()
            for task in tasks[1:]:
                task.cancel()
            await self._release()
            await self._let_writes_land(perform, lane)
            self._leave_case()
            tasks[0].cancel()
        await self._close()

    def _arrival(self, open_cases: tuple[OpenCase, ...]) -> ev.CallArrived:
        local = self.record.started_at.astimezone(ZoneInfo(self._profile.timezone))
        return ev.CallArrived(
            0,
            self.record.call_id,
            self.record.case_id,
            self.record.tenant,
            self.record.caller.number,
            self.record.dialled,
            local.isoformat(timespec="seconds"),
            self._profile.sha,
            open_cases,
        )

    def _assemble(self, group: asyncio.TaskGroup) -> Perform:
        p = self._ports
        listening = EarPorts(p.clock, p.vad, p.recogniser, p.turn_detector)
        patience = EndpointSettings(scale=self._profile.patience.turn_end_percent / 100)
        ear: Hearing = (
            SerialEar(listening, self.record.call_id, self, self._watch)
            if p.is_serial
            else Ear(listening, self.record.call_id, self, self._watch, patience)
        )
        voice = Ahead(p.synthesiser.stream, group)
        replies: Ahead[ModelRequest, Piece] = Ahead(lambda r: written(p.reasoner, r, self.record.call_id), group)
        mouth = Mouth(voice.stream, self.now_ms, self.post, self._watch, is_whole=p.is_serial)
        speech = Speech(mouth, self._watch, voice, replies, is_streamed=not p.is_serial)
        timers = Timers(p.clock, group, lambda name: self.post(ev.TimerFired(self.now_ms(), name)))
        self._perform = Perform(p, self, ear, speech, timers, group)
        return self._perform

    def guess(self, utterance: Utterance) -> None:
        """The turn may be over with these words: prepare what would follow. Nothing is decided, nothing is kept."""
        if self._perform is not None:
            self._perform.ahead(Guess(self.call, utterance, self.now_ms()))

    def unguess(self) -> None:
        """The caller goes on."""
        if self._perform is not None:
            self._perform.ahead(None)

    def connect(self, line: Line, mouth: Mouth, ear: Hearing) -> None:
        """Begin to exchange audio on a line; an older one is closed."""
        if self._line is not None:
            self._line.close()
        self._line = line
        self._watch.intake_ms = lambda: line.stats().get("delay_ms", 0)
        self._media_loop.add(self.record.call_id, LineTick(line, mouth, ear, self._media_lost, self._sound_changed))

    def _media_lost(self, quiet_ms: int) -> None:
        self.post(ev.MediaLost(self.now_ms(), f"no RTP for {quiet_ms} ms"))

    def _sound_changed(self, is_present: bool) -> None:
        self.post(ev.SoundChanged(self.now_ms(), is_present))

    async def _let_writes_land(self, perform: Perform, lane: DurableLane) -> None:
        """The caller has gone, a write may be under way: its result still belongs to the call's record."""
        deadline = self._ports.clock.now_ms() + WRITES_LAND_MS
        while self.call.pending():
            left_s = (deadline - self._ports.clock.now_ms()) / 1000
            try:
                event = await asyncio.wait_for(self._queue.get(), max(0.0, left_s))
            except TimeoutError:
                return
            self._handle(event, perform, lane)

    def _handle(self, event: ev.Event, perform: Perform, lane: DurableLane) -> None:
        try:
            self.call, commands = step(self.call, event)
        except IllegalTransition as illegal:
            log.error("illegal transition", call_id=self.record.call_id, error=str(illegal))
            event = ev.CommandFailed(self.now_ms(), "step", str(illegal))
            self.call, commands = step(self.call, event)
        committed = self._journal(event, commands)
        for command in commands:
            if isinstance(command, DURABLE):
                lane.put(asyncio.shield(committed), command)
            else:
                perform.at_once(command)

    def _journal(self, event: ev.Event, commands: tuple[Command, ...] = ()) -> asyncio.Future[None]:
        """Queue the event, and with it the writes it causes; done when they are committed.

        Which case the call goes on with is queued before it: the writes belong to that case.
        """
        for command in commands:
            self._follow_case(command)
        self._seq += 1
        writes = [c.call for c in commands if isinstance(c, RunTool) and c.call.effect is Effect.WRITE]
        return asyncio.ensure_future(self._ports.journal.append(self.record.call_id, Entry(self._seq, event), writes))

    def _follow_case(self, command: Command) -> None:
        journal, call_id = self._ports.journal, self.record.call_id
        if isinstance(command, JoinCase):
            self.record = replace(self.record, case_id=command.case_id)
            journal.join_case(call_id, command.case_id)
        elif isinstance(command, CloseCase):
            journal.close_case(call_id, command.case_id)

    def _leave_case(self) -> None:
        """What is unfinished is kept for the caller's next call; once more when a write landed meanwhile."""
        left = left_open(self.call)
        if left != self._left:
            self._left = left
            now = self._ports.clock.wall()
            self._ports.journal.leave_case(self.record.call_id, self.call.case_id, left, now)

    def _refused(self, command: Command, error: Exception) -> None:
        log.warning("refused", call_id=self.record.call_id, command=type(command).__name__, error=str(error))
        if isinstance(command, Transfer):
            self.post(ev.TransferFailed(self.now_ms(), command.destination, str(error)))
        else:
            self.post(ev.CommandFailed(self.now_ms(), type(command).__name__, str(error)))

    async def _keep_lease(self) -> None:
        """While we are alive and the call is ours, the dialplan's timer never runs out."""
        channel = ChannelId(self.record.channel_id)
        while self.call.leg is not Leg.ENDED:
            if self.call.leg is not Leg.TRANSFERRING:
                try:
                    await self._ports.telephony.renew_lease(channel, LEASE_S)
                except TelephonyError as error:
                    log.warning("lease not renewed", call_id=self.record.call_id, error=str(error))
            await self._ports.clock.sleep(LEASE_EVERY_MS)

    async def _release(self) -> None:
        """Leave nothing behind: tick, port, media channel, bridge."""
        self._media_loop.remove(self.record.call_id)
        if self._line is not None:
            self._line.close()
        await self._insist(lambda: self._ports.telephony.release(self.record.call_id))

    async def _close(self) -> None:
        """The record says how it ended."""
        self.record = replace(
            self.record,
            outcome=self.call.outcome or Outcome.ERROR,
            end_reason=self.call.end_reason,
            ended_at=self._ports.clock.wall(),
        )
        await self._ports.journal.close_call(self.record)
        log.info("call closed", call_id=self.record.call_id, outcome=self.record.outcome)

    async def _abandon(self, error: str) -> None:
        """We broke: give the caller to the dialplan and close the books as far as they can be."""
        telephony, channel = self._ports.telephony, ChannelId(self.record.channel_id)
        if self.call.leg is not Leg.ENDED:
            await self._insist(lambda: telephony.hand_over(channel, self._profile.queue))
        broke = ev.CallBroke(self.now_ms(), error)
        self.call, _ = step(self.call, broke)
        self._journal(broke)
        self._leave_case()
        await self._release()
        await self._close()

    async def _insist(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Clean-up is tried again: what a refusal leaves behind nobody else would take away before the next start."""
        for pause_ms in INSIST_MS:
            try:
                await attempt()
            except TelephonyError as error:
                log.warning("clean-up refused", call_id=self.record.call_id, error=str(error))
                await self._ports.clock.sleep(pause_ms)
            else:
                return


def _kind(error: BaseException) -> str:
    """The class of what broke, the first within a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return type(error).__name__
