"""One suite for every model port: the fakes, the real models in their worker processes, and those of another host."""

import asyncio
import wave
from array import array
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soxr

from agent.adapters.fake.models import (
    FakeReasoner,
    FakeRecogniser,
    FakeSynthesiser,
    FakeTurnDetector,
    FakeVoiceActivity,
    tone,
)
from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.listening import WorkerRecogniser, WorkerTurnDetector, WorkerVoiceActivity
from agent.adapters.models.reasoning import Endpoint, HttpReasoner
from agent.adapters.models.speaking import CallerVoice, WorkerSynthesiser
from agent.adapters.models.specs import worker_specs
from agent.ports.models import ModelUnavailable, Reasoner, Recogniser, Synthesiser, TurnDetector, VoiceActivity
from agent.setup import llama
from agent.setup.paths import home
from agent.setup.ports import free_tcp_port
from agent.values.talk import ModelRequest, ModelTask, PromptUse
from tests.contract.model_workers import Running
from tests.relay import RunningRelay, make_relay

pytestmark = pytest.mark.contract

SAID = "I would like to book a cleaning on Thursday at ten."
SYSTEM = "You are the receptionist of a dental clinic. We open at eight in the morning and close at five. Be brief."
WINDOW_BYTES = 1024
SLOTS = 2
KINDS = ("vad", "stt", "tts", "llm")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Callable[[str], Running]]:
    """Starts each kind of worker when it is first asked for."""
    started: dict[str, Running] = {}

    def start(kind: str) -> Running:
        if kind not in started:
            (spec,) = worker_specs(home().models, folder, [kind])
            worker = Running(spec)
            worker.start()
            started[kind] = worker
        return started[kind]

    yield start
    for worker in started.values():
        assert worker.stop() == 0
        assert worker.log.read_text() == "", "what is said and heard is nobody's to log"


@pytest.fixture(scope="module")
def relay(folder: Path) -> Iterator[RunningRelay]:
    """The same workers as a controller on another host sees them."""
    made = make_relay(folder / "pki", folder, KINDS, free_tcp_port())
    made.start()
    yield made
    assert made.stop() == 0
    refused = made.log.read_text().splitlines()
    assert all(line.endswith("it left during the handshake") for line in refused), "some requests are cancelled at once"


@pytest.fixture
async def connect(
    request: pytest.FixtureRequest, running: Callable[[str], Running]
) -> AsyncIterator[Callable[..., WorkerConnection]]:
    made: list[WorkerConnection] = []

    def connection(kind: str, over: str = "worker") -> WorkerConnection:
        path = running(kind).spec.socket
        place = request.getfixturevalue("relay").place(kind) if over == "tls" else path
        made.append(WorkerConnection(place))
        return made[-1]

    yield connection
    for each in made:
        await each.close()


@pytest.fixture(scope="module")
def model_server(folder: Path) -> Iterator[Path]:
    server = llama.start(home(), folder / "llm.sock", SLOTS)
    yield server.socket
    server.stop()


@pytest.fixture(scope="module")
def speech() -> bytes:
    """A person saying that a call cannot be completed as dialled: 16 kHz PCM, from Asterisk's prompts (8 kHz)."""
    prompts = home().debian_root / "usr/share/asterisk/sounds/en_US_f_Allison"
    with wave.open(str(prompts / "cannot-complete-as-dialed.wav")) as clip:
        samples = np.frombuffer(clip.readframes(clip.getnframes()), "<i2")
        return bytes(soxr.resample(samples, clip.getframerate(), 16_000).astype("<i2").tobytes())


@pytest.fixture(scope="module")
def hiss() -> bytes:
    """Three seconds of white noise at -46 dBFS."""
    return np.random.default_rng(7).normal(0, 160, 48_000).astype("<i2").tobytes()


@pytest.fixture(params=["fake", "worker", "tls"])
def vad(request: pytest.FixtureRequest, connect: Callable[..., WorkerConnection]) -> VoiceActivity:
    return FakeVoiceActivity() if request.param == "fake" else WorkerVoiceActivity(connect("vad", request.param))


@pytest.fixture(params=["fake", "worker", "tls"])
def turns(request: pytest.FixtureRequest, connect: Callable[..., WorkerConnection]) -> TurnDetector:
    return FakeTurnDetector() if request.param == "fake" else WorkerTurnDetector(connect("vad", request.param))


@pytest.fixture(params=["fake", "worker", "tls"])
def recogniser(request: pytest.FixtureRequest, connect: Callable[..., WorkerConnection]) -> Recogniser:
    if request.param == "fake":
        return FakeRecogniser(default="Your call cannot be completed as dialed.")
    return WorkerRecogniser(connect("stt", request.param))


@pytest.fixture(params=["fake", "worker", "tls"])
def synthesiser(
    request: pytest.FixtureRequest, connect: Callable[..., WorkerConnection], tmp_path: Path
) -> Synthesiser:
    if request.param == "fake":
        return FakeSynthesiser()
    return WorkerSynthesiser(connect("tts", request.param), "joe", tmp_path)


