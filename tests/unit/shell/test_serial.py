"""The serial agent: a turn is heard once, long after it was over, and the models are asked for the whole."""

import asyncio

from agent.adapters.fake.models import FakeTurnDetector, FakeVoiceActivity, tone
from agent.adapters.fake.system import LoopClock, run_virtual
from agent.call.events import Event, SpeechEnded, SpeechStarted, TurnEnded
from agent.shell.ear import EarPorts
from agent.shell.serial import SILENCE_MS, SerialEar
from agent.shell.watch import Stopwatch
from agent.shell.world import Serial
from agent.values.audio import FRAME_BYTES, FRAME_MS, AudioFrame
from agent.values.talk import Transcript, Utterance

LEAD_MS = 1_000


class Room:
    """The call's owner, and a recogniser that takes 300 ms and keeps how much audio it was given."""

    def __init__(self) -> None:
        self.clock = LoopClock()
        self.events: list[Event] = []
        self.asked_ms: list[int] = []
        ports = EarPorts(self.clock, FakeVoiceActivity(), self, FakeTurnDetector())
        self.watch = Stopwatch()
        self.ear = SerialEar(ports, "call", self, self.watch)

    def now_ms(self) -> int:
        return int(self.clock.now_ms())

    def post(self, event: Event) -> None:
        self.events.append(event)

    def guess(self, utterance: Utterance) -> None:
        raise AssertionError("nothing is guessed")

    def unguess(self) -> None:
        raise AssertionError("nothing was guessed")

    async def transcribe(
        self, pcm: bytes, hints: str = "", is_final: bool = True, stream: str = "", language: str = "en"
    ) -> Transcript:
        assert (hints, is_final, stream, language) == ("What day?", True, "call", "en")
        self.asked_ms.append(len(pcm) // 32)
        await asyncio.sleep(0.3)
        return Transcript("On Friday.", took_ms=300)


def heard(*sounds: tuple[int, int]) -> Room:
    """A second of silence, then pairs of speech and silence in ms."""

    async def story() -> Room:
        room = Room()
        room.ear.expect("date", "What day?")
        listening = asyncio.ensure_future(room.ear.run())
        pcm = bytes(LEAD_MS * 32) + b"".join(tone(speech) + bytes(silence * 32) for speech, silence in sounds)
        for place in range(len(pcm) // FRAME_BYTES):
            room.ear.push(AudioFrame(pcm[place * FRAME_BYTES : (place + 1) * FRAME_BYTES], place * FRAME_MS))
            await asyncio.sleep(FRAME_MS / 1000)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        return room

    return run_virtual(story())


def test_a_turn_is_over_after_a_fixed_silence_and_then_transcribed_once() -> None:
    room = heard((1_000, 2_000))
    assert [type(event) for event in room.events] == [SpeechStarted, SpeechEnded, TurnEnded]
    (ended,) = [event for event in room.events if isinstance(event, TurnEnded)]
    assert ended.utterance.text == "On Friday."
    over_ms = LEAD_MS + 1_000
    assert abs(ended.utterance.ended_ms - over_ms) <= 64
    assert SILENCE_MS + 300 - 64 <= ended.at_ms - over_ms <= SILENCE_MS + 300 + 100
    (asked_ms,) = room.asked_ms
    assert asked_ms >= 1_000 + SILENCE_MS


def test_a_shorter_pause_ends_nothing() -> None:
    room = heard((600, SILENCE_MS - 200), (600, 2_000))
    assert sum(isinstance(event, TurnEnded) for event in room.events) == 1
    assert len(room.asked_ms) == 1


def test_the_next_turn_has_audio_of_its_own() -> None:
    room = heard((600, 2_000), (600, 2_000))
    assert sum(isinstance(event, TurnEnded) for event in room.events) == 2
    assert abs(room.asked_ms[0] - room.asked_ms[1]) <= 64


def test_silence_is_no_turn() -> None:
    assert heard((0, 3_000)).events == []


def test_one_number_or_all_are_served_serially() -> None:
    ports = object()
    assert Serial("+12025550190", ports).is_for("+12025550190")  # type: ignore[arg-type]
    assert not Serial("+12025550190", ports).is_for("+15125550100")  # type: ignore[arg-type]
    assert Serial("*", ports).is_for("")  # type: ignore[arg-type]
