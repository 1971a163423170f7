"""The real shell between fakes, on virtual time, with seeded faults.

One world is a database, a PBX, models and a calendar that live on, and a controller that may be killed and
started again. Everything that goes wrong is drawn from the seed, so a failing seed fails again.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from agent.adapters.fake.data import FakeCalendar, FakeJournal, FakeOutbox, MemoryStore
from agent.adapters.fake.media import FakeMedia
from agent.adapters.fake.models import FakeReasoner, FakeTurnDetector, FakeVoiceActivity
from agent.adapters.fake.system import LoopClock, SeededEntropy
from agent.adapters.fake.telephony import FakeTelephony
from agent.call.state import Leg
from agent.evals.simulated_caller import LOUD, Microphone, SimulatedCaller
from agent.ports.data import OutboxJob
from agent.ports.models import ModelUnavailable
from agent.ports.telephony import ChannelArrived, ChannelDtmf, TelephonyEvent
from agent.shell.desk import Desk, Tenants
from agent.shell.runner import Runner
from agent.shell.world import Ports
from agent.values.ids import CallId, ChannelId
from agent.values.profile import AgentProfile
from agent.values.talk import ModelRequest, Transcript
from agent.values.work import Effect, ToolCall, ToolResult, ToolStatus

CLAUSE_MS = 60
LIFE_S = 240


@dataclass(frozen=True, slots=True)
class Faults:
    """What may go wrong, as chances per occasion. All zero: a fair day."""

    tool_slow: float = 0.0
    tool_lost: float = 0.0
    tool_fails: float = 0.0
    model_down: float = 0.0
    refused: float = 0.0
    crash: float = 0.0
    link_break: float = 0.0
    early_hangup: float = 0.0
    barge_in: float = 0.0
    silence: float = 0.0
    key_zero: float = 0.0
    commit_ms: float = 2.0
    outage: float = 0.0
    twice: float = 0.0
    late: float = 0.0
    redial: float = 0.0


STORMY = Faults(
    0.15, 0.1, 0.1, 0.1, 0.05, 0.2, 0.05, 0.15, 0.2, 0.1, 0.05, outage=0.1, twice=0.05, late=0.05, redial=0.7
)
LATE_S = 0.4


@dataclass(frozen=True, slots=True)
class Done:
    """One time that the calendar said DONE to a write, whatever became of the answer."""

    case_id: str
    tenant: str
    service: str
    start: str


class FaultyCalendar:
    """The calendar behind a network that is slow, loses answers, or breaks.

    The calendar itself forgives a write that is sent twice; here each is noted in ``World.done``, and one that is not
    in the books in ``World.uncommitted``.
    """

    def __init__(self, calendar: FakeCalendar, world: "World") -> None:
        self._calendar = calendar
        self._world = world
        self._chance = world.chance
        self._faults = world.faults

    async def run(self, tenant: str, call: ToolCall) -> ToolResult:
        """The port; what goes wrong is drawn anew for each attempt."""
        draw = self._chance.random()
        if draw < self._faults.tool_slow:
            await asyncio.sleep(self._chance.uniform(0.5, 9.0))
        if call.effect is Effect.WRITE and self._chance.random() < self._faults.tool_fails:
            return ToolResult(ToolStatus.FAILED, {"slots": []}, "closed")
        result = await self._calendar.run(tenant, call)
        if call.effect is Effect.WRITE:
            self._note(tenant, call, result)
        if call.effect is Effect.WRITE and self._chance.random() < self._faults.tool_lost:
            return ToolResult(ToolStatus.IN_DOUBT, {}, "no answer")
        return result

    async def ask(self, tenant: str, call: ToolCall) -> ToolResult:
        """The port; the question may be lost, too."""
        if self._chance.random() < self._faults.tool_lost:
            return ToolResult(ToolStatus.IN_DOUBT, {}, "no answer")
        return await self._calendar.ask(tenant, call)

    def _note(self, tenant: str, call: ToolCall, result: ToolResult) -> None:
        action = self._world.store.actions.get((tenant, call.key))
        if action is None:
            self._world.uncommitted.append(call.key)
        elif result.status is ToolStatus.DONE:
            made = call.arguments
            self._world.done.append(Done(action.case_id, tenant, made["service"], made["start"]))


class RepeatingOutbox(FakeOutbox):
    """Tells some results twice."""

    def __init__(self, world: "World") -> None:
        super().__init__(world.store, world.clock)
        self._world = world

    async def finish(self, job: OutboxJob, result: ToolResult) -> ToolResult:
        """The port."""
        stored = await super().finish(job, result)
        if self._world.chance.random() < self._world.faults.twice:
            self._tell_again(job.tenant, job.call.key)
        return stored


class CallersWords:
    """The recogniser: asks the caller of that stream what it said."""

    def __init__(self, world: "World") -> None:
        self._world = world

    async def transcribe(
        self,
        pcm: bytes,
        hints: str = "",  # noqa: ARG002
        is_final: bool = True,  # noqa: ARG002
        stream: str = "",
        language: str = "en",  # noqa: ARG002
    ) -> Transcript:
        """The port; the words are the caller's, when there was sound."""
        await asyncio.sleep(0.12)
        self._world.maybe_down()
        caller = self._world.callers.get(CallId(stream))
        return Transcript(caller.said if caller and LOUD[:64] in pcm else "")


