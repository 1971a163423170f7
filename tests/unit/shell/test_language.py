"""A caller speaks Spanish: one sentence, then a person. Real shell, virtual time."""

from dataclasses import replace

import pytest

from agent.adapters.fake.system import run_virtual
from agent.call import events as ev
from agent.call.codec import loads
from agent.evals import simulated_world
from agent.evals.simulated_caller import SimulatedCaller
from agent.evals.simulated_world import CallersWords
from agent.values.audio import FRAME_MS
from agent.values.caller import Outcome
from agent.values.talk import Transcript
from tests.unit.shell.test_outage import Story

SENTENCE_MS = 1_600


class SpanishWords(CallersWords):
    """Hears the caller's language when it is asked for it, and only then."""

    async def transcribe(
        self, pcm: bytes, hints: str = "", is_final: bool = True, stream: str = "", language: str = "en"
    ) -> Transcript:
        heard = await super().transcribe(pcm, hints, is_final, stream, language)
        return replace(heard, language="es", language_prob=0.98) if heard.text and not language else heard


def test_who_speaks_spanish_is_told_so_and_put_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated_world, "CallersWords", SpanishWords)

    async def live() -> Story:
        one = Story()
        await one.listening()
        call_id = one.runner.record.call_id
        caller = one.world.callers.setdefault(call_id, SimulatedCaller(one.world.chance))
        microphone = one.world.microphone_of(call_id)
        assert microphone is not None
        caller.speak(microphone, "Quisiera pedir una cita para mañana por la mañana")
        microphone.loud_ticks = SENTENCE_MS // FRAME_MS
        await one.until(lambda: one.owner == "dialplan")
        await one.until(lambda: one.runner is None)
        await one.world.stop_controller()
        return one

    one = run_virtual(live())
    (head,) = one.world.store.heads.values()
    assert head.outcome is Outcome.TRANSFERRED
    events = [loads(body) for _, body in sorted(one.world.store.journal[head.call_id].items())]
    said = [e.text for e in events if isinstance(e, ev.PlayoutStarted)]
    profile = next(iter(one.world.tenants.by_number.values()))
    assert said[-1] == profile.phrases["language"]
    assert len([e for e in events if isinstance(e, ev.TurnEnded)]) == 1, "the caller was understood the first time"
