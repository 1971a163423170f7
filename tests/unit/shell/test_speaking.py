"""The mouth on a turn that is still being written, a whole reply of the serial agent, and what a guess prepares."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from agent.adapters.fake.models import FakeReasoner, FakeSynthesiser
from agent.adapters.fake.system import run_virtual
from agent.call import events as ev
from agent.call.commands import Say, StartReply
from agent.call.state import Call
from agent.shell.guess import Guess
from agent.shell.mouth import Mouth
from agent.shell.watch import Stopwatch
from agent.shell.writing import written
from agent.values.ids import TurnId
from agent.values.talk import Clause, ModelRequest, ModelTask, PromptUse, Utterance
from tests.unit.call.rig import Machine, spoken

TURN = TurnId("t1")
ANSWER = ModelRequest(ModelTask.ANSWER, "You answer.", (("user", "When?"),))


def clauses(*texts: str) -> tuple[Clause, ...]:
    return tuple(Clause(text) for text in texts)


class Speaking:
    """A mouth with a fake voice; ``events`` are what it told."""

    def __init__(self, is_whole: bool = False) -> None:
        self.voice = FakeSynthesiser()
        self.events: list[ev.Event] = []
        self.mouth = Mouth(self.voice.stream, lambda: 0, self.events.append, Stopwatch(), is_whole)

    def play(self) -> None:
        """Pop until nothing is queued."""
        while self.mouth.playout.queued_ms:
            self.mouth.pop()
        self.mouth.pop()


def speaking(story: Callable[[Speaking], Coroutine[Any, Any, None]], is_whole: bool = False) -> Speaking:
    async def run() -> Speaking:
        made = Speaking(is_whole)
        running = asyncio.ensure_future(made.mouth.run())
        await story(made)
        running.cancel()
        return made

    return run_virtual(run())


def test_an_open_turn_is_over_when_its_last_part_was_played() -> None:
    async def story(made: Speaking) -> None:
        made.mouth.say(Say(TURN, clauses("Well,"), "model", has_more=True))
        await asyncio.sleep(1)
        made.play()
        assert [type(event).__name__ for event in made.events] == ["PlayoutStarted"]
        made.mouth.say(Say(TURN, clauses("yes."), "model"))
        await asyncio.sleep(1)
        made.play()

    made = speaking(story)
    assert made.voice.spoken == ["Well,", "yes."]
    assert made.events[-1] == ev.PlayoutFinished(0, TURN)
    assert sum(isinstance(event, ev.PlayoutStarted) for event in made.events) == 1


def test_an_open_turn_may_end_without_more_words() -> None:
    async def story(made: Speaking) -> None:
        made.mouth.say(Say(TURN, clauses("Well."), "model", has_more=True))
        made.mouth.say(Say(TURN, (), "model"))
        await asyncio.sleep(1)
        made.play()

    assert speaking(story).events[-1] == ev.PlayoutFinished(0, TURN)


def test_after_a_stop_the_next_turn_begins_anew() -> None:
    async def story(made: Speaking) -> None:
        made.mouth.say(Say(TURN, clauses("Well,"), "model", has_more=True))
        await asyncio.sleep(1)
        made.mouth.pop()
        made.mouth.stop()
        made.mouth.say(Say(TurnId("t2"), clauses("Sorry."), "rule"))
        await asyncio.sleep(1)
        made.play()

    told = [type(event).__name__ for event in speaking(story).events]
    assert told == ["PlayoutStarted", "PlayoutStopped", "PlayoutStarted", "PlayoutFinished"]


def test_the_serial_agent_synthesises_a_reply_as_one_text() -> None:
    async def story(made: Speaking) -> None:
        made.mouth.say(Say(TURN, clauses("We open at eight.", "Anything else?"), "rule"))
        await asyncio.sleep(1)

    assert speaking(story, is_whole=True).voice.spoken == ["We open at eight. Anything else?"]


def pieces_of(reasoner: FakeReasoner, request: ModelRequest) -> list[Any]:
    async def run() -> list[Any]:
        return [piece async for piece in written(reasoner, request, "call-1")]

    return run_virtual(run())


def test_an_answer_comes_in_clauses_and_marked_words_come_whole() -> None:
    text = "Yes, of course, there is parking behind the house. It is free."
    said = pieces_of(FakeReasoner(lambda _: text), ANSWER)
    assert said[0] == PromptUse(0, 3)
    assert said[1:] == ["Yes, of course,", "there is parking behind the house.", "It is free."]
    spans = ModelRequest(ModelTask.SPANS, "", (("user", "I'm Anna"),), 'root ::= "a"')
    said = pieces_of(FakeReasoner(lambda _: '{"name":"Anna Lee, please."}'), spans)
    assert said[1:] == ['{"name":"Anna Lee, please."} ']


def guess(machine: Machine, text: str) -> tuple[Call, Guess]:
    machine.starts()
    machine.ends()
    return machine.call, Guess(machine.call, Utterance("guess", 0, 600, text, 0.9), machine.at_ms)


def test_a_guess_goes_on_with_what_the_model_writes_and_leaves_no_trace() -> None:
    machine = Machine().greeted()
    before, guessed = guess(machine, "What kind of toothbrush would you recommend?")
    (asked,) = [c for c in guessed.commands if isinstance(c, StartReply)]
    assert guessed.reads(asked, PromptUse(400, 12)) == ()
    assert spoken(guessed.reads(asked, "Our dentists recommend a soft toothbrush,")) != ""
    assert machine.call == before


def test_a_guess_never_begins_with_what_the_gate_refuses() -> None:
    _, guessed = guess(Machine().greeted(), "What kind of toothbrush would you recommend?")
    (asked,) = [c for c in guessed.commands if isinstance(c, StartReply)]
    assert "booked" not in spoken(guessed.reads(asked, "You are booked for noon,"))