class ShortSpeech:
    """The synthesiser: each clause lasts 60 ms, so that a simulated call is short."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def is_ready(self, text: str) -> bool:  # noqa: ARG002
        """The port."""
        return True

    async def prepare(self, texts: tuple[str, ...]) -> None:
        """The port."""

    async def stream(self, text: str) -> AsyncIterator[bytes]:
        """The port; silence of 60 ms."""
        self._world.maybe_down()
        if text:
            yield bytes(CLAUSE_MS * 32)


@dataclass(slots=True)
class World:
    """One seeded world. ``runners`` are all that were seen alive: their last states are compared with the journal."""

    seed: int
    faults: Faults
    tenants: Tenants
    chance: random.Random = field(init=False)
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: LoopClock = field(default_factory=LoopClock)
    telephony: FakeTelephony = field(default_factory=FakeTelephony)
    vad: FakeVoiceActivity = field(default_factory=FakeVoiceActivity)
    media: FakeMedia = field(init=False)
    calendar: FakeCalendar = field(init=False)
    callers: dict[CallId, SimulatedCaller] = field(default_factory=dict)
    runners: dict[CallId, Runner] = field(default_factory=dict)
    microphones: list[Microphone] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    uncommitted: list[str] = field(default_factory=list)
    crashes: int = 0
    is_calm: bool = False
    """Set when the calls are over: no further trouble, and what is under way is mended."""
    _desk: Desk | None = None
    _journal: FakeJournal | None = None
    _running: asyncio.Task[None] | None = None
    _entropy: SeededEntropy = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self._entropy = SeededEntropy(self.seed)
        self.media = FakeMedia(self._open_microphone)
        profiles: Mapping[str, AgentProfile] = {p.tenant: p for p in self.tenants.by_number.values()}
        # With several desks a booking that is made twice finds room twice; with one, callers take each other's slots.
        desks = ("desk",) if self.seed % 2 else ("desk", "second", "third")
        self.calendar = FakeCalendar(profiles, self.clock.wall, desks)
        self.telephony.delays_s = self._delays_s

    def _delays_s(self, event: TelephonyEvent) -> Iterable[float]:
        """A key that is told twice was pressed twice; anything else may be. What is late comes behind others."""
        first = self.chance.uniform(0.0, LATE_S) if self.chance.random() < self.faults.late else 0.0
        is_twice = not isinstance(event, ChannelDtmf) and self.chance.random() < self.faults.twice
        return (first, first + self.chance.uniform(0.0, LATE_S)) if is_twice else (first,)

    def _open_microphone(self, number: int) -> Iterator[bytes | None]:  # noqa: ARG002
        microphone = Microphone()
        self.microphones.append(microphone)
        return microphone.frames()

    def maybe_down(self) -> None:
        """A model breaks off now and then."""
        if self.chance.random() < self.faults.model_down / 10:
            raise ModelUnavailable("drawn")

    # The controller's life.

    def start_controller(self) -> None:
        """A fresh controller over what the world kept."""
        self._journal = FakeJournal(self.store, self.clock, self.faults.commit_ms)
        ports = Ports(
            clock=self.clock,
            entropy=self._entropy,
            journal=self._journal,
            outbox=RepeatingOutbox(self),
            backends=FaultyCalendar(self.calendar, self),
            telephony=self.telephony,
            media=self.media,
            vad=self.vad,
            turn_detector=FakeTurnDetector(),
            recogniser=CallersWords(self),
            reasoner=FakeReasoner(_parrot),
            synthesiser=ShortSpeech(self),
        )
        self._desk = Desk(ports, self.tenants, calls_max=8)
        self._running = asyncio.create_task(self._desk.run())

    async def kill_controller(self) -> None:
        """As kill -9: nothing is said goodbye to, nothing uncommitted survives."""
        self.crashes += 1
        assert self._journal is not None
        assert self._running is not None
        self._journal.crash()
        self.telephony.lose_controller()
        self._desk = None
        await self.stop_controller()
        self.vad.open_streams = 0
        for line in self.media.lines:
            line.close()

    async def stop_controller(self) -> None:
        """Cancel the controller's tasks; an error of theirs is the world's error."""
        assert self._running is not None
        self._running.cancel()
        await asyncio.wait([self._running])
        if not self._running.cancelled() and (error := self._running.exception()):
            raise error

    def check_alive(self) -> None:
        """Raise what ended the controller, if something did."""
        if self._running is not None and self._running.done() and not self._running.cancelled():
            self._running.result()
            raise RuntimeError("the controller ended by itself")

    def runner_of(self, channel_id: ChannelId) -> Runner | None:
        """The live runner of a channel; remembered, so that its last state can be compared with the journal."""
        for runner in self._desk.runners.values() if self._desk else ():
            if runner.record.channel_id == channel_id:
                self.runners[runner.record.call_id] = runner
                return runner
        return None

    def runners_of(self, channel_id: ChannelId) -> int:
        """How many runners think that they have this caller."""
        runners = self._desk.runners.values() if self._desk else ()
        return sum(r.record.channel_id == channel_id and r.call.leg is not Leg.ENDED for r in runners)

    def is_settled(self) -> bool:
        """Whether every call is closed, everything of it released, and no write under way or in doubt."""
        return (
            not (self._desk and self._desk.runners)
            and all(head.ended_at is not None for head in self.store.heads.values())
            and all(ask.is_settled for ask in self.store.asks.values())
            and not any(action.is_in_doubt for action in self.store.actions.values())
            and not self.telephony.media
        )

    def microphone_of(self, call_id: CallId) -> Microphone | None:
        """The microphone on the call's current line."""
        _, port = self.telephony.media.get(call_id, (None, None))
        for line, microphone in zip(self.media.lines, self.microphones, strict=True):
            if line.port == port and not line.is_closed:
                return microphone
        return None


def _parrot(request: ModelRequest) -> str:
    """A model without sense: the gates must hold whatever it says."""
    return "You are booked for Tuesday at nine for 20 dollars." if not request.grammar else '{"date":"next Tuesday"}'


def arrival(world: World, number: str, caller: str = "") -> ChannelArrived:
    """A caller on a shipped number, a new one unless told."""
    n = len(world.telephony.channels) + 1
    channel = ChannelArrived(
        ChannelId(f"1700000000.{n}"), caller or f"+1512555{n:04d}", "", number, f"sip-{world.seed}-{n}"
    )
    world.telephony.arrive(channel)
    return channel
