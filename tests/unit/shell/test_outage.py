"""Postgres goes away in the middle of a call: the caller is not left waiting for it. Real shell, virtual time."""

import asyncio

import pytest

from agent.call.codec import loads
from agent.call.replay import fold
from agent.call.state import Floor, Leg
from agent.values.caller import Outcome
from tests.unit.shell.story import BOUND_S, Story, told


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
