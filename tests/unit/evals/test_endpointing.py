"""The bench of turn ends: its clips, what is heard of them, and how decisions are counted."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from agent.adapters.fake.models import FakeRecogniser, FakeTurnDetector, FakeVoiceActivity, tone
from agent.evals import endpointing_clips as making
from agent.evals.bench_endpointing import chosen, scored
from agent.evals.clipset import ClipError, EndpointingLabels, Silence, read_clips, write_clip
from agent.evals.endpointing_score import (
    SILENCES_MS,
    by_shape,
    count,
    ours,
    ratio_interval,
    smart_turn_alone,
    vad_alone,
    ways,
)
from agent.evals.endpointing_trace import JUDGE_MS, RECOGNISE_MS, Models, Moment, Pause, trace
from agent.speech.patience import EndpointSettings, Evidence, needed_ms

SETTINGS = EndpointSettings()


def bursts(*lengths_ms: int) -> bytes:
    """Sound and silence in turn."""
    return b"".join(bytes(ms * 32) if place % 2 else tone(ms) for place, ms in enumerate(lengths_ms))


class ToneVoices:
    """Speaks every line as two bursts with a short gap; counts its lines."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    async def render(self, text: str, speaker: str) -> bytes:
        self.lines.append((speaker, text))
        return bursts(400, 120, 300)


class TestClips:
    def test_a_pause_is_stretched_where_it_was_found(self) -> None:
        speech = making.levelled(bursts(300, 80, 300, 200, 300))
        assert making.silent_runs(speech) == [(300, 380), (680, 880)]
        sound, silences = making.hesitant(speech, [700])
        lead = making.LEAD_MS
        assert silences == (
            Silence(lead + 680, lead + 680 + 700, False),
            Silence(lead + 1_680, lead + 1_680 + making.TAIL_MS, True),
        )
        assert len(sound) == (lead + 1_680 + making.TAIL_MS) * 16
        for silence in silences:
            assert not sound[silence.start_ms * 16 : silence.end_ms * 16].any()
            assert sound[silence.start_ms * 16 - 80 : silence.start_ms * 16].any()

    def test_a_pause_lies_where_the_line_says(self) -> None:
        speech = making.levelled(bursts(900, 80, 900))
        _, silences = making.hesitant(speech, [700, 500], [0.25, 0.5])
        first, second, _ = silences
        assert first.end_ms - first.start_ms == 700
        assert abs(first.start_ms - making.LEAD_MS - 470) <= making.NEAR_MS
        assert second == Silence(making.LEAD_MS + 700 + 900, making.LEAD_MS + 700 + 900 + 500, False)

    def test_a_pause_is_not_shorter_than_found_nor_longer_than_fluent_speakers_make_it(self) -> None:
        speech = making.levelled(bursts(300, 200, 300, 800, 300))
        sound, silences = making.hesitant(speech, [150, 900])
        assert [s.end_ms - s.start_ms for s in silences] == [200, 900, making.TAIL_MS]
        sound, silences = making.hesitant(speech, [])
        assert [s.end_ms - s.start_ms for s in silences] == [200, 350, making.TAIL_MS]
        assert len(sound) == (making.LEAD_MS + 300 + 200 + 300 + 350 + 300 + making.TAIL_MS) * 16
        for silence in silences:
            assert not sound[silence.start_ms * 16 : silence.end_ms * 16].any()
            assert sound[silence.start_ms * 16 - 80 : silence.start_ms * 16].any()

    def test_pauses_follow_their_quantiles(self) -> None:
        rng = np.random.default_rng(0)
        drawn = np.array([ms for _ in range(3_000) for ms in making.drawn_pauses_ms(2, rng)])
        assert drawn.min() >= 100
        assert drawn.max() <= 2_500
        for share, length_ms in making.PAUSES_MS[1:-1]:
            assert np.mean(drawn <= length_ms) == pytest.approx(share, abs=0.03)

    def test_pauses_of_one_speaker_are_alike(self) -> None:
        rng = np.random.default_rng(0)
        pairs = np.log([making.drawn_pauses_ms(2, rng) for _ in range(2_000)])
        assert np.corrcoef(pairs.T)[0, 1] > 0.2

    def test_splits_share_neither_lines_nor_speakers(self) -> None:
        wanted = list(making.turns(has_recordings=True))
        tune, test = ([turn for turn in wanted if turn.split == split] for split in ("tune", "test"))
        assert not {turn.plain for turn in tune} & {turn.plain for turn in test}
        assert not {turn.speaker for turn in tune} & {turn.speaker for turn in test}
        assert len(test) >= 200, "ends"
        assert sum(turn.text.count("|") + turn.pieces.count("|") for turn in test) >= 220, "hesitations"
        assert len({turn.name for turn in wanted}) == len(wanted)

    async def test_a_set_is_made_once_and_reads_back(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lines = tmp_path / "lines.toml"
        lines.write_text(
            '[tune]\ndate = ["On, | Monday."]\n'
            '[test]\nphone = ["Five, | one.", "Two."]\n[test.everyone]\ndate = ["May."]\n'
        )
        monkeypatch.setattr(making, "LINES", lines)
        voices, told = ToneVoices(), []
        folder = await making.make_clips(tmp_path / "set", voices, None, lambda done, _: told.append(done))
        assert told[-1] == len(voices.lines) == 1 + 2 * 2 + 3
        assert await making.make_clips(tmp_path / "set", voices, None, lambda *_: None) == folder
        assert told[-1] == len(voices.lines), "nothing was rendered again"
        clips = chosen(read_clips(folder), folder)
        assert len(clips) == 7
        (one,) = {clip.labels.text for clip in clips if "five" in clip.name}
        assert one == "Five, one."
        for clip in clips:
            assert isinstance(clip.labels, EndpointingLabels)
            assert clip.labels.expects in ("phone", "date")
            assert len(clip.labels.silences) == 2

    async def test_a_folder_without_turns_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ClipError, match="no clip of the kind"):
            chosen((), tmp_path)


