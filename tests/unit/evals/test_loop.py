"""The caller's loop on a virtual clock: a line that plays back an agent, and a recogniser that knows its lines."""

import asyncio
from dataclasses import replace
from datetime import date, time

import numpy as np
import pytest

from agent.evals.draw import OpenTimes, Script, Wanted, draw
from agent.evals.loop import CallLoop, CallTape, Turns
from agent.evals.mouth import Clip, Mouth, clip_of, cough
from agent.evals.scenario_file import load, parse
from agent.evals.tape import Tape, level_dbfs
from agent.evals.window import windows
from agent.ports.models import ModelUnavailable
from agent.values.audio import FRAME_BYTES, FRAME_MS, SILENCE, AudioFrame
from agent.values.profile import Hours
from agent.values.talk import Transcript

OPEN = OpenTimes(tuple(Hours(day, 480, 1020) for day in range(5)), date(2026, 11, 22))
REPLY_MS = 400


def speech(ms: int, level: float = 0.2) -> bytes:
    at = np.arange(ms * 16) / 16_000
    return (np.sin(2 * np.pi * 220 * at) * level * 32767).astype("<i2").tobytes()


class Agent:
    """Answers each line of the caller with the next of its own, REPLY_MS after the caller falls silent.

    It is the far end of the line, the leg, the clock and the recogniser at once, so that all agree.
    """

    def __init__(self, *lines: str, ms: int = 1_000, stops_when_spoken_over: bool = True) -> None:
        self.lines, self._ms, self._stops = list(lines), ms, stops_when_spoken_over
        self.said: list[str] = []
        self.keys: list[str] = []
        self._queue, self._at, self._quiet_ms, self._owes = b"", 0, REPLY_MS, True
        self.is_answered, self.end_reason, self.was_hung_up = False, None, False
        self.ticks = self.port = self.quiet_ms = 0
        self.is_deaf = False

    def exchange(self, pcm: bytes) -> AudioFrame | None:
        caller_speaks = level_dbfs(pcm) > -45
        self._quiet_ms = 0 if caller_speaks else self._quiet_ms + FRAME_MS
        if caller_speaks:
            self._owes = True
            if self._stops:
                self._queue, self._at = b"", 0
        if self._owes and self._quiet_ms >= REPLY_MS and self.lines and self.is_answered:
            self.said.append(self.lines.pop(0))
            self._queue, self._at, self._owes = speech(self._ms), 0, False
        frame = self._queue[self._at : self._at + FRAME_BYTES] or SILENCE
        self._at += FRAME_BYTES
        return AudioFrame(frame, self.ticks * FRAME_MS)

    async def tick(self, number: int) -> None:
        self.ticks = number
        self.is_answered = self.is_answered or number > 10
        await asyncio.sleep(0)

    async def transcribe(self, pcm: bytes, hints: str = "", is_final: bool = True, stream: str = "") -> Transcript:
        if self.is_deaf:
            raise ModelUnavailable("gone")
        return Transcript(self.said[-1])

    async def press(self, digit: str) -> None:
        self.keys.append(digit)

    async def hang_up(self) -> None:
        self.was_hung_up = True

    def connect(self, host: str, port: int) -> None: ...

    def stats(self) -> dict[str, int]:
        return {}

    def close(self) -> None: ...


def script(name: str = "book", seed: int = 3) -> Script:
    return draw(load(name), 1, seed, OPEN)[0]


async def run(agent: Agent, one: Script) -> CallTape:
    clips: dict[str, Clip] = {line: clip_of(speech(60 * len(line) + 300)) for line in one.lines()}
    loop = CallLoop(one, {**clips, "cough": cough(1)}, Mouth(), agent)
    return await loop.run(agent, agent, agent)


