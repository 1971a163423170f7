"""Our journal laid beside the caller's tape, turn by turn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agent.call.commands import Say
from agent.call.events import (
    CallAnswered,
    CallArrived,
    DtmfReceived,
    Event,
    MediaReady,
    PlayoutFinished,
    PlayoutStarted,
    TransferAnswered,
    TurnEnded,
)
from agent.call.machine import step
from agent.call.replay import fold
from agent.call.state import Call
from agent.evals.journal_view import JournalView, Spoken, Understood, view
from agent.evals.loop import CallTape, Said
from agent.evals.tape import Tape
from agent.evals.turns import transfer_of, turns_of
from agent.pbx.dialplan import COLLEAGUE_TONES_HZ
from agent.ports.data import Entry
from agent.profiles import FILES, parse
from agent.values.audio import BYTES_PER_MS
from agent.values.ids import CallId, CaseId, TurnId
from agent.values.talk import Transcript, Utterance

CLINIC = Path(__file__).parents[3] / "agent/tenants/bright-smile-dental"
PROFILE = parse("bright-smile-dental", {name: (CLINIC / name).read_text() for name in FILES})
ARRIVED = CallArrived(
    0, CallId("call-1"), CaseId("case-1"), "bright-smile-dental", "+14155550123", "+15125550100",
    "2026-11-22T10:00:00", PROFILE.sha,
)  # fmt: skip


class Ears:
    """A recogniser that tells how much it was given."""

    async def transcribe(self, pcm: bytes, hints: str = "", is_final: bool = True, stream: str = "") -> Transcript:
        return Transcript(f"{len(pcm) // BYTES_PER_MS} ms of speech")


def voice(ms: int, hz: int = 200) -> bytes:
    at = np.arange(ms * 16) / 16_000
    return (np.sin(2 * np.pi * hz * at) * 8_000).astype("<i2").tobytes()


def taped(*stretches: tuple[int, int], length_ms: int = 20_000) -> Tape:
    received = bytearray(length_ms * BYTES_PER_MS)
    for start, end in stretches:
        received[start * BYTES_PER_MS : end * BYTES_PER_MS] = voice(end - start)
    return Tape(bytearray(length_ms * BYTES_PER_MS), received)


async def test_each_turn_gets_what_both_sides_said_in_it() -> None:
    said = [Said(5_000, 6_020, 6_000, "Hello."), Said(10_000, 11_020, 11_000, "Wait!", is_interrupting=True)]
    tape = taped((1_500, 4_000), (6_640, 10_200), (12_000, 13_000))
    call = CallTape(tape, answered_ms=1_000, said=said)
    journal = JournalView(
        answered_ms=100,
        spoken=(
            Spoken("t1", 550, "Welcome.", "rule", {}),
            Spoken("t2", 5_700, "One moment.", "rule", {"endpoint_ms": 300}),
            Spoken("t3", 8_000, "We are open.", "model", {"endpoint_ms": 10}, was_cut=True),
            Spoken("t4", 11_050, "Yes?", "cached", {"endpoint_ms": 280}),
        ),
        understood=(Understood(5_600, "hallo"), Understood(10_900, "wait")),
    )
    greeting, answer, after = await turns_of(call, journal, Ears())
    assert (greeting.caller_said, greeting.agent_said, greeting.at_ms) == ("", "Welcome.", 0)
    assert greeting.caller_heard == "2800 ms of speech"
    assert greeting.voice_to_voice_ms is None
    assert (answer.caller_said, answer.agent_heard) == ("Hello.", "hallo")
    assert answer.agent_said == "One moment. We are open."
    assert answer.stages == {"endpoint_ms": 300, "decided_by": "model"}
    assert answer.voice_to_voice_ms == 640
    assert answer.interrupted
    assert answer.was_spoken_over
    assert answer.stopped_after_ms == 200
    assert (after.agent_said, after.stages["decided_by"]) == ("Yes?", "cached")
    assert after.voice_to_voice_ms is None
    assert not after.interrupted


async def test_an_agent_that_talks_to_its_end_was_spoken_over_and_not_interrupted() -> None:
    """It falls silent either way: only the journal tells a cut from an end. An earlier cut is another's."""
    said = [Said(5_000, 6_020, 6_000, "Hello."), Said(10_000, 11_020, 11_000, "Wait!", is_interrupting=True)]
    call = CallTape(taped((1_500, 4_000), (6_640, 12_000)), answered_ms=1_000, said=said)
    earlier, whole = (Spoken(f"t{n}", 100 + at, "We are open.", "rule", {}) for n, at in ((2, 5_000), (3, 7_000)))
    journal = JournalView(100, (replace(earlier, was_cut=True), whole))
    _, answer, _ = await turns_of(call, journal, Ears())
    assert answer.was_spoken_over
    assert not answer.interrupted
    assert answer.stopped_after_ms is None


