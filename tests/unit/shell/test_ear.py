"""The ear on virtual time: what the recogniser is given, and when."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from agent.adapters.fake.models import FakeTurnDetector, FakeVoiceActivity, tone
from agent.adapters.fake.system import LoopClock, run_virtual
from agent.call.events import Event, SpeechStarted, TranscriptPartial, TurnEnded
from agent.ports.models import ModelUnavailable
from agent.shell.ear import HURRIED_EVERY_MS, PARTIAL_EVERY_MS, PARTIAL_SHARE, PARTIAL_WAITS_MS, Ear, EarPorts
from agent.shell.watch import Stopwatch
from agent.speech.patience import EndpointSettings
from agent.values.audio import FRAME_BYTES, FRAME_MS, AudioFrame
from agent.values.talk import Transcript, Utterance

LEAD_MS = 1_000


class Room:
    """The call's owner, and its recogniser: ``takes_ms`` and ``texts`` by request, the last one again and again."""

    def __init__(
        self, takes_ms: Sequence[int] = (100,), texts: Sequence[str | None] = ("At ten, please.",), percent: int = 100
    ) -> None:
        self.clock = LoopClock()
        self.events: list[Event] = []
        self.asked: list[tuple[int, bool, int]] = []  # when, whether final, how much audio in ms
        self.cancelled: list[int] = []
        self._takes_ms, self._texts = takes_ms, texts
        ports = EarPorts(self.clock, FakeVoiceActivity(), self, FakeTurnDetector())
        self.ear = Ear(ports, "call", self, Stopwatch(), EndpointSettings(scale=percent / 100))

    def now_ms(self) -> int:
        return int(self.clock.now_ms())

    def post(self, event: Event) -> None:
        self.events.append(event)

    def guess(self, utterance: Utterance) -> None:
        pass

    def unguess(self) -> None:
        pass

    async def transcribe(
        self, pcm: bytes, hints: str = "", is_final: bool = True, stream: str = "", language: str = "en"
    ) -> Transcript:
        assert (hints, stream) == ("", "call")
        assert language in (("", "en") if is_final else ("en",)), "only of a whole turn is the language found out"
        place = len(self.asked)
        self.asked.append((self.now_ms(), is_final, len(pcm) // 32))
        try:
            await asyncio.sleep(self._takes_ms[min(place, len(self._takes_ms) - 1)] / 1000)
        except asyncio.CancelledError:
            self.cancelled.append(place)
            raise
        text = self._texts[min(place, len(self._texts) - 1)]
        if text is None:
            raise ModelUnavailable("taken down")
        return Transcript(text)

    def partials(self) -> list[int]:
        """When partials were asked for, counted from the begin of the speech."""
        return [at_ms - LEAD_MS for at_ms, is_final, _ in self.asked if not is_final]

    def told(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, TranscriptPartial)]


def hear(
    room: Room, speech_ms: int, silence_ms: int, at_frame: Callable[[int], None] = lambda _: None, *, times: int = 1
) -> Room:
    """A second of silence, then speech and silence, a frame every 20 ms; ``at_frame`` is told the time."""

    async def story() -> None:
        listening = asyncio.ensure_future(room.ear.run())
        pcm = bytes(LEAD_MS * 32) + (tone(speech_ms) + bytes(silence_ms * 32)) * times
        for place in range(len(pcm) // FRAME_BYTES):
            room.ear.push(AudioFrame(pcm[place * FRAME_BYTES : (place + 1) * FRAME_BYTES], place * FRAME_MS))
            at_frame(place * FRAME_MS - LEAD_MS)
            await asyncio.sleep(FRAME_MS / 1000)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    run_virtual(story())
    return room


def test_the_recogniser_hears_the_moment_before_the_gate_opened() -> None:
    room = hear(Room(), 500, 1_500)
    (final,) = [audio_ms for _, is_final, audio_ms in room.asked if is_final]
    # 480 ms are kept at the opening, 96 ms of them speech; then the rest of it and the silence up to the speculation.
    assert 480 - 96 + 500 + 64 <= final <= 480 + 500 + 160
    assert [type(event) for event in room.events].count(SpeechStarted) == 1
    (ended,) = [event for event in room.events if isinstance(event, TurnEnded)]
    assert ended.utterance.text == "At ten, please."


def test_each_turn_has_its_own_audio() -> None:
    room = hear(Room(), 500, 1_500, times=2)
    first, second = [audio_ms for _, is_final, audio_ms in room.asked if is_final]
    assert abs(second - first) <= 64, "windows and frames meet elsewhere"


def test_partials_come_in_mid_speech() -> None:
    partials = hear(Room(takes_ms=(50,)), 3_000, 100).partials()
    assert len(partials) == 3_000 // PARTIAL_EVERY_MS
    assert all(abs(b - a - PARTIAL_EVERY_MS) <= 40 for a, b in pairwise(partials))


def test_a_slow_recogniser_is_asked_less_often() -> None:
    partials = hear(Room(takes_ms=(400,)), 5_000, 100).partials()
    assert all(b - a >= PARTIAL_SHARE * 400 for a, b in pairwise(partials[1:]))


def test_a_partial_that_waits_too_long_is_given_up_for_a_newer_one() -> None:
    room = hear(Room(takes_ms=(60_000, 50)), 4_000, 100)
    first, second, *_ = room.partials()
    assert 0 in room.cancelled
    assert 0 <= second - first - PARTIAL_WAITS_MS <= 40
    assert room.told()


def test_words_come_early_when_the_agent_waits_for_them() -> None:
    room = Room(texts=("",))
    hear(room, 1_000, 100, lambda at_ms: room.ear.hurry() if at_ms == 100 else None)
    assert abs(room.partials()[0] - HURRIED_EVERY_MS) <= 40
    assert room.told()[0] == "", "that there are none is told too"


def test_what_two_partials_agree_on_stays_said() -> None:
    room = hear(Room(texts=("I want", "I want to", "I went to bed")), 2_500, 0)
    assert room.told() == ["I want", "I want to", "I want to bed"]


@pytest.mark.parametrize("hurried", [False, True])
def test_without_a_recogniser_no_words_are_told(hurried: bool) -> None:
    room = Room(texts=(None,))
    hear(room, 1_000, 1_500, lambda at_ms: room.ear.hurry() if hurried and at_ms == 100 else None)
    assert room.told() == []
    (ended,) = [event for event in room.events if isinstance(event, TurnEnded)]
    assert ended.utterance.text == ""


def test_a_patient_profile_lets_turns_end_later() -> None:
    def ended_ms(percent: int) -> int:
        room = hear(Room(texts=("I would like to come in today.",), percent=percent), 500, 2_500)
        (ended,) = [event for event in room.events if isinstance(event, TurnEnded)]
        return ended.at_ms

    assert ended_ms(150) - ended_ms(100) >= 100
