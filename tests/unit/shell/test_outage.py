"""Postgres goes away in the middle of a call: the caller is not left waiting for it. Real shell, virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from agent.adapters.fake.system import run_virtual
from agent.call.codec import loads
from agent.call.replay import fold
from agent.call.state import Floor, Leg
from agent.evals.simulated_caller import SimulatedCaller
from agent.evals.simulated_world import Faults, World, arrival
from agent.ports.telephony import ChannelArrived
from agent.setup.tenants import SHIPPED, read_tenants
from agent.values.caller import Outcome

DENTAL = "+15125550100"
BOUND_S = 3.5


class Story:
    """One caller in a fair world."""

    def __init__(self) -> None:
        self.world = World(1, Faults(), read_tenants(SHIPPED))
        self.world.start_controller()
        self.channel: ChannelArrived = arrival(self.world, DENTAL)

    @property
    def owner(self) -> str:
        return self.world.telephony.channels[self.channel.channel_id].owner

    @property
    def runner(self):
        return self.world.runner_of(self.channel.channel_id)

    async def until(self, is_so: Callable[[], bool], within_s: float = 30) -> None:
        async with asyncio.timeout(within_s):
            while not is_so():  # noqa: ASYNC110 (virtual time)
                await asyncio.sleep(0.001)

    async def listening(self) -> None:
        """The agent has said what it had to say."""
        await self.until(lambda: self.runner is not None and self.runner.call.leg is Leg.BRIDGED)
        await self.until(lambda: self.runner.call.floor is Floor.NOBODY)

    async def says(self, words: str) -> None:
        call_id = self.runner.record.call_id
        caller = self.world.callers.setdefault(call_id, SimulatedCaller(self.world.chance))
        microphone = self.world.microphone_of(call_id)
        assert microphone is not None
        caller.speak(microphone, words)
        await self.until(lambda: self.runner.call.latest is not None and self.runner.call.latest.text == words)

    async def goes_to_the_dialplan(self) -> None:
        await self.until(lambda: self.owner == "dialplan", BOUND_S)


def told(story: Callable[[Story], Awaitable[None]]) -> Story:
    """Run a story to its end, with Postgres back at last, and see that the books were closed."""

    async def live() -> Story:
        one = Story()
        await story(one)
        one.world.store.is_down = False
        await asyncio.sleep(30)
        one.world.check_alive()
        await one.world.stop_controller()
        return one

    return run_virtual(live())


async def _key_zero(story: Story) -> None:
    await story.listening()
    story.world.store.is_down = True
    story.world.telephony.press(story.channel.channel_id, "0")
    await story.goes_to_the_dialplan()


async def _a_look_at_the_calendar(story: Story) -> None:
    await story.listening()
    story.world.store.is_down = True
    await story.says("I would like to book a cleaning tomorrow at ten")
    await story.goes_to_the_dialplan()


async def _before_the_answer(story: Story) -> None:
    await story.until(lambda: bool(story.world.store.heads))
    story.world.store.is_down = True
    assert not story.world.telephony.channels[story.channel.channel_id].is_answered
    await story.goes_to_the_dialplan()


async def _before_the_arrival(story: Story) -> None:
    story.world.store.is_down = True
    await story.goes_to_the_dialplan()


@pytest.mark.parametrize("story", [_key_zero, _a_look_at_the_calendar, _before_the_answer, _before_the_arrival])
def test_whoever_waits_for_postgres_is_the_dialplans_within_the_bound(story) -> None:
    one = told(story)
    (head,) = one.world.store.heads.values()
    assert head.ended_at is not None
    assert head.outcome in (Outcome.ERROR, Outcome.TRANSFERRED)
    events = [loads(body) for _, body in sorted(one.world.store.journal[head.call_id].items())]
    state = fold(next(iter(one.world.tenants.by_number.values())), events)
    assert (state.leg, state.outcome, state.end_reason) == (Leg.ENDED, head.outcome, head.end_reason)
    assert not one.world.telephony.media
    assert all(line.is_closed for line in one.world.media.lines)
    assert one.world.vad.open_streams == 0


def test_questions_are_answered_while_postgres_is_away() -> None:
    async def story(story: Story) -> None:
        await story.listening()
        story.world.store.is_down = True
        await story.says("What are your opening hours?")
        await story.until(lambda: "open" in story.runner.call.reply.said.lower())
        await story.until(lambda: story.runner.call.floor is Floor.NOBODY)
        assert story.owner == "stasis"
        story.world.store.is_down = False
        await asyncio.sleep(1)
        story.world.telephony.lose(story.channel.channel_id)

    (head,) = told(story).world.store.heads.values()
    assert head.outcome is Outcome.ANSWERED


def test_a_goodbye_is_a_goodbye_while_postgres_is_away() -> None:
    """Whom we hang up on needs no journal: a restart would find the channel gone and close the books."""

    async def story(story: Story) -> None:
        await story.listening()
        story.world.store.is_down = True
        await story.says("Goodbye")
        await story.until(lambda: story.owner == "gone", 2 * BOUND_S)

    assert told(story)
