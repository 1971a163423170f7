"""Simulated calls by the thousand: the real machine and shell, fakes outside, virtual time, seeded faults.

While a world lives, and after it, those of the ten invariants of docs/architecture.md are checked that it can show;
the first broken one is raised with the seed that breaks it again.
"""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

from agent.adapters.fake.system import run_virtual
from agent.call.codec import loads
from agent.call.events import Event, PlayoutStarted, ToolSucceeded
from agent.call.replay import fold
from agent.call.state import NO_TURN, Floor, Leg
from agent.evals.simulated_caller import SimulatedCaller
from agent.evals.simulated_world import LIFE_S, Faults, World, arrival
from agent.ports.telephony import ChannelArrived
from agent.shell.desk import Tenants
from agent.values.ids import CallId, ChannelId

LOOK_S = 0.1
GAP_S = 3.5
SETTLED_WITHIN_S = 90
RESTART_S = (0.3, 6.0)
REDIAL_S = (0.2, 12.0)
OUTAGE_S = (0.2, 12.0)
BOOKED = ("you are booked",)


class InvariantBroken(AssertionError):
    """Says which invariant, in which world."""


@dataclass(slots=True)
class Tally:
    """What a run of worlds came to."""

    calls: int = 0
    crashes: int = 0
    bookings: int = 0
    resumed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


def simulate(tenants: Tenants, seeds: range, faults: Faults, calls_each: int = 2) -> Tally:
    """Run a world per seed. Raises InvariantBroken."""
    tally = Tally()
    for seed in seeds:
        try:
            world = run_virtual(_live(tenants, seed, faults, calls_each))
        except InvariantBroken:
            raise
        except Exception as error:
            raise InvariantBroken(f"world {seed}: {type(error).__name__}: {error}") from error
        check(world)
        tally.calls += len(world.store.heads)
        tally.crashes += world.crashes
        tally.bookings += len(world.calendar.appointments)
        tally.resumed += len(world.store.heads) - len({head.case_id for head in world.store.heads.values()})
        tally.outcomes.update((h.outcome.value if h.outcome else "open") for h in world.store.heads.values())
    return tally


async def _live(tenants: Tenants, seed: int, faults: Faults, calls_each: int) -> World:
    world = World(seed, faults, tenants)
    world.start_controller()
    number = world.chance.choice(sorted(tenants.by_number))
    callers = [asyncio.create_task(_call(world, arrival(world, number))) for _ in range(calls_each)]
    troubles = asyncio.create_task(_trouble(world))
    try:
        async with asyncio.timeout(LIFE_S):
            await asyncio.gather(*callers)
        world.is_calm = True
        await troubles
    except TimeoutError:
        raise InvariantBroken(f"world {seed}: a call did not end within {LIFE_S} s") from None
    finally:
        for task in (troubles, *callers):
            task.cancel()
        await asyncio.gather(troubles, *callers, return_exceptions=True)
    await _settled(world)
    world.check_alive()
    await world.stop_controller()
    return world


async def _settled(world: World) -> None:
    """Writes under way land, what a crash left is swept; what is not done in time is found by the checks."""
    give_up = asyncio.get_running_loop().time() + SETTLED_WITHIN_S
    while not world.is_settled() and asyncio.get_running_loop().time() < give_up:  # noqa: ASYNC110 (virtual time)
        await asyncio.sleep(0.5)
    await asyncio.sleep(0.5)


async def _trouble(world: World) -> None:
    """Crashes, broken links and outages of the database, one chance a second."""
    while not world.is_calm:
        await asyncio.sleep(world.chance.uniform(0.0, 2.0))
        world.check_alive()
        if world.chance.random() < world.faults.crash / 10:
            await _moment(world)
            await world.kill_controller()
            await asyncio.sleep(world.chance.uniform(*RESTART_S))
            world.telephony.restore_link()
            world.start_controller()
        elif world.chance.random() < world.faults.link_break / 10:
            world.telephony.break_link()
            await asyncio.sleep(world.chance.uniform(0.1, 1.0))
            world.telephony.restore_link()
        elif world.chance.random() < world.faults.outage / 10:
            world.store.is_down = True
            await asyncio.sleep(world.chance.uniform(*OUTAGE_S))
            world.store.is_down = False
        elif world.chance.random() < world.faults.refused / 10:
            operation = world.chance.choice(("answer", "open_media", "hand_over", "release", "renew_lease"))
            world.telephony.refusals[operation] = "drawn"