async def test_a_booking_is_carried_through() -> None:
    one = script()
    wanted = one.wanted
    assert wanted is not None
    slot = f"{wanted.day:%A, %B} {wanted.day.day} at {wanted.at:%H:%M}"
    agent = Agent(
        "Thank you for calling. How can I help you today?",
        "What day would you like?",
        "What time would you like?",
        "What is your name, please?",
        "What is the best phone number to reach you?",
        f"So that is a cleaning on {slot} for you. Is that right?",
        f"You are booked for a cleaning on {slot}.",
        "Goodbye.",
    )
    call = await run(agent, one)
    by_id = {reaction.id: reaction.say[0] for reaction in one.scenario.reactions if reaction.say}
    asked = ["day", "time", "name", "phone", "read-back", "booked"]
    assert one.scenario.opening is not None
    assert [said.text for said in call.said] == [one.scenario.opening.say[0], *(by_id[name] for name in asked)]
    assert call.end_reason == "caller: done"
    assert agent.was_hung_up
    assert call.wanted == wanted


async def test_lines_come_after_patience_and_a_drawn_pause() -> None:
    one = script("ask-hours")
    agent = Agent("How can I help?", "We are open Monday from 8 a.m. to 5 p.m.", "Goodbye.")
    call = await run(agent, one)
    assert call.answered_ms is not None
    greeted_until = call.answered_ms + 1_000
    waited = call.said[0].started_ms - greeted_until
    expected = one.scenario.patience_ms + one.pauses_ms[0]
    assert expected <= waited <= expected + 100
    assert len(windows(call)) == len(call.said) + 1


async def test_a_wrong_read_back_is_corrected() -> None:
    one = script()
    agent = Agent("How can I help you?", "So that is a cleaning on Sunday at 3:15 a.m. Is that right?", "Oh.", "Bye.")
    call = await run(agent, one)
    assert call.said[1].text.startswith("No, I would like")


async def test_an_offered_slot_is_taken_and_wanted_from_then_on() -> None:
    one = script()
    assert one.wanted is not None
    one = replace(one, wanted=Wanted(date(2026, 11, 26), time(10, 30), one.wanted.values))
    offer = "I am sorry, 10:30 is taken. I could offer 11 a.m. or 2 p.m. on Thursday."
    agent = Agent("How can I help you?", offer, "Fine.")
    call = await run(agent, one)
    assert call.said[1].text in ("The first one is fine.", "I'll take the first one, please.")
    assert call.wanted is not None
    assert (call.wanted.day, call.wanted.at) == (date(2026, 11, 26), time(11))


async def test_an_interruption_cuts_in_at_its_time_and_is_marked() -> None:
    agent = Agent("How can I help?", "We are open every day.", "At 240 Maple Street in Austin.", "Bye.", ms=3_000)
    call = await run(agent, script("barge-in"))
    cut_in = call.said[1]
    assert cut_in.is_interrupting
    began = call.said[0].voiced_end_ms + REPLY_MS
    assert 900 <= cut_in.started_ms - began <= 900 + 100


async def test_a_key_is_pressed_during_the_greeting() -> None:
    agent = Agent("Thank you for calling, this is a long greeting.", ms=4_000)
    call = await run(agent, script("dtmf-0"))
    assert agent.keys == ["0"]
    assert [said.text for said in call.said] == ["[keys 0]"]
    assert call.answered_ms is not None
    assert call.tape.now_ms - call.said[0].started_ms == pytest.approx(14_000, abs=100)


async def test_the_silent_caller_says_nothing_and_gives_up_at_last() -> None:
    agent = Agent("Hello?", "Are you there?")
    call = await run(agent, script("silent"))
    assert call.said == []
    assert call.end_reason == "caller: too long"


async def test_hanging_up_early() -> None:
    call = await run(Agent("A greeting.", ms=5_000), script("hangup-early"))
    assert call.answered_ms is not None
    assert call.tape.now_ms - call.answered_ms == pytest.approx(1_500, abs=40)
    assert call.end_reason == "caller: as the scenario says"


async def test_the_agent_hanging_up_ends_the_call() -> None:
    agent = Agent("Hello.")

    async def tick(number: int) -> None:
        agent.ticks = number
        agent.is_answered = True
        if number == 100:
            agent.end_reason = "Normal Clearing"  # type: ignore[assignment]

    agent.tick = tick  # type: ignore[method-assign]
    call = await run(agent, script("silent"))
    assert call.end_reason == "agent: Normal Clearing"
    assert agent.was_hung_up


