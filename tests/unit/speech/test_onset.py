"""Onsets over the agent's speech: a voice at once, a cough and our own echo not."""

import numpy as np
import pytest

from agent.evals import sounds
from agent.evals.clipset import from_mulaw, to_mulaw
from agent.media.pcm import rms_dbfs, samples
from agent.speech.echo import EchoGuard
from agent.speech.gate import WINDOW_BYTES
from agent.speech.onset import Onset, voicing
from agent.values.audio import BYTES_PER_MS, SAMPLE_RATE_HZ

ROOM_DBFS = -62.0


def babble_of(seed: int, pitch_hz: float, length_ms: int) -> sounds.Sound:
    """Something like a voice: syllables of pulses through changing formants."""
    rng = np.random.default_rng(seed)
    parts = []
    while sum(part.size for part in parts) < length_ms * SAMPLE_RATE_HZ // 1000:
        count = int(rng.uniform(0.09, 0.22) * SAMPLE_RATE_HZ)
        cycle = np.cumsum(pitch_hz * (1 + 0.1 * np.sin(np.arange(count) / 1_500))) / SAMPLE_RATE_HZ % 1.0
        pulses = (np.diff(cycle, prepend=cycle[0]) < 0).astype(float)
        formants = (int(rng.uniform(300, 800)), int(rng.uniform(900, 2_200)), 2_600)
        parts += [sounds.resonate(pulses, formants, 90) * np.hanning(count) ** 0.3, sounds.silence(30)]
    return sounds.at_level(np.concatenate(parts)[: length_ms * SAMPLE_RATE_HZ // 1000], -18)


def on_the_line(sound: sounds.Sound) -> bytes:
    noise = np.random.default_rng(1).standard_normal(sound.size) * 10 ** (ROOM_DBFS / 20)
    pcm = sounds.to_pcm(sound + noise)
    return from_mulaw(to_mulaw(samples(pcm).copy())).tobytes()


def onsets(received: bytes, sent: bytes, prob: float = 0.9) -> list[int]:
    """Ends of the windows, in ms, at which somebody was found to begin. Whatever is loud is speech to the detector."""
    onset, found = Onset(), []
    for at in range(0, len(received) - WINDOW_BYTES + 1, WINDOW_BYTES):
        window, out = received[at : at + WINDOW_BYTES], sent[at : at + WINDOW_BYTES].ljust(WINDOW_BYTES, b"\0")
        level = rms_dbfs(window)
        speech = prob if level > ROOM_DBFS + 8 else 0.0
        if onset.feed(window, out, speech, level - ROOM_DBFS, level):
            found.append((at + WINDOW_BYTES) // BYTES_PER_MS)
    return found


AGENT = sounds.to_pcm(babble_of(7, 110, 4_000))


@pytest.mark.parametrize("level", [-34, -24, -14])
def test_a_voice_over_the_agent_is_found_within_two_windows(level: float) -> None:
    voice = sounds.at_level(babble_of(3, 210, 1_000), level)
    line = on_the_line(np.concatenate([sounds.silence(1_600), voice]))
    assert onsets(line, AGENT)[0] - 1_600 <= 96


def test_a_voice_while_the_agent_is_silent_is_left_to_the_gate() -> None:
    assert not onsets(on_the_line(babble_of(3, 210, 1_000)), b"")


def test_what_the_detector_does_not_take_for_speech_is_none() -> None:
    assert not onsets(on_the_line(babble_of(3, 210, 1_000)), AGENT, prob=0.4)


@pytest.mark.parametrize("seed", range(8))
def test_a_cough_is_burst_first_and_no_onset_when_the_detector_doubts(seed: int) -> None:
    cough = sounds.at_level(sounds.cough(np.random.default_rng(seed)), -18)
    assert not onsets(on_the_line(np.concatenate([sounds.silence(800), cough])), AGENT, prob=0.6)


@pytest.mark.parametrize(("loss_db", "delay_ms"), [(20, 40), (24, 130), (30, 250)])
def test_our_own_echo_is_no_onset(loss_db: float, delay_ms: int) -> None:
    voice = np.concatenate([sounds.silence(delay_ms), sounds.from_pcm(AGENT)])[: len(AGENT) // 2]
    reverb = np.concatenate([[1.0], 0.3 * np.random.default_rng(5).standard_normal(40) * np.exp(-np.arange(40) / 12)])
    line = on_the_line(np.convolve(voice, reverb)[: voice.size] * 10 ** (-loss_db / 20))
    assert not onsets(line, AGENT)


def test_a_voice_above_the_echo_is_an_onset() -> None:
    echo = np.concatenate([sounds.silence(100), sounds.from_pcm(AGENT)])[: len(AGENT) // 2] * 10 ** (-26 / 20)
    voice = np.concatenate([sounds.silence(2_000), sounds.at_level(babble_of(3, 210, 1_000), -22)])
    found = onsets(on_the_line(echo + np.pad(voice, (0, echo.size - voice.size))), AGENT)
    assert found
    assert 2_000 < found[0] <= 2_160


def test_what_is_as_loud_as_we_are_is_no_echo() -> None:
    guard = EchoGuard()
    heard = []
    for at in range(0, 60 * WINDOW_BYTES, WINDOW_BYTES):
        guard.feed(AGENT[at : at + WINDOW_BYTES], AGENT[at : at + WINDOW_BYTES])
        heard.append(guard.is_echo())
    assert not any(heard)


def test_voicing_tells_a_vowel_from_breath() -> None:
    noise = sounds.to_pcm(np.random.default_rng(2).standard_normal(800) * 0.1)
    assert voicing(sounds.to_pcm(babble_of(3, 120, 400))[3_200:4_800]) > 0.7
    assert voicing(noise) < 0.5
    assert voicing(b"") == voicing(bytes(1_600)) == 0.0


def test_a_turn_is_told_to_be_our_echo_by_its_windows() -> None:
    onset = Onset()

    def hear(line: bytes, sent: bytes) -> None:
        for at in range(0, len(line) - WINDOW_BYTES + 1, WINDOW_BYTES):
            window, level = line[at : at + WINDOW_BYTES], rms_dbfs(line[at : at + WINDOW_BYTES])
            out = sent[at : at + WINDOW_BYTES].ljust(WINDOW_BYTES, b"\0")
            onset.feed(window, out, 0.9 if level > ROOM_DBFS + 8 else 0.0, level - ROOM_DBFS, level)

    echo = np.concatenate([sounds.silence(100), sounds.from_pcm(AGENT)])[: len(AGENT) // 2] * 10 ** (-24 / 20)
    hear(on_the_line(echo), AGENT)
    assert onset.is_echo
    onset.forget()
    assert not onset.is_echo
    hear(on_the_line(babble_of(3, 210, 1_000)), b"")
    assert not onset.is_echo