class TestTrace:
    @pytest.fixture
    async def models(self, tmp_path: Path) -> Models:
        return Models(FakeVoiceActivity(), FakeRecogniser(default="on monday"), FakeTurnDetector(), tmp_path / "kept")

    @pytest.fixture
    async def pauses(self, tmp_path: Path, models: Models) -> tuple[Pause, ...]:
        sound, silences = making.hesitant(making.levelled(bursts(640, 200, 640)), [800])
        labels = EndpointingLabels("test", "tone", "On Monday.", silences, "date")
        pcm = (np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes()
        write_clip(tmp_path / "clips", "one", pcm, labels)
        (clip,) = read_clips(tmp_path / "clips")
        first = await trace(clip, models, SETTINGS)
        assert isinstance(models.recogniser, FakeRecogniser)
        asked = len(models.recogniser.hints)
        assert await trace(clip, models, SETTINGS) == first
        assert len(models.recogniser.hints) == asked == 2, "one text a pause, kept for the next time"
        assert set(models.recogniser.hints) == {"What day would you like?"}
        return first

    async def test_the_text_comes_when_it_would_have_come(self, pauses: tuple[Pause, ...]) -> None:
        for pause in pauses:
            late = [m for m in pause.moments if m.silence_ms >= SETTINGS.speculate_ms]
            told = next(m for m in late if m.evidence.text is not None)
            assert told.evidence.text == "on monday"
            assert 0 <= told.silence_ms - (SETTINGS.speculate_ms + RECOGNISE_MS) < 64
            judged = next(m for m in late if m.evidence.complete is not None)
            assert 0 <= judged.silence_ms - (SETTINGS.judge_ms + JUDGE_MS) < 64

    async def test_moments_lie_in_their_silence(self, pauses: tuple[Pause, ...]) -> None:
        hold, end = pauses
        assert [pause.label.is_end for pause in pauses] == [False, True]
        for pause in pauses:
            assert pause.moments[0].at_ms - pause.label.start_ms <= 32
            assert all(b.at_ms - a.at_ms == 32 for a, b in pairwise(pause.moments))
        assert abs(hold.moments[-1].at_ms - hold.label.end_ms) <= 64
        assert abs(end.moments[-1].at_ms - end.label.end_ms) <= 32
        assert set(end.judged) == {96, 192, 320, 448, 640}
        assert not any(m.may_end for m in end.moments if m.silence_ms < 192), "the gate is not shut yet"


def pause(clip: str, is_end: bool, length_ms: int, text: str = "On Monday.", complete: float = 0.9) -> Pause:
    """A silence at 1 s, counted from its begin, with everything known at once."""
    evidence = Evidence(600, text, complete=complete)
    moments = tuple(Moment(1_000 + ms, ms, ms >= 192, evidence) for ms in range(32, length_ms + 1, 32))
    return Pause(clip, Silence(1_000, 1_000 + length_ms, is_end), moments, {96: complete})


class TestScore:
    def test_each_way_decides_in_its_own_time(self) -> None:
        end = pause("a", True, 3_008)
        assert vad_alone(500)(end) == 1_512
        assert smart_turn_alone(96, 0.5, 1_000)(end) == 1_096 + JUDGE_MS
        assert smart_turn_alone(96, 0.95, 1_000)(end) == 2_024
        needed = needed_ms(Evidence(600, "On Monday.", complete=0.9), SETTINGS)
        decided = ours(SETTINGS)(end)
        assert decided is not None
        assert 0 <= decided - 1_000 - max(192, needed) < 32
        assert vad_alone(5_000)(end) is None

    def test_an_answer_that_comes_after_the_hold_cuts_nothing(self) -> None:
        assert smart_turn_alone(96, 0.5, 1_000)(pause("a", False, 128)) is None
        assert smart_turn_alone(96, 0.5, 1_000)(pause("a", False, 320)) == 1_096 + JUDGE_MS

    def test_holds_and_ends_are_counted_by_clip(self) -> None:
        pauses = [pause("a", False, 640), pause("a", True, 3_008), pause("b", False, 320), pause("b", True, 3_008)]
        counts = count(pauses, [vad_alone(300), vad_alone(500), vad_alone(900), vad_alone(9_000)])
        assert counts.cut.tolist() == [[1, 1], [1, 0], [0, 0], [0, 0]]
        assert counts.delay_ms.tolist() == [[320, 320], [512, 512], [928, 928], [3_008, 3_008]]
        assert counts.best_ms(0.0) == 928
        assert counts.best_ms(0.5) == 512
        assert counts.best_ms(1.0) == 320
        assert count(pauses, [vad_alone(300)]).best_ms(0.5) is None

    def test_the_interval_of_the_same_way_is_one(self) -> None:
        pauses = [pause(f"{at}", is_end, 640 + 32 * at) for at in range(10) for is_end in (False, True)]
        counts = count(pauses, [vad_alone(silence) for silence in SILENCES_MS])
        assert ratio_interval(counts, counts, 0.05) == (1.0, 1.0)

    def test_shapes_are_told_apart(self) -> None:
        table = by_shape([pause("a", False, 640, "I want to"), pause("a", True, 3_008)], ours(SETTINGS))
        assert table["unfinished"] == {"holds": 1, "cut": 0, "ends": 0, "delay_ms": None}
        assert table["finished"]["ends"] == 1

    def test_the_result_has_what_checks_read(self) -> None:
        pauses = [pause(f"{at}", is_end, 960 if is_end else 400) for at in range(3) for is_end in (False, True)]
        results, ratio, ci95 = scored(pauses, SETTINGS)
        assert set(ways(SETTINGS)) == {"ours", "smart_turn", "vad"} < set(results)
        for name in ways(SETTINGS):
            assert set(results[name]) == {"delay_ms_at_5pct", "delay_ms_at_10pct"}
        assert (results["holds"], results["ends"]) == (3, 3)
        assert ratio is not None
        assert ci95 is not None
        assert ci95[0] <= ratio <= ci95[1]