@pytest.fixture(params=["fake", "server", "tls"])
async def reasoner(request: pytest.FixtureRequest) -> AsyncIterator[Reasoner]:
    if request.param == "fake":
        yield FakeReasoner(lambda asked: "yes" if asked.grammar else "The capital of France is Paris.")
        return
    endpoint = Endpoint("qwen-0.5b", socket=request.getfixturevalue("model_server"), dialect="llama", slots=SLOTS)
    if request.param == "tls":
        place = request.getfixturevalue("relay").place("llm")
        endpoint = replace(endpoint, socket=None, url=f"https://{place.address}", tls=place.tls)
    real = HttpReasoner(endpoint)
    await real.look()
    yield real
    await real.close()


def asked(text: str, **changes: object) -> ModelRequest:
    return ModelRequest(ModelTask.ANSWER, SYSTEM, (("user", text),), **changes)  # type: ignore[arg-type]


async def scores(vad: VoiceActivity, pcm: bytes) -> list[float]:
    stream = await vad.open()
    found = [
        await stream.score(pcm[at : at + WINDOW_BYTES]) for at in range(0, len(pcm) - WINDOW_BYTES + 1, WINDOW_BYTES)
    ]
    await stream.close()
    return found


# Hearing


async def test_speech_scores_above_noise(vad: VoiceActivity, speech: bytes, hiss: bytes) -> None:
    spoken, noise = await scores(vad, speech), await scores(vad, hiss)
    assert sum(score > 0.5 for score in spoken) > len(spoken) / 3
    assert max(noise) < 0.5


async def test_streams_do_not_hear_each_other(vad: VoiceActivity, speech: bytes, hiss: bytes) -> None:
    alone = await scores(vad, speech)
    together, _ = await asyncio.gather(scores(vad, speech), scores(vad, hiss))
    assert together == pytest.approx(alone, abs=1e-4)


async def test_a_window_of_the_wrong_size_is_refused(vad: VoiceActivity) -> None:
    stream = await vad.open()
    with pytest.raises(ModelUnavailable, match="1024 bytes"):
        await stream.score(b"\0" * 100)
    assert await stream.score(bytes(WINDOW_BYTES)) < 0.5


