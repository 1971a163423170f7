"""The server around a model: replies, refusals, cancellation, clients that leave."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.adapters.models.connection import WorkerConnection
from agent.ports.models import ModelUnavailable
from agent.wire.messages import Kind, Message
from agent.workers.process import CannotStart
from agent.workers.server import MAX_TASKS_PER_PEER, BadRequest, Peer, Send, bind


class Scripted:
    """SPEAK repeats its text until told to stop; RENDER refuses; TURN breaks; VAD is answered at once."""

    def __init__(self) -> None:
        self.cancelled = 0
        self.forgotten: list[int] = []

    def answer(self, peer: int, request: Message) -> Message | None:
        if request.kind is Kind.VAD:
            return Message(Kind.RESULT, request.id, {"probability": 0.25})
        return None

    async def work(self, peer: int, request: Message, send: Send) -> None:
        if request.kind is Kind.RENDER:
            raise BadRequest("not today")
        if request.kind is Kind.TURN:
            raise ZeroDivisionError("a secret")
        try:
            send(Message(Kind.PIECE, request.id, payload=b"ab"))
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    def forget(self, peer: int) -> None:
        self.forgotten.append(peer)


@pytest.fixture
def service() -> Scripted:
    return Scripted()


@pytest.fixture
async def connection(service: Scripted, tmp_path: Path) -> AsyncIterator[WorkerConnection]:
    path = tmp_path / "w.sock"
    server = await asyncio.get_running_loop().create_unix_server(lambda: Peer(1, service, "m"), str(path))
    made = WorkerConnection(path)
    yield made
    await made.close()
    server.close()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0.005)


async def test_replies_reach_the_request_of_their_id(connection: WorkerConnection) -> None:
    assert (await connection.ask(Kind.VAD, {})).number("probability") == 0.25
    assert await connection.model() == "m"


async def test_a_refusal_tells_why_and_a_failure_tells_nothing_secret(connection: WorkerConnection) -> None:
    with pytest.raises(ModelUnavailable, match="not today"):
        await connection.ask(Kind.RENDER, {})
    with pytest.raises(ModelUnavailable) as failure:
        await connection.ask(Kind.TURN, {})
    assert "secret" not in str(failure.value)
    assert (await connection.ask(Kind.VAD, {})).number("probability") == 0.25


async def test_closing_a_stream_cancels_the_work(connection: WorkerConnection, service: Scripted) -> None:
    replies = connection.stream(Kind.SPEAK, {})
    assert (await anext(replies)).payload == b"ab"
    await replies.aclose()
    await settled()
    assert service.cancelled == 1


async def test_a_silent_worker_is_given_up(connection: WorkerConnection, service: Scripted) -> None:
    replies = connection.stream(Kind.SPEAK, {}, timeout_s=0.05)
    await anext(replies)
    with pytest.raises(ModelUnavailable, match="no reply within"):
        await anext(replies)
    await settled()
    assert service.cancelled == 1


async def test_a_client_that_leaves_takes_its_work_along(connection: WorkerConnection, service: Scripted) -> None:
    replies = [connection.stream(Kind.SPEAK, {}) for _ in range(3)]
    for each in replies:
        await anext(each)
    await connection.close()
    for each in replies:
        with pytest.raises(ModelUnavailable, match="broke off"):
            await anext(each)
    await settled()
    assert (service.cancelled, service.forgotten) == (3, [1])


async def test_too_many_requests_at_once_are_refused(connection: WorkerConnection) -> None:
    held = [connection.stream(Kind.SPEAK, {}) for _ in range(MAX_TASKS_PER_PEER)]
    for each in held:
        await anext(each)
    with pytest.raises(ModelUnavailable, match="too many requests"):
        await connection.ask(Kind.RENDER, {})
    for each in held:
        await each.aclose()


async def test_an_oversized_request_fails_alone(connection: WorkerConnection) -> None:
    with pytest.raises(ModelUnavailable, match="too large"):
        await connection.ask(Kind.SPEAK, {"text": "x" * 70_000})
    assert (await connection.ask(Kind.VAD, {})).number("probability") == 0.25


async def test_nobody_there_is_said_at_once(tmp_path: Path) -> None:
    nobody = WorkerConnection(tmp_path / "vad.sock")
    for _ in range(3):
        with pytest.raises(ModelUnavailable, match=r"vad\.sock"):
            await nobody.model()


def test_a_dead_socket_file_is_replaced_and_is_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "w.sock"
    bind(path).close()
    assert path.exists()
    with bind(path):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_live_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "w.sock"
    with socket.socket(socket.AF_UNIX) as live:
        live.bind(str(path))
        live.listen()
        with pytest.raises(CannotStart, match="another worker"):
            bind(path)
        assert path.exists()


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="cannot listen"):
        bind(tmp_path / "none" / "w.sock")
