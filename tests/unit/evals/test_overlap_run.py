"""Overlaps in audio time with models that are fakes: the ear, the playout and the machine are the product's."""

from pathlib import Path

import numpy as np
import pytest

from agent.adapters.fake.models import FakeRecogniser, FakeTurnDetector, FakeVoiceActivity
from agent.evals import sounds
from agent.evals.bench_bargein import scored, shipped_profile, wilson
from agent.evals.clipset import BargeInLabels, Clip, SoundClass
from agent.evals.overlap_run import Listening, Overlap, overlap
from tests.unit.speech.test_onset import AGENT, babble_of

ONSET_MS = 1_000


def clip(sound_ms: int, kind: SoundClass = "interruption", echo_loss_db: int = 0) -> Clip:
    labels = BargeInLabels(
        "test", "made", "", kind, ONSET_MS, sound_ms, "We are open on Monday and on Friday.", "en", echo_loss_db, 120
    )
    sound = [sounds.silence(ONSET_MS), sounds.at_level(babble_of(3, 210, sound_ms), -18), sounds.silence(2_000)]
    return Clip(Path(f"{kind}.wav"), sounds.to_pcm(np.concatenate(sound)), labels)


async def heard(what: Clip, *texts: str, default: str = "") -> Overlap:
    models = Listening(FakeVoiceActivity(), FakeRecogniser(texts, default), FakeTurnDetector())
    return await overlap(what, AGENT * 2, models, shipped_profile())


async def test_words_stop_the_agent_soon() -> None:
    found = await heard(clip(1_200), default="No, I said Thursday.")
    assert found.is_stopped
    assert found.paused_ms[0] <= 120
    assert found.stopped_ms is not None
    assert found.stopped_ms <= 520
    assert not found.gaps_ms


@pytest.mark.parametrize("words", ["Mm-hm.", "Okay.", ""])
async def test_assent_and_sounds_without_words_pause_the_agent_for_a_moment(words: str) -> None:
    found = await heard(clip(350, "backchannel"), default=words)
    assert found.stopped_ms is None
    assert found.paused_ms
    assert max(found.gaps_ms) <= 600


async def test_words_that_come_after_the_breath_was_let_go_still_stop() -> None:
    found = await heard(clip(1_800), default="Okay.")
    assert found.gaps_ms
    assert found.is_stopped


async def test_our_own_voice_never_pauses_us() -> None:
    found = await heard(clip(1_000, "echo", echo_loss_db=24), default="We are open on Monday")
    assert not found.paused_ms
    assert found.stopped_ms is None


def test_shares_come_with_wilsons_interval() -> None:
    assert wilson(0, 0) is None
    assert wilson(200, 200) == (0.9812, 1.0)
    assert wilson(10, 200) == (0.0274, 0.0896)


def test_results_count_by_class() -> None:
    cough = clip(100, "cough").labels
    meant = clip(100).labels
    assert isinstance(cough, BargeInLabels)
    assert isinstance(meant, BargeInLabels)
    found = [
        Overlap("a", meant, (60,), (), 500, ()),
        Overlap("b", meant, (60,), (580,), 2_400, ()),
        Overlap("c", cough, (100,), (300,), None, ()),
        Overlap("d", cough, (), (), None, ()),
    ]
    results = scored(found)
    assert (results["interruptions"]["n"], results["interruptions"]["stopped"]) == (2, 1)
    assert results["others"]["paused"] == 1
    assert results["others"]["stopped"] == 0
    assert results["others"]["resumed_ms_p95"] == 300
    assert results["others"]["by_class"]["cough"]["n"] == 2