async def test_a_finished_turn_is_told_from_a_broken_one(turns: TurnDetector, speech: bytes) -> None:
    finished = await turns.complete(speech + bytes(6400))
    broken = await turns.complete(speech[: len(speech) * 3 // 5 & ~1])
    assert 0.0 <= broken < 0.5 < finished <= 1.0


async def test_silence_and_noise_have_no_text(recogniser: Recogniser, hiss: bytes) -> None:
    for pcm in (bytes(64_000), hiss, b"", b"\0"):
        for hints in ("", "Peter Johnson"):
            assert (await recogniser.transcribe(pcm, hints)).text == ""


async def test_speech_is_understood(recogniser: Recogniser, speech: bytes) -> None:
    heard = await recogniser.transcribe(speech)
    assert "cannot be completed as dialed" in heard.text
    assert heard.no_speech_prob < 0.4


async def test_partials_and_finals_are_all_answered(recogniser: Recogniser, speech: bytes) -> None:
    """Whatever is replaced under load ends too, with empty text; the final has the whole."""
    half = speech[: len(speech) // 2 & ~1]
    partials = [recogniser.transcribe(half, is_final=False, stream="a") for _ in range(6)]
    *drafts, final = await asyncio.gather(*partials, recogniser.transcribe(speech, stream="a"))
    assert "completed as dialed" in final.text
    assert len(drafts) == 6


async def test_a_cancelled_recognition_does_not_hurt_the_next(recogniser: Recogniser, speech: bytes) -> None:
    waiting = [asyncio.ensure_future(recogniser.transcribe(speech)) for _ in range(4)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert "completed as dialed" in (await recogniser.transcribe(speech)).text


# Speaking


def loudness(pcm: bytes) -> float:
    return float(np.sqrt(np.mean(np.square(np.array(array("h", pcm), np.float64)))))


async def test_speech_streams_in_even_audible_pieces(synthesiser: Synthesiser) -> None:
    pieces = [piece async for piece in synthesiser.stream("Thank you for calling. How may I help you today?")]
    assert len(pieces) > 2
    assert all(len(piece) % 2 == 0 for piece in pieces)
    assert loudness(b"".join(pieces)) > 300


async def test_longer_texts_take_longer(synthesiser: Synthesiser) -> None:
    short = b"".join([piece async for piece in synthesiser.stream("Good morning.")])
    long = b"".join([piece async for piece in synthesiser.stream("Good morning. " * 4)])
    assert len(long) > 2 * len(short) > 2 * 16_000 // 2


async def test_prepared_phrases_come_at_once_and_whole(synthesiser: Synthesiser) -> None:
    text = "One moment, please."
    assert not synthesiser.is_ready(text)
    await synthesiser.prepare((text, text))
    assert synthesiser.is_ready(text)
    first = [piece async for piece in synthesiser.stream(text)]
    assert len(first) == 1
    assert first == [piece async for piece in synthesiser.stream(text)]


async def test_a_reply_that_is_cut_short_leaves_the_voice_usable(synthesiser: Synthesiser) -> None:
    async with aclosing(synthesiser.stream("This sentence will not be heard to its end. " * 10)) as pieces:  # type: ignore[type-var]
        async for _ in pieces:
            break
    assert not synthesiser.is_ready("This sentence will not be heard to its end. " * 10)
    assert [piece async for piece in synthesiser.stream("But this one will.")]


async def test_nothing_to_say_is_silence(synthesiser: Synthesiser) -> None:
    assert [piece async for piece in synthesiser.stream("  ")] == []


# Reasoning


async def texts(reasoner: Reasoner, request: ModelRequest) -> list[str]:
    return [piece async for piece in reasoner.reply(request) if isinstance(piece, str)]


async def test_an_answer_streams_in_pieces(reasoner: Reasoner) -> None:
    await reasoner.warm(SYSTEM)
    pieces = await texts(reasoner, asked("What is the capital of France?"))
    assert len(pieces) > 2
    assert "Paris" in "".join(pieces)


async def test_the_grammar_is_obeyed(reasoner: Reasoner) -> None:
    request = asked("Tell me a long story about teeth.", grammar='root ::= "yes" | "no"')
    assert "".join(await texts(reasoner, request)).strip() in {"yes", "no"}


async def test_the_length_is_bounded(reasoner: Reasoner) -> None:
    pieces = await texts(reasoner, asked("Count to one hundred.", max_tokens=3))
    assert 0 < len(pieces) <= 3


async def test_a_cancelled_reply_stops_and_the_next_is_answered(reasoner: Reasoner) -> None:
    for _ in range(SLOTS + 2):
        request = asked("Count to five hundred, in words.", max_tokens=1500)
        async with aclosing(reasoner.reply(request)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                if isinstance(piece, str):
                    break
    async with asyncio.timeout(20):
        assert await texts(reasoner, asked("When do you open?"))


async def test_what_a_call_has_said_already_is_not_read_again(reasoner: Reasoner) -> None:
    first = asked("Is there parking behind the house?")
    (use, *_) = [piece async for piece in reasoner.reply(first, "call-1")]
    assert isinstance(use, PromptUse)
    after = (*first.messages, ("assistant", "Yes, there is."), ("user", "And how much is it?"))
    (again, *_) = [piece async for piece in reasoner.reply(replace(first, messages=after), "call-1")]
    assert isinstance(again, PromptUse)
    assert again.cached >= 0.8 * (use.cached + use.read)
    assert again.read < use.cached + use.read


# What only the real ones do


async def test_the_caller_is_understood(connect: Callable[[str], WorkerConnection], tmp_path: Path) -> None:
    voice = CallerVoice(connect("caller"), tmp_path)
    line = await voice.render(SAID, "jm_kumo")
    text = (await WorkerRecogniser(connect("stt")).transcribe(line)).text.lower()
    assert "cleaning" in text
    assert "thursday at 10" in text or "thursday at ten" in text
    kept = CallerVoice(WorkerConnection(tmp_path / "nobody.sock"), tmp_path)
    assert await kept.render(SAID, "jm_kumo") == line
    with pytest.raises(ModelUnavailable, match="there are jf_alpha"):
        await voice.render(SAID, "nobody")


async def test_phrases_outlive_the_process(connect: Callable[[str], WorkerConnection], tmp_path: Path) -> None:
    first = WorkerSynthesiser(connect("tts"), "joe", tmp_path)
    await first.prepare(("Goodbye.",))
    [_ async for _ in first.stream("Thank you, Mrs Smith.")]
    assert first.is_ready("Thank you, Mrs Smith.")
    kept = WorkerSynthesiser(WorkerConnection(tmp_path / "nobody.sock"), "joe", tmp_path)
    await kept.prepare(("Goodbye.",))
    assert kept.is_ready("Goodbye.")
    with pytest.raises(ModelUnavailable):
        await kept.prepare(("Thank you, Mrs Smith.",))


async def test_a_long_reply_does_not_hold_up_a_short_one(
    connect: Callable[[str], WorkerConnection], tmp_path: Path
) -> None:
    synthesiser = WorkerSynthesiser(connect("tts"), "joe", tmp_path)
    order: list[str] = []

    async def speak(name: str, text: str) -> None:
        async for _ in synthesiser.stream(text):
            order.append(name)
        order.append(f"{name} ended")

    await asyncio.gather(speak("long", "We are open from Monday to Friday. " * 8), speak("short", "Yes."))
    assert order.index("short ended") < order.index("long ended")
    assert order.index("short") < len(order) // 2


def test_the_fake_speaks_a_tone() -> None:
    assert len(tone(1000)) == 32_000
    assert 5000 < loudness(tone(1000)) < 6000
