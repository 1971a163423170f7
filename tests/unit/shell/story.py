"""One caller's story in a simulated world, told step by step: the real shell between fakes, on virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

from agent.adapters.fake.system import run_virtual
from agent.call.state import Floor, Leg
from agent.evals.simulated_caller import SimulatedCaller
from agent.evals.simulated_world import Faults, World, arrival
from agent.ports.telephony import ChannelArrived
from agent.setup.tenants import SHIPPED, read_tenants

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
