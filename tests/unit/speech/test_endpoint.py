"""The endpointer in audio time: 32 ms windows of a script, and the edges they make."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent.speech.endpoint import (
    Edge,
    Endpointer,
    Judge,
    Speculate,
    SpeechOff,
    SpeechOn,
    TurnOver,
)
from agent.speech.gate import WINDOW_MS
from agent.speech.patience import EndpointSettings, Evidence, Pace, needed_ms
from agent.speech.shape import Expected

SPEECH, SILENCE = (0.95, -20.0), (0.02, -65.0)


class Play:
    """Feeds an endpointer and keeps what it says."""

    def __init__(self, endpointer: Endpointer | None = None) -> None:
        self.endpointer = endpointer or Endpointer()
        self.at_ms = 0
        self.edges: list[Edge] = []
        self.silence(320)

    def _feed(self, window: tuple[float, float], duration_ms: int) -> "Play":
        for _ in range(duration_ms // WINDOW_MS):
            self.at_ms += WINDOW_MS
            self.edges += self.endpointer.feed(*window, self.at_ms)
        return self

    def speech(self, duration_ms: int) -> "Play":
        return self._feed(SPEECH, duration_ms)

    def silence(self, duration_ms: int) -> "Play":
        return self._feed(SILENCE, duration_ms)

    def names(self) -> list[str]:
        """The edges in order, but for Judge, which changes no state."""
        return [type(edge).__name__ for edge in self.edges if not isinstance(edge, Judge)]

    def over_after_ms(self, limit_ms: int = 3_200) -> int:
        """Silence until TurnOver, from the speech's end."""
        while not any(isinstance(e, TurnOver) for e in self.edges):
            assert self.at_ms < 100_000
            self.silence(WINDOW_MS)
            limit_ms -= WINDOW_MS
            assert limit_ms > 0, "the turn never ended"
        (over,) = (e for e in self.edges if isinstance(e, TurnOver))
        return over.at_ms - over.speech_ended_ms


def spoken(**hint: object) -> Play:
    """A second of speech, a pause of 160 ms, then a hint."""
    play = Play().speech(1_024).silence(160)
    play.endpointer.hint(**hint)  # type: ignore[arg-type]
    return play


