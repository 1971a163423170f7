"""A model that goes away is ModelUnavailable at once, and serves again when it is back: fakes and real processes."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from agent.adapters.fake.models import (
    FakeReasoner,
    FakeRecogniser,
    FakeSynthesiser,
    FakeTurnDetector,
    FakeVoiceActivity,
)
from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.listening import WorkerTurnDetector, WorkerVoiceActivity
from agent.adapters.models.reasoning import Endpoint, HttpReasoner
from agent.adapters.models.speaking import WorkerSynthesiser
from agent.adapters.models.specs import worker_specs
from agent.adapters.system.priority import may_take_realtime
from agent.ports.models import ModelUnavailable
from agent.setup import llama
from agent.setup.paths import home
from agent.values.talk import ModelRequest, ModelTask
from agent.wire.messages import Kind, Message, encode
from tests.contract.model_workers import Running, wait_until_gone

pytestmark = pytest.mark.contract

REQUEST = ModelRequest(ModelTask.ANSWER, "Be brief.", (("user", "Hello"),), max_tokens=4)


@pytest.fixture
async def vad(tmp_path: Path) -> AsyncIterator[Running]:
    (spec,) = worker_specs(home().models, tmp_path, ["vad"])
    worker = Running(spec)
    worker.start()
    yield worker
    assert worker.stop() == 0


async def until_served(ask: Callable[[], Awaitable[object]]) -> None:
    """Ask until it is answered; the client tries again by itself within its longest back-off."""
    async with asyncio.timeout(30):
        while True:
            try:
                await ask()
            except ModelUnavailable:
                await asyncio.sleep(0.05)
            else:
                return


async def test_every_fake_can_be_taken_down_and_brought_back() -> None:
    vad, turns, recogniser, reasoner, voice = (
        FakeVoiceActivity(),
        FakeTurnDetector(),
        FakeRecogniser(),
        FakeReasoner(),
        FakeSynthesiser(),
    )
    stream = await vad.open()

    async def reply() -> list[object]:
        return [piece async for piece in reasoner.reply(REQUEST)]

    async def speak() -> list[bytes]:
        return [piece async for piece in voice.stream("Hello")]

    asks: list[Callable[[], Awaitable[object]]] = [
        lambda: stream.score(bytes(1024)),
        lambda: turns.complete(bytes(1024)),
        lambda: recogniser.transcribe(bytes(1024)),
        reply,
        speak,
    ]
    for is_down in (False, True, False):
        for model in (vad, turns, recogniser, reasoner, voice):
            model.is_down = is_down
        for ask in asks:
            if is_down:
                voice.spoken.clear()
                voice._kept.clear()
                with pytest.raises(ModelUnavailable):
                    await ask()
            else:
                await ask()


async def test_a_killed_worker_is_unavailable_then_serves_again_on_the_same_socket(vad: Running) -> None:
    connection = WorkerConnection(vad.spec.socket)
    stream = await WorkerVoiceActivity(connection).open()
    assert await stream.score(bytes(1024)) < 0.5
    vad.kill()
    for _ in range(3):
        with pytest.raises(ModelUnavailable):
            await stream.score(bytes(1024))
    vad.start()
    await until_served(lambda: stream.score(bytes(1024)))
    assert await connection.model() == "silero-vad"
    await connection.close()


async def test_a_request_in_progress_fails_when_its_worker_dies(tmp_path: Path) -> None:
    (spec,) = worker_specs(home().models, tmp_path, ["tts"])
    worker = Running(spec)
    worker.start()
    connection = WorkerConnection(spec.socket)
    synthesiser = WorkerSynthesiser(connection, "joe", tmp_path)
    text = "We are open from Monday to Friday. " * 20

    async def speak() -> None:
        async for _ in synthesiser.stream(text):
            if worker.is_running:
                worker.kill()

    with pytest.raises(ModelUnavailable, match="broke off"):
        await speak()
    assert not synthesiser.is_ready(text)
    await connection.close()


async def test_a_lost_model_server_is_unavailable_then_serves_again(tmp_path: Path) -> None:
    path = tmp_path / "llm.sock"
    server = llama.start(home(), path, slots=1)
    reasoner = HttpReasoner(Endpoint("qwen-0.5b", socket=path, dialect="llama"))
    assert [piece async for piece in reasoner.reply(REQUEST)]
    server.stop()
    with pytest.raises(ModelUnavailable):
        [piece async for piece in reasoner.reply(REQUEST)]
    server = llama.start(home(), path, slots=1)
    assert [piece async for piece in reasoner.reply(REQUEST)]
    await reasoner.close()
    server.stop()


async def test_a_client_that_sends_rubbish_harms_no_other(vad: Running) -> None:
    connection = WorkerConnection(vad.spec.socket)
    stream = await WorkerVoiceActivity(connection).open()
    await stream.score(bytes(1024))
    for rubbish in (b"GET / HTTP/1.1\r\n\r\n", encode(Message(Kind.RESULT, 1)), encode(Message(Kind.SPEAK, 1))):
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.settimeout(10)
            stranger.connect(str(vad.spec.socket))
            stranger.sendall(rubbish)
            stranger.shutdown(socket.SHUT_WR)
            stranger.recv(4096)
    assert await stream.score(bytes(1024)) < 0.5
    await connection.close()


def test_a_second_worker_on_a_live_socket_gives_up(vad: Running) -> None:
    outcome = subprocess.run(vad.spec.argv, capture_output=True, text=True, check=False, timeout=60)
    assert outcome.returncode == 2
    assert outcome.stderr.splitlines() == [f"vad worker: {vad.spec.socket}: another worker listens here; stop it first"]


@pytest.mark.parametrize("kind", ["vad", "stt", "tts", "caller"])
def test_a_missing_model_is_one_line_with_its_remedy(kind: str, tmp_path: Path) -> None:
    (spec,) = worker_specs(tmp_path / "none", tmp_path, [kind])
    outcome = subprocess.run(spec.argv, capture_output=True, text=True, check=False, timeout=60)
    assert (outcome.returncode, outcome.stdout) == (2, "")
    (line,) = outcome.stderr.splitlines()
    assert line.startswith(f"{kind} worker: {tmp_path}")
    assert line.endswith("fetch it with `attendant models fetch`")
    assert not spec.socket.exists()


def test_a_broken_model_is_one_line_with_its_remedy(tmp_path: Path) -> None:
    (spec,) = worker_specs(tmp_path, tmp_path, ["vad"])
    for name in ("silero-vad/silero_vad.onnx", "smart-turn/smart-turn.onnx"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"not a model")
    outcome = subprocess.run(spec.argv, capture_output=True, text=True, check=False, timeout=60)
    assert outcome.returncode == 2
    (line,) = outcome.stderr.splitlines()
    assert line.endswith("verify with `attendant models verify`")


def test_a_socket_path_too_long_is_named(tmp_path: Path) -> None:
    (spec,) = worker_specs(home().models, tmp_path / ("x" * 110), ["vad"])
    outcome = subprocess.run(spec.argv, capture_output=True, text=True, check=False, timeout=60)
    assert outcome.returncode == 2
    assert "ATTENDANT_HOME" in outcome.stderr


def test_a_worker_dies_with_its_parent(tmp_path: Path) -> None:
    (spec,) = worker_specs(home().models, tmp_path, ["vad"])
    script = "import subprocess, sys; p = subprocess.Popen(sys.argv[1:]); print(p.pid, flush=True); p.wait()"
    parent = subprocess.Popen([sys.executable, "-c", script, *spec.argv], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    lines = [parent.stdout.readline(), parent.stdout.readline()]
    pid = int(next(line for line in lines if line != "ready\n"))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert wait_until_gone(pid)


async def test_voice_activity_goes_with_the_audio_and_its_other_threads_do_not(vad: Running) -> None:
    connection = WorkerConnection(vad.spec.socket)
    await WorkerTurnDetector(connection).complete(bytes(32_000))
    await connection.close()
    threads = {int(name) for name in os.listdir(f"/proc/{vad.pid}/task")} - {vad.pid}
    own = os.sched_getscheduler(vad.pid) & ~os.SCHED_RESET_ON_FORK
    assert own == (os.SCHED_RR if may_take_realtime() else os.SCHED_OTHER)
    assert {os.sched_getscheduler(thread) for thread in threads} == {os.SCHED_OTHER}


async def test_the_model_works_behind_the_audio(vad: Running) -> None:
    assert os.getpriority(os.PRIO_PROCESS, vad.pid) >= os.getpriority(os.PRIO_PROCESS, 0) + 2
