"""The bench of the recogniser: what it feeds, what it counts, and when a turn's text is there."""

import gzip
import os
import socket
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from agent.adapters.fake.models import FakeRecogniser, FakeTurnDetector, FakeVoiceActivity, tone
from agent.evals.bench_stt import PIECE_MS, Arms, Heard, ahead_ms, both_arms, scored, words_in, words_without_gate
from agent.evals.clipset import EndpointingLabels, Silence, write_clip
from agent.evals.no_speech import EACH_S, no_speech
from agent.evals.stt_clips import TAIL_MS, VOICES, Utterance, from_folder, hiss, prompts, utterances, with_losses
from agent.evals.stt_listener import Senses
from agent.evals.worker_cpu import WorkerCpu
from agent.media.pcm import rms_dbfs
from agent.values.audio import BYTES_PER_MS, FRAME_BYTES


class Tones:
    """A caller who hums."""

    async def render(self, _text: str, _voice: str) -> bytes:
        return tone(900)


class Ticking:
    """A clock, or a meter, that moves by the next of its ``steps`` at every other look."""

    def __init__(self, *steps: float) -> None:
        self._steps, self._at, self._looks = list(steps), 0.0, 0

    def seconds(self) -> float:
        self._looks += 1
        if self._looks % 2 == 0:
            self._at += self._steps[(self._looks // 2 - 1) % len(self._steps)]
        return self._at


def quiet(_done: int, _all: int) -> None:
    """Progress is nobody's."""


async def test_every_voice_speaks_every_line_and_half_of_all_is_clean() -> None:
    made = await utterances(Tones(), None, quiet)
    assert {one.speaker for one in made} == set(VOICES)
    assert len(made) == len({(one.speaker, one.text) for one in made}) >= 150
    shares = [sum(one.condition == name for one in made) / len(made) for name in ("clean", "noise", "loss")]
    assert shares == pytest.approx([0.5, 0.25, 0.25], abs=0.01)
    assert made == await utterances(Tones(), None, quiet)


async def test_noise_lies_ten_to_twenty_db_under_the_speech() -> None:
    for one in await utterances(Tones(), None, quiet):
        if one.condition == "noise":
            lead = rms_dbfs(one.pcm[40 * BYTES_PER_MS : 200 * BYTES_PER_MS])
            speech = rms_dbfs(one.pcm[400 * BYTES_PER_MS : 1_000 * BYTES_PER_MS])
            # Babble is not even: 160 ms of it may be quieter than the whole.
            assert 8 < speech - lead < 26


def test_losses_are_as_many_as_asked_and_leave_the_length() -> None:
    pcm = tone(20_000)
    lossy = with_losses(pcm, 0.05, np.random.default_rng(1))
    frames = range(0, len(pcm), FRAME_BYTES)
    changed = sum(pcm[at : at + FRAME_BYTES] != lossy[at : at + FRAME_BYTES] for at in frames)
    assert len(lossy) == len(pcm)
    # Each loss changes its own frame, and the first 5 ms after it.
    assert 0.04 < changed / len(frames) < 0.13


@pytest.mark.parametrize(("tilt", "db_an_octave"), [(0.0, 0.0), (0.5, 3.0), (1.0, 6.0)])
def test_a_hiss_falls_as_its_colour_says(tilt: float, db_an_octave: float) -> None:
    power = np.abs(np.fft.rfft(hiss(np.random.default_rng(2), 160_000, tilt))) ** 2
    low, high = power[5_000:10_000].mean(), power[20_000:40_000].mean()
    assert 10 * np.log10(low / high) / 2 == pytest.approx(db_an_octave, abs=0.3)


def test_prompts_are_those_with_words_alone(tmp_path: Path) -> None:
    data = tmp_path / "asterisk"
    (data / "sounds/en").mkdir(parents=True)
    (tmp_path / "doc/asterisk-core-sounds-en").mkdir(parents=True)
    texts = "; head\nplain: Please try again.\nbeep: [a simple beep tone]\nspelled: press A or b c\nshort: Yes.\n"
    with gzip.open(tmp_path / "doc/asterisk-core-sounds-en/core-sounds-en.txt.gz", "wt") as file:
        file.write(texts)
    for name in ("plain", "beep", "spelled", "short"):
        with wave.open(str(data / f"sounds/en/{name}.wav"), "wb") as sound:
            sound.setparams((1, 2, 8_000, 0, "NONE", ""))
            sound.writeframes(tone(1_000)[::2])
    assert [text for text, _ in prompts(data)] == ["Please try again."]
    assert list(prompts(tmp_path / "nowhere/asterisk")) == []


def test_clips_of_ones_own_are_heard_up_to_their_end(tmp_path: Path) -> None:
    labels = EndpointingLabels("tune", "ann", "Two, please.", (Silence(1_000, 2_000, True),), "time")
    write_clip(tmp_path, "two", tone(1_000) + bytes(1_000 * BYTES_PER_MS), labels)
    (one,) = from_folder(tmp_path)
    assert (one.speaker, one.text, one.expects) == ("ann", "Two, please.", "time")
    assert len(one.pcm) == (1_000 + TAIL_MS) * BYTES_PER_MS


def test_ten_minutes_hold_no_speech_and_no_silence() -> None:
    kinds = no_speech(None)
    assert sum(len(pcm) for pcm in kinds.values()) == 600_000 * BYTES_PER_MS
    assert all(len(pcm) == EACH_S * 1_000 * BYTES_PER_MS and rms_dbfs(pcm) > -70 for pcm in kinds.values())


async def test_both_arms_hear_everything_and_pay_for_themselves() -> None:
    spoken = [Utterance("ann", "one two three", "clean", tone(500)) for _ in range(4)]
    short, long = FakeRecogniser(default="one two four"), FakeRecogniser(default="1 2 3")
    # In the order they are asked: short, long; long, short; and so on.
    heard = await both_arms(Arms(short, long, Ticking(1.0, 8.0, 8.0, 1.0)), spoken)
    assert [one.cpu_s for one in heard] == [(1.0, 8.0)] * 4
    assert [one.errors for one in heard] == [(1, 0)] * 4
    assert [one.words for one in heard] == [3] * 4


def test_rates_are_pooled_over_words_and_costs_paired() -> None:
    heard = [
        Heard("ann", "clean", 9, (0, 0), (0.1, 0.8)),
        Heard("bob", "noise", 1, (1, 0), (0.2, 1.6)),
    ]
    results, ratio = scored(heard)
    assert results["short"] == {"wer": 10.0, "cpu_s": 0.15}
    assert results["long"] == {"wer": 0.0, "cpu_s": 1.2}
    assert results["wer_points_more"] == 10.0
    low, high = results["wer_points_more_ci95"]
    assert low <= 10.0 <= high
    assert (results["clean"]["short"]["wer"], results["noise"]["n"]) == (0.0, 1)
    assert ratio is not None
    assert (ratio.ratio, ratio.ci95) == (0.125, (0.125, 0.125))


def test_a_run_whose_long_arm_drifted_is_void() -> None:
    steady = [Heard("ann", "clean", 1, (0, 0), (0.1, 1.0))] * 4
    dear = [Heard("ann", "clean", 1, (0, 0), (0.1, 1.5))] * 4
    assert not scored(steady * 2)[0]["is_void"]
    assert scored([*steady, *dear])[0]["is_void"]


@pytest.mark.parametrize(("took_s", "is_ahead"), [(0.05, True), (5.0, False)])
async def test_a_text_is_ahead_when_it_comes_before_the_turn_is_over(took_s: float, is_ahead: bool) -> None:
    vad = FakeVoiceActivity()
    senses = Senses(vad, FakeRecogniser(default="Yes."), FakeTurnDetector(), Ticking(took_s).seconds)
    ahead = await ahead_ms(senses, Utterance("ann", "yes", "clean", bytes(6_400) + tone(800), "yes_no"))
    assert ahead is not None
    assert (ahead >= 0) == is_ahead
    assert vad.open_streams == 0


async def test_words_on_noise_are_those_behind_the_voice_gate() -> None:
    def senses() -> Senses:
        return Senses(FakeVoiceActivity(), FakeRecogniser(default="you you"), FakeTurnDetector(), time.monotonic)

    gap = bytes(3_000 * BYTES_PER_MS)
    assert await words_in(senses(), gap + gap) == 0
    assert await words_in(senses(), gap + tone(800) + gap + tone(800) + gap) == 4


async def test_without_the_gate_every_piece_is_recognised() -> None:
    recogniser = FakeRecogniser(default="you")
    assert await words_without_gate(recogniser, tone(PIECE_MS * 2 + 100)) == 3
    assert recogniser.hints == [recogniser.hints[0]] * 3
    assert recogniser.hints[0]


def test_the_cpu_of_whoever_listens_on_a_socket_is_read(tmp_path: Path) -> None:
    path = tmp_path / "w.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        meter = WorkerCpu(path)
        before, used = meter.seconds(), time.process_time()
        while time.process_time() - used < 0.05:
            os.getpid()
        assert meter.seconds() - before >= 0.04