async def test_a_call_that_no_controller_saw_still_has_what_was_heard() -> None:
    call = CallTape(taped((1_500, 4_000)), answered_ms=1_000, said=[Said(6_000, 7_000, 7_000, "Hello?")])
    first, second = await turns_of(call, JournalView(), Ears())
    assert first.caller_heard == "2800 ms of speech"
    assert (second.caller_heard, second.agent_said, second.stages) == ("", "", {})


def test_the_view_of_a_journal_has_the_words_that_were_said() -> None:
    """The machine itself is asked what it says: the words are commands, the journal holds events."""
    events: list[Event] = [ARRIVED, CallAnswered(20), MediaReady(60)]
    call, said = Call(PROFILE), []
    for event in events:
        call, commands = step(call, event)
        said += [command for command in commands if isinstance(command, Say)]
    greeting = said[0].turn_id
    events += [PlayoutStarted(100, greeting, "", "rule", {}), PlayoutFinished(4_000, greeting)]
    events += [TurnEnded(6_000, Utterance("u1", 5_000, 5_800, "")), DtmfReceived(8_000, "0")]
    goodbye = fold(PROFILE, events).reply.turn_id
    events += [PlayoutFinished(8_900, goodbye), TransferAnswered(9_000, "bright-smile-front-desk")]
    seen = view(PROFILE, [Entry(seq, event) for seq, event in enumerate(events, 1)])
    assert seen.answered_ms == 20
    assert seen.spoken[0].turn_id == TurnId(greeting)
    assert PROFILE.disclosure in seen.spoken[0].text
    assert seen.understood == (Understood(6_000, ""),)
    assert seen.transfer == {"destination": "bright-smile-front-desk", "by": "agent", "at_ms": 9_000}
    assert seen.done_phrases == ("You are booked for",)
    assert seen.committed == ()


def test_a_caller_whom_the_lease_gave_away_was_not_handed_over_by_us() -> None:
    events: list[Event] = [ARRIVED, CallAnswered(20), MediaReady(60), TransferAnswered(9_000, "dialplan")]
    events += [TransferAnswered(9_100, "dialplan")]
    seen = view(PROFILE, [Entry(seq, event) for seq, event in enumerate(events, 1)])
    assert seen.transfer == {"destination": "dialplan", "by": "lease", "at_ms": 9_000}


@pytest.mark.parametrize("is_there", [True, False], ids=["a colleague", "nobody"])
def test_whether_a_human_answered_is_heard_on_the_tape(is_there: bool) -> None:
    """Tones from before the hand-over are nobody's answer."""
    tape = taped((1_500, 4_000))
    for start in (5_000, *((12_000,) if is_there else ())):
        for at_ms, hz in zip((start, start + 400), COLLEAGUE_TONES_HZ, strict=True):
            tape.received[at_ms * BYTES_PER_MS : (at_ms + 300) * BYTES_PER_MS] = voice(300, hz)
    journal = JournalView(100, transfer={"destination": "dialplan", "by": "agent", "at_ms": 9_000})
    transfer = transfer_of(CallTape(tape, answered_ms=1_000), journal)
    assert transfer == {"destination": "dialplan", "by": "agent", "at_ms": 9_000, "answered": is_there}
    assert transfer_of(CallTape(tape, answered_ms=1_000), JournalView(100)) is None
