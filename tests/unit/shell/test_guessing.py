"""Work is prepared from a guess and nothing else comes of it: no entry, no write, no deed. Real shell, virtual time."""

import asyncio

import pytest

from agent.call import commands as cmd
from agent.shell.guess import Guess
from agent.values.talk import Utterance
from tests.unit.shell.story import Story, told

ASKED = "I'd like a check-up tomorrow at 2 p.m."


def traces(story: Story) -> tuple[object, ...]:
    """All that anybody outside the process could see of the call."""
    world = story.world
    return (
        story.runner.call,
        {call: len(entries) for call, entries in world.store.journal.items()},
        dict(world.store.actions),
        dict(world.store.asks),
        list(world.calendar.appointments),
        world.telephony.channels[story.channel.channel_id].owner,
        [deed for deed in world.telephony.done if deed[0] != "renew_lease"],
    )


def guessed(words: str) -> set[str]:
    """Guess ``words`` at the opening question, wait, and take it back; the kinds of commands that were guessed."""
    kinds: set[str] = set()

    async def story(story: Story) -> None:
        await story.listening()
        await asyncio.sleep(0.2)  # what was said so far is committed
        was = traces(story)
        utterance = Utterance("guess", 0, 600, words, 0.9)
        kinds.update(type(c).__name__ for c in Guess(story.runner.call, utterance, story.runner.now_ms()).commands)
        story.runner.guess(utterance)
        await asyncio.sleep(2)
        assert traces(story) == was
        story.runner.unguess()
        await asyncio.sleep(1)
        assert traces(story) == was
        await story.says("Could you transfer me to a person, please?")
        await story.until(lambda: story.owner == "dialplan")

    told(story)
    return kinds


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (ASKED, cmd.RunTool),
        ("I want to talk to a human.", cmd.Say),
        ("What kind of toothbrush would you recommend?", cmd.StartReply),
        ("No, thank you. Goodbye.", cmd.Say),
    ],
)
def test_nothing_comes_of_a_guess(words: str, kind: type) -> None:
    assert kind.__name__ in guessed(words)
