"""Two workers of a kind, one on another host: what is lost there goes on here, what returns is used again."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agent.adapters.fake.models import (
    FakeReasoner,
    FakeRecogniser,
    FakeSynthesiser,
    FakeTurnDetector,
    FakeVoiceActivity,
    tone,
)
from agent.adapters.fake.system import run_virtual
from agent.adapters.models.fallback import (
    LOOK_EVERY_S,
    STEADY_S,
    FallbackReasoner,
    FallbackRecogniser,
    FallbackSynthesiser,
    FallbackTurnDetector,
    FallbackVoiceActivity,
    Rung,
)
from agent.ports.models import ModelUnavailable
from agent.values.talk import ModelRequest, ModelTask

REQUEST = ModelRequest(ModelTask.ANSWER, "Be brief.", (("user", "Hello"),), max_tokens=4)
LOUD = tone(400)


class Told:
    """The steps that were told of."""

    def __init__(self) -> None:
        self.rung = Rung("stt")
        self.steps: list[bool] = []
        self.rung.told = lambda _kind, is_far: self.steps.append(is_far)


@pytest.fixture
def told() -> Told:
    return Told()


async def test_a_request_that_is_lost_far_is_answered_near(told: Told) -> None:
    far, near = FakeRecogniser(default="far"), FakeRecogniser(default="near")
    both = FallbackRecogniser(told.rung, far, near)
    assert (await both.transcribe(LOUD)).text == "far"
    far.is_down = True
    assert [(await both.transcribe(LOUD)).text for _ in range(2)] == ["near", "near"]
    assert len(far.hints) == 1, "once lost, it is not asked again"
    assert told.steps == [False]


async def test_what_both_refuse_is_no_loss(told: Told) -> None:
    far, near = FakeTurnDetector(), FakeTurnDetector()
    far.is_down = near.is_down = True
    with pytest.raises(ModelUnavailable):
        await FallbackTurnDetector(told.rung, far, near).complete(LOUD)
    assert told.steps == []


async def test_a_stream_that_came_down_stays_near_to_its_end(told: Told) -> None:
    far, near = FakeVoiceActivity(), FakeVoiceActivity()
    both = FallbackVoiceActivity(told.rung, far, near)
    stream = await both.open()
    assert await stream.score(LOUD[:1024]) == 1.0
    far.is_down = True
    assert await stream.score(LOUD[:1024]) == 1.0
    assert (far.open_streams, near.open_streams) == (0, 1)
    far.is_down, told.rung.is_far = False, True
    await stream.score(LOUD[:1024])
    assert (far.open_streams, near.open_streams) == (0, 1)
    await stream.close()
    assert near.open_streams == 0


class Breaks(FakeSynthesiser):
    """Speaks two pieces and breaks off."""

    async def stream(self, text: str) -> AsyncIterator[bytes]:  # type: ignore[override]
        count = 0
        async for piece in super().stream(text):
            if (count := count + 1) > 2:
                raise ModelUnavailable("broke off")
            yield piece


async def test_a_clause_that_breaks_off_goes_on_where_it_was(told: Told) -> None:
    whole = b"".join([piece async for piece in FakeSynthesiser().stream("Good morning to you.")])
    both = FallbackSynthesiser(told.rung, Breaks(), FakeSynthesiser())
    assert b"".join([piece async for piece in both.stream("Good morning to you.")]) == whole
    assert told.steps == [False]


async def test_fixed_phrases_do_not_leave_with_the_other_host(told: Told) -> None:
    far, near = FakeSynthesiser(), FakeSynthesiser()
    both = FallbackSynthesiser(told.rung, far, near)
    await both.prepare(("Goodbye.",))
    far.is_down = True
    assert both.is_ready("Goodbye.")
    assert [piece async for piece in both.stream("Goodbye.")]
    assert told.steps == [], "the far worker was not even asked"


async def _words(reasoner: FallbackReasoner) -> AsyncIterator[str]:
    """The reply's text, without what its prompt cost."""
    async for piece in reasoner.reply(REQUEST):
        if isinstance(piece, str):
            yield piece


async def test_a_reply_begins_anew_only_if_nothing_of_it_was_given(told: Told) -> None:
    far, near = FakeReasoner(lambda _: "far away words"), FakeReasoner(lambda _: "near")
    both = FallbackReasoner(told.rung, far, near)
    far.is_down = True
    assert [piece async for piece in _words(both)] == ["near "]
    far.is_down, told.rung.is_far = False, True
    pieces = _words(both)
    assert await anext(pieces) == "far "
    far.is_down = True
    with pytest.raises(ModelUnavailable):
        await anext(pieces)


async def test_both_read_a_prompt_ahead_and_a_lost_one_holds_up_nothing(told: Told) -> None:
    far, near = FakeReasoner(), FakeReasoner()
    both = FallbackReasoner(told.rung, far, near)
    await both.warm("one")
    far.is_down = True
    await both.warm("two")
    assert (far.warmed, near.warmed, told.steps) == (["one"], ["one", "two"], [False])


def test_it_steps_up_only_after_it_has_been_well_for_long() -> None:
    one = Told()
    well = [True]
    dropped: list[float] = []

    async def look() -> None:
        if not well[0]:
            raise ModelUnavailable("no reply within 1 s")

    async def story() -> None:
        loop = asyncio.get_running_loop()
        watching = asyncio.create_task(one.rung.watch(look, lambda: dropped.append(loop.time())))
        await asyncio.sleep(1)
        assert (one.steps, dropped) == ([], [])
        well[0] = False
        await asyncio.sleep(LOOK_EVERY_S)
        assert one.steps == [False]
        assert dropped, "whoever waits for it must not wait any longer"
        well[0] = True
        await asyncio.sleep(STEADY_S - 2)
        well[0] = False
        await asyncio.sleep(LOOK_EVERY_S)
        well[0] = True
        await asyncio.sleep(STEADY_S - 2)
        assert one.steps == [False], "it was gone in between"
        await asyncio.sleep(3)
        assert one.steps == [False, True]
        watching.cancel()

    run_virtual(story())
