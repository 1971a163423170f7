"""The recogniser is another host's: it is lost and comes back during one call. Real shell, virtual time."""

import asyncio
import itertools

import pytest

from agent.adapters.fake.system import run_virtual
from agent.adapters.models.fallback import STEADY_S, FallbackRecogniser, Rung
from agent.call import events as ev
from agent.call.codec import loads
from agent.evals import simulated_world
from agent.evals.simulated_world import CallersWords, World
from agent.ports.models import ModelUnavailable
from agent.values.talk import Transcript
from tests.unit.shell.test_outage import Story

QUESTIONS = (
    "What are your opening hours?",
    "How much is a filling?",
    "How long does a check-up take?",
    "Where can I park?",
    "What is your address?",
    "How much is a cleaning?",
    "How long does a filling take?",
    "What services do you offer?",
    "How much is a check-up?",
    "How long does a cleaning take?",
)


class FarWords(CallersWords):
    """The recogniser of a host that can be taken away."""

    is_down = False

    async def look(self) -> None:
        if self.is_down:
            raise ModelUnavailable("no reply within 1 s")

    async def transcribe(self, *args: object, **keys: object) -> Transcript:
        await self.look()
        return await super().transcribe(*args, **keys)  # type: ignore[arg-type]


class Host:
    """Stands in for the world's recogniser: the far one, with a near one to fall back on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rung = Rung("stt")
        monkeypatch.setattr(simulated_world, "CallersWords", self._recogniser)

    def _recogniser(self, world: World) -> FallbackRecogniser:
        self.far = FarWords(world)
        return FallbackRecogniser(self.rung, self.far, CallersWords(world))


def test_a_call_goes_on_through_loss_and_return(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch)

    async def live() -> Story:
        one = Story()
        desk = one.world._desk
        assert desk is not None
        host.rung.told = lambda kind, is_far: desk.tell_all(lambda at_ms: ev.ModelStepped(at_ms, kind, is_far))
        watching = asyncio.create_task(host.rung.watch(host.far.look, lambda: None))
        asked = itertools.cycle(QUESTIONS)

        async def ask_again() -> None:
            await one.listening()
            await asyncio.sleep(6)
            await one.says(next(asked))

        for is_down in (False, True):
            host.far.is_down = is_down
            await ask_again()
            await ask_again()
        host.far.is_down = False
        async with asyncio.timeout(2 * STEADY_S):
            while not host.rung.is_far:
                await ask_again()
        await ask_again()
        one.world.telephony.lose(one.channel.channel_id)
        await asyncio.sleep(30)
        watching.cancel()
        one.world.check_alive()
        await one.world.stop_controller()
        return one

    one = run_virtual(live())
    (head,) = one.world.store.heads.values()
    events = [loads(body) for _, body in sorted(one.world.store.journal[head.call_id].items())]
    stepped = [e for e in events if isinstance(e, ev.ModelStepped)]
    assert [(e.model, e.is_far) for e in stepped] == [("stt", False), ("stt", True)]
    assert stepped[1].at_ms - stepped[0].at_ms >= STEADY_S * 1000
    assert all(e.utterance.text for e in events if isinstance(e, ev.TurnEnded)), "every turn was heard"