async def test_an_unanswered_call_is_given_up() -> None:
    agent = Agent()

    async def tick(number: int) -> None:
        agent.ticks = number

    agent.tick = tick  # type: ignore[method-assign]
    call = await run(agent, script("silent"))
    assert call.answered_ms is None
    assert call.end_reason == "caller: nobody answered"


async def test_a_dead_recogniser_leaves_a_caller_who_nudges_and_gives_up() -> None:
    agent = Agent("How can I help?", "Yes?", "Yes?", "Yes?")
    agent.is_deaf = True
    call = await run(agent, script("ask-hours"))
    assert {said.text for said in call.said} == {"Hello? Are you there?"}
    assert call.end_reason == "caller: the agent says nothing"


async def test_a_caller_who_is_asked_to_repeat_repeats() -> None:
    agent = Agent("How can I help you?", "Sorry, I did not catch that.", "Bye bye.")
    call = await run(agent, script())
    assert call.said[1].text == call.said[0].text


async def test_what_is_asked_twice_is_answered_in_other_words() -> None:
    agent = Agent("How can I help you?", "What day would you like?", "What day, please?", "What day?", "Bye.")
    one = script()
    call = await run(agent, one)
    answers = [said.text for said in call.said[1:4]]
    (day,) = (reaction for reaction in one.scenario.reactions if reaction.id == "day")
    assert answers == [" ".join(text.replace("|", " ").split()) for text in (day.say[0], *day.rephrase)]


async def test_a_question_of_priority_comes_before_the_opening() -> None:
    text = 'name="x"\nabout="x"\ndial="1"\nexpect=["answered"]\nvoices=["v"]\n[opening]\nsay="I want a demo."\n'
    text += '[[react]]\nwhen=["record"]\nsay="Yes."\npriority=50\n'
    text += '[[react]]\nwhen=["bye"]\nhang_up_after_ms=0\npriority=60\n'
    one = draw(parse(text, "x.toml"), 1, 1, OPEN)[0]
    call = await run(Agent("May I record this call?", "Thank you. How can I help?", "Bye."), one)
    assert [said.text for said in call.said] == ["Yes.", "I want a demo."]


def test_windows_of_a_call_never_answered() -> None:
    assert windows(CallTape(Tape())) == []


async def test_keys_are_those_of_what_is_wanted() -> None:
    agent = Agent("How can I help you?", "Please press 1 for 8 am, 2 for noon, or key in another time.", "Bye.")
    one = script()
    call = await run(agent, one)
    assert one.wanted is not None
    hour = (one.wanted.at.hour - 1) % 12 + 1
    assert agent.keys == [f"{hour}{one.wanted.at:%M}#"]
    assert call.said[1].text == f"[keys {' '.join(agent.keys[0])}]"


async def test_callers_name_the_part_that_was_read_back_wrongly() -> None:
    one = script()
    assert one.wanted is not None
    day = f"{one.wanted.day:%A, %B} {one.wanted.day.day}th"
    read_back = f"So that is a cleaning on {day} at {(one.wanted.at.hour + 3) % 12 + 1} 15. Is that right?"
    call = await run(Agent("How can I help you?", read_back, "What should I change?", "Bye."), one)
    assert "time should be" in call.said[2].text


def test_of_callers_who_take_turns_one_waits_until_the_other_is_answered() -> None:
    turns = Turns()
    turns.take("anna", 1_000)
    assert (turns.is_held_for("anna"), turns.is_held_for("ben")) == (False, True)
    for at_ms in range(0, 1_000 + Turns.HEARD_MS, FRAME_MS):
        turns.hear("anna", at_ms, hears=True)
        assert turns.is_held_for("ben") is (at_ms < 1_000 + Turns.HEARD_MS - FRAME_MS)
    turns.take("ben", 0)
    turns.hear("ben", Turns.GIVEN_UP_MS, hears=False)
    assert not turns.is_held_for("anna")


def test_whoever_has_gone_holds_nobody_up() -> None:
    turns = Turns()
    turns.take("anna", 1_000)
    turns.give_up("ben")
    assert turns.is_held_for("ben")
    turns.give_up("anna")
    assert not turns.is_held_for("ben")