def after_ms(text: str | None = None, complete: float | None = None, expects: Expected | None = None) -> int:
    """The silence after which windows of 32 ms can end a turn of which this is known."""
    needed = needed_ms(Evidence(1_024, text, complete=complete, expects=expects), EndpointSettings())
    return -(-needed // WINDOW_MS) * WINDOW_MS


def test_edges_of_one_utterance() -> None:
    play = Play().speech(1_024).silence(960)
    start, end = 320, 320 + 1_024
    assert play.edges == [
        SpeechOn(start + 96, start),
        Speculate(end + EndpointSettings().speculate_ms, 1_024),
        Judge(end + EndpointSettings().judge_ms),
        SpeechOff(end + 192, 1_024, 1_024),
        TurnOver(end + after_ms(), start, end, is_blip=False),
    ]


def test_silence_alone_says_nothing() -> None:
    assert Play().silence(9_600).edges == []


def test_the_silence_needed_depends_on_what_was_said() -> None:
    assert spoken(text="Yes.", complete=0.9, expects="yes_no").over_after_ms() == after_ms("Yes.", 0.9, "yes_no")
    assert spoken(text="I want to come at", complete=0.1).over_after_ms() == after_ms("I want to come at", 0.1)
    assert spoken(text="").over_after_ms() == after_ms("")


def test_scale_gives_time_up_to_the_cap() -> None:
    def needed(scale: float) -> int:
        play = Play(Endpointer(EndpointSettings(scale=scale))).speech(1_024).silence(160)
        play.endpointer.hint(text="What are your hours?", complete=0.9)
        return play.over_after_ms()

    assert needed(1.0) < needed(2.0) < needed(50.0) == 2_208


def test_speculation_is_withdrawn_when_the_caller_goes_on() -> None:
    play = spoken(text="I want.", complete=0.9).speech(512).silence(960)
    assert play.names() == ["SpeechOn", "Speculate", "SpeculationOff", "Speculate", "SpeechOff", "TurnOver"]
    assert play.edges[-1] == TurnOver(play.edges[-1].at_ms, 320, 320 + 1_024 + 160 + 512, is_blip=False)
    *_, speculated = (edge for edge in play.edges if isinstance(edge, Speculate))
    assert play.edges[-1].at_ms - speculated.at_ms == after_ms() - EndpointSettings().speculate_ms, (
        "the hint of the first pause is gone"
    )


def test_the_turn_detector_is_asked_once_a_pause_and_not_in_a_short_one() -> None:
    def asked(*pauses_ms: int) -> int:
        play = Play()
        for pause_ms in pauses_ms:
            play.speech(512).silence(pause_ms)
        return sum(isinstance(edge, Judge) for edge in play.edges)

    assert asked(128) == 0
    assert asked(224) == asked(960) == 1
    assert asked(224, 128, 224) == 2


def test_a_reopened_gate_is_the_same_turn() -> None:
    play = Play().speech(1_024).silence(320).speech(320).silence(960)
    assert play.names() == [
        "SpeechOn",
        "Speculate",
        "SpeechOff",
        "SpeculationOff",
        "SpeechOn",
        "Speculate",
        "SpeechOff",
        "TurnOver",
    ]
    off = [e for e in play.edges if isinstance(e, SpeechOff)]
    assert [e.speech_ms for e in off] == [1_024, 320]
    assert isinstance(play.edges[-1], TurnOver)
    assert play.edges[-1].started_ms == 320


def test_a_hint_from_before_the_pause_does_not_count() -> None:
    play = Play().speech(512)
    play.endpointer.hint(text="Yes.", expects="yes_no")
    assert play.speech(512).over_after_ms() == after_ms(expects="yes_no")


def test_expectation_lasts_until_changed() -> None:
    play = spoken(expects="yes_no")
    play.over_after_ms()
    play.edges.clear()
    play.speech(320).silence(160).endpointer.hint(text="Yes.")
    assert play.over_after_ms() == after_ms("Yes.", expects="yes_no")
    play.edges.clear()
    play.speech(320).silence(160).endpointer.hint(text="Yes.", expects=None)
    assert play.over_after_ms() == after_ms("Yes.")
    assert after_ms("Yes.", expects="yes_no") < after_ms("Yes.")


def test_a_click_is_a_blip() -> None:
    play = Play().speech(96).silence(640)
    assert play.names() == ["SpeechOn", "Speculate", "SpeechOff", "TurnOver"]
    assert play.edges[-1] == TurnOver(320 + 96 + 352, 320, 320 + 96, is_blip=True)


def test_a_blip_then_a_word_is_no_blip() -> None:
    play = Play().speech(96).silence(256).speech(512).silence(960)
    assert isinstance(play.edges[-1], TurnOver)
    assert not play.edges[-1].is_blip


def test_an_endless_talker_is_cut_at_thirty_seconds_and_heard_again() -> None:
    play = Play().speech(30_400)
    over = [e for e in play.edges if isinstance(e, TurnOver)]
    assert [e.at_ms - e.started_ms for e in over] == [30_016]
    assert play.names() == ["SpeechOn", "SpeechOff", "TurnOver", "SpeechOn"]


def test_a_breath_does_not_delay_the_end() -> None:
    play = Play().speech(1_024).silence(224)
    play._feed(SPEECH, WINDOW_MS)
    assert play.over_after_ms() == after_ms()


def test_a_beginning_word_holds_the_end_back() -> None:
    play = Play().speech(1_024).silence(576).speech(512).silence(960)
    assert play.names().count("TurnOver") == 1


windows = st.lists(st.tuples(st.sampled_from([0.0, 0.3, 0.4, 0.6, 0.95]), st.integers(-70, -10)), max_size=400)


@given(windows, st.lists(st.sampled_from(["", "Yes.", "I want to", "Fine thanks."]), max_size=6))
def test_edges_are_well_formed(script: list[tuple[float, int]], texts: list[str]) -> None:
    play = Play()
    for at, (prob, rms_dbfs) in enumerate(script):
        play._feed((prob, float(rms_dbfs)), WINDOW_MS)
        if at % 40 == 39 and texts:
            play.endpointer.hint(text=texts[at // 40 % len(texts)])
    play.silence(3_200)
    state = "idle"
    allowed = {
        "idle": {"SpeechOn": "speech"},
        "speech": {"Speculate": "pause", "SpeechOff": "off"},
        "pause": {"SpeculationOff": "speech", "SpeechOff": "off"},
        "off": {"SpeculationOff": "again", "SpeechOn": "speech", "TurnOver": "idle"},
        "again": {"SpeechOn": "speech"},
    }
    for name in play.names():
        assert name in allowed[state], (state, play.names())
        state = allowed[state][name]
    assert state == "idle", "every turn ends"


def held(pause_ms: int, times: int) -> Endpointer:
    """A caller who pauses in mid-speech, and for how long the last pause must last."""
    play = Play(Endpointer(EndpointSettings(max_silence_ms=5_000)))
    for _ in range(times):
        play.speech(512).silence(160).endpointer.hint(text="I would like to", complete=0.0)
        play.silence(pause_ms - 160)
    play.speech(512)
    assert "TurnOver" not in play.names(), "a slow speaker was cut"
    return play.endpointer


def test_a_slow_speaker_gets_time_and_a_fluent_one_none() -> None:
    assert held(256, 4).evidence.pace == 1.0
    slow, slower = held(800, 1).evidence.pace, held(800, 3).evidence.pace
    assert 1.0 < slow < slower <= Pace.MOST


def test_the_pace_is_forgotten_by_and_by() -> None:
    pace = Pace()
    pace.went_on(5_000)
    paces = [pace.scale]
    for _ in range(30):
        pace.ended()
        paces.append(pace.scale)
    assert all(1.0 <= b < a <= Pace.MOST for a, b in pairwise(paces))
    assert paces[-1] < 1.05