async def _moment(world: World) -> None:
    """When to crash: now, or as soon as something is committed; and between any two steps of what goes on then."""
    if world.chance.random() < 0.5:
        committed = sum(map(len, world.store.journal.values()))
        for _ in range(500):
            if sum(map(len, world.store.journal.values())) != committed:
                break
            await asyncio.sleep(0.002)
    for _ in range(world.chance.randrange(8)):
        await asyncio.sleep(0)


async def _call(world: World, channel: ChannelArrived, before: SimulatedCaller | None = None) -> None:
    """One caller's life: speaks when the agent is silent, until the channel is gone from Stasis.

    Who hangs up early may ring again, once: the same person, as in the call ``before``.
    """
    chance = random.Random(world.chance.random())
    caller = SimulatedCaller(chance, name=before.name if before else "")
    hangs_up_after = chance.uniform(0.5, 20.0) if chance.random() < world.faults.early_hangup else LIFE_S
    stays_silent = chance.random() < world.faults.silence
    waited, service = 0.0, Service(world, channel.channel_id)
    while world.telephony.channels[channel.channel_id].owner == "stasis":
        await asyncio.sleep(LOOK_S)
        waited += LOOK_S
        service.look()
        if waited > hangs_up_after:
            world.telephony.lose(channel.channel_id)
        elif not stays_silent:
            _act(world, channel.channel_id, caller)
    if waited > hangs_up_after and before is None and chance.random() < world.faults.redial:
        await asyncio.sleep(chance.uniform(*REDIAL_S))
        await _call(world, arrival(world, channel.dialled, channel.caller_number), caller)
    if world.telephony.channels[channel.channel_id].owner == "dialplan":
        await asyncio.sleep(1.0)
        world.telephony.lose(channel.channel_id)


def _act(world: World, channel_id: ChannelId, caller: SimulatedCaller) -> None:
    runner = world.runner_of(channel_id)
    if runner is None:
        return
    call_id = runner.record.call_id
    world.callers[call_id] = caller
    microphone = world.microphone_of(call_id)
    if microphone is None or microphone.loud_ticks or runner.call.leg is not Leg.BRIDGED:
        return
    call = runner.call
    if caller.chance.random() < world.faults.key_zero / 20:
        world.telephony.press(channel_id, "0")
    elif call.floor is Floor.NOBODY and call.turns and caller.is_answered != f"{call.turns}":
        caller.is_answered = f"{call.turns}"
        if keys := caller.keys(call.reply.said):
            for digit in keys:
                world.telephony.press(channel_id, digit)
            return
        caller.speak(microphone, caller.answer(call.reply.said))
    elif call.floor in (Floor.AGENT, Floor.THINKING) and caller.chance.random() < world.faults.barge_in / 20:
        caller.speak(microphone, caller.chance.choice(("wait, I mean Thursday", "mm-hm", "stop please")))


class Service:
    """One caller's claim, looked at again and again: one owner, and never left alone for longer than GAP_S.

    There are two ways to be left: to have nobody, and to wait for words of ours. Each is a fault's of its own, and
    counted by itself. Whoever has the floor, or may take it, is not kept waiting.
    """

    def __init__(self, world: World, channel_id: ChannelId) -> None:
        self._world = world
        self._channel_id = channel_id
        self._heard = NO_TURN
        self._how = ""
        self._since_s = asyncio.get_running_loop().time()

    def look(self) -> None:
        """Raises InvariantBroken."""
        world, now_s = self._world, asyncio.get_running_loop().time()
        _require(world.runners_of(self._channel_id) <= 1, world, f"{self._channel_id} has two runners")
        how = self._left()
        if not how or how != self._how:
            self._how, self._since_s = how, now_s
        gap_s = now_s - self._since_s
        _require(gap_s <= GAP_S + LOOK_S, world, f"{self._channel_id} was left {how} for {gap_s:.1f} s")

    def _left(self) -> str:
        channel = self._world.telephony.channels[self._channel_id]
        if not channel.is_answered or channel.owner != "stasis":
            return ""  # it rings, or the dialplan has it
        runner = self._world.runner_of(self._channel_id)
        if runner is None or runner.call.leg is not Leg.BRIDGED:
            return "alone"
        call = runner.call
        if call.reply.began_ms is not None and call.reply.turn_id != self._heard:
            self._heard = call.reply.turn_id
            return ""
        microphone = self._world.microphone_of(runner.record.call_id)
        is_speaking = microphone is not None and microphone.loud_ticks > 0
        is_owed = call.floor in (Floor.THINKING, Floor.AGENT) or call.pending() or call.reply.request is not None
        return "waiting" if is_owed and not is_speaking else ""


