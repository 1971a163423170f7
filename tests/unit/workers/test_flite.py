"""flite's voices, by the program itself."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from agent.evals.scenario_file import load
from agent.wire.messages import Kind, Message
from agent.workers import flite
from agent.workers.caller import CallerService
from agent.workers.flite import VOICES, Flite
from agent.workers.server import BadRequest

LINE = "-voice is what a line may begin with; my name is Anna Miller."


@pytest.mark.parametrize("voice", VOICES)
def test_each_voice_speaks_at_the_level_of_the_others(voice: str) -> None:
    samples = Flite().render(LINE, voice)
    assert samples.dtype == np.float32
    assert 2.0 < len(samples) / 16_000 < 8.0
    voiced = samples[np.abs(samples) > 0.01]
    assert 20 * np.log10(np.sqrt(np.mean(voiced**2))) == pytest.approx(-17.7, abs=2.5)
    assert np.abs(samples).max() <= 0.99


def test_the_voices_differ() -> None:
    assert len({Flite().render("Good morning.", voice).tobytes() for voice in VOICES}) == len(VOICES)


@pytest.mark.parametrize("voice", ["flite-kal", "flite-http://127.0.0.1/voice", "flite-/etc/passwd", "slt"])
def test_no_other_voice_reaches_the_program(voice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flite, "PROGRAM", "/nowhere/flite")
    with pytest.raises(KeyError):
        Flite().render(LINE, voice)


def test_a_program_that_is_not_there_or_fails_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flite, "PROGRAM", "/nowhere/flite")
    with pytest.raises(BadRequest, match="apt-get install flite"):
        Flite().render(LINE, "flite-slt")
    monkeypatch.setattr(flite, "PROGRAM", "false")
    with pytest.raises(BadRequest, match="could not speak"):
        Flite().render(LINE, "flite-slt")


def test_the_callers_worker_knows_families() -> None:
    service, sent = CallerService((Flite(),)), list[Message]()

    def ask(voice: str) -> None:
        asyncio.run(service.work(1, Message(Kind.RENDER, 7, {"text": "Hello.", "voice": voice}), sent.append))

    ask("flite-rms")
    assert len(sent[0].payload) > 8_000
    with pytest.raises(BadRequest, match=r"no voice 'jf_x'; there are flite-awb, "):
        ask("jf_x")


def test_the_shipped_scenario_names_voices_that_there_are() -> None:
    assert load("ask-hours-flite").voices == VOICES