def check(world: World) -> None:
    """Every invariant that a finished world can show."""
    _nothing_left(world)
    _one_effect_per_wish(world)
    _no_write_is_lost(world)
    for call_id in world.store.heads:
        events = [loads(body) for _, body in sorted(world.store.journal.get(call_id, {}).items())]
        _said_only_what_is_committed(world, call_id, events)
        _replay_is_the_state(world, call_id, events)


def _require(is_true: bool, world: World, what: str) -> None:
    if not is_true:
        raise InvariantBroken(f"world {world.seed}: {what}")


def _nothing_left(world: World) -> None:
    """Invariant 9: every channel, bridge, port and stream is released, every call's books are closed."""
    owners = {c.owner for c in world.telephony.channels.values()}
    _require(owners <= {"gone"}, world, f"channels are left: {owners}")
    _require(not world.telephony.media, world, f"media channels are left: {list(world.telephony.media)}")
    _require(all(line.is_closed for line in world.media.lines), world, "a media port is left open")
    _require(world.vad.open_streams == 0, world, f"{world.vad.open_streams} VAD streams are left")
    open_calls = [h.call_id for h in world.store.heads.values() if h.ended_at is None]
    _require(not open_calls, world, f"calls are left open: {open_calls}")


def _one_effect_per_wish(world: World) -> None:
    """Invariants 3 and 4: what a case wants is carried out once, whatever its key, and only when it is committed."""
    twice = [done for done, n in Counter(world.done).items() if n > 1]
    _require(not twice, world, f"an effect happened twice: {twice}")
    _require(not world.uncommitted, world, f"a write was sent before it was committed: {world.uncommitted}")


def _no_write_is_lost(world: World) -> None:
    """Invariants 6 and 8: each write that was committed came to an end, for the tenant of its call and no other."""
    lost = [ask.call.id for ask in world.store.asks.values() if not ask.is_settled]
    _require(not lost, world, f"writes were never finished: {lost}")
    for done in world.done:
        tenants = {head.tenant for head in world.store.heads.values() if head.case_id == done.case_id}
        _require(tenants == {done.tenant}, world, f"{done} is of another tenant than its call: {tenants}")


def _said_only_what_is_committed(world: World, call_id: CallId, events: list[Event]) -> None:
    """Invariants 4 and 5: "booked" is said only after a success that is committed, of an appointment that is there."""
    has_success = False
    for event in events:
        has_success |= isinstance(event, ToolSucceeded) and "appointment_id" in event.value
        if isinstance(event, PlayoutStarted) and any(words in event.text.lower() for words in BOOKED):
            _require(has_success, world, f"{call_id} was told {event.text!r} before it was true")
            _require(bool(world.calendar.appointments), world, f"{call_id} was told of an appointment that is none")


def _replay_is_the_state(world: World, call_id: CallId, events: list[Event]) -> None:
    """Invariants 9 and 10: the journal folds to the state the runner had, and to an end."""
    runner = world.runners.get(call_id)
    if runner is None or not events:
        return
    profile = runner.call.profile
    state = fold(profile, events)
    if world.crashes == 0:
        _require(state == runner.call, world, f"{call_id}: the journal folds to another state")
    _require(state.leg is Leg.ENDED, world, f"{call_id} did not end: {state.leg}")
