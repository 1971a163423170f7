"""Workers of another host: who is let in, who is not, and what passes."""

import asyncio
import socket
import ssl
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.tls import TlsFault, TlsPlace, client_context, server_context, split_address
from agent.ports.models import ModelUnavailable
from agent.setup.pki import make_pki
from agent.setup.ports import free_tcp_port
from agent.wire.messages import Kind, Message, alpn
from agent.workers.server import Peer, Send
from tests.relay import HOST, RunningRelay, make_relay

PIECE = bytes(range(256)) * 1024


class Speaker:
    """SPEAK: three large pieces, then the end."""

    def answer(self, peer: int, request: Message) -> Message | None:
        return None

    async def work(self, peer: int, request: Message, send: Send) -> None:
        for _ in range(3):
            send(Message(Kind.PIECE, request.id, payload=request.payload))
        send(Message(Kind.END, request.id))

    def forget(self, peer: int) -> None: ...


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[RunningRelay]:
    """A relay that serves ``tts``, whose worker is there, and ``stt``, whose worker is not."""
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(lambda: Peer(1, Speaker(), "m"), str(tmp_path / "tts.sock"))
    made = make_relay(tmp_path / "pki", tmp_path, ("tts", "stt"), free_tcp_port())
    await asyncio.to_thread(made.start)
    yield made
    assert await asyncio.to_thread(made.stop) == 0
    server.close()


async def refused(place: TlsPlace) -> str:
    connection = WorkerConnection(place)
    with pytest.raises(ModelUnavailable) as failure:
        await connection.model()
    await connection.close()
    return str(failure.value)


async def logged(relay: RunningRelay) -> str:
    """The relay's one line, once it is there."""
    async with asyncio.timeout(10):
        while not (text := relay.log.read_text()):  # noqa: ASYNC110 (another process writes it)
            await asyncio.sleep(0.01)
    (line,) = text.splitlines()
    return line


async def test_requests_and_replies_pass_whole_both_ways(relay: RunningRelay) -> None:
    connection = WorkerConnection(relay.place("tts"))
    assert await connection.model() == "m"
    many = [connection.stream(Kind.SPEAK, {}, PIECE) for _ in range(8)]
    for each in many:
        assert [reply.payload for reply in [r async for r in each]] == [PIECE] * 3
    await connection.close()
    assert relay.log.read_text() == ""


async def test_without_a_certificate_nobody_enters(relay: RunningRelay) -> None:
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.load_verify_locations(relay.pki / "controller/ca.pem")
    bare.set_alpn_protocols([alpn("tts")])
    assert "see its relay's log" in await refused(TlsPlace("tts", HOST, relay.port, bare))
    assert (await logged(relay)).endswith("refused: it shows no certificate")


async def test_a_server_that_resets_is_one_that_lets_nobody_in(tmp_path: Path) -> None:
    """It closed while our first request was still unread: the kernel then sends RST, not an end."""
    make_pki(tmp_path, [HOST])

    def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    server = await asyncio.start_server(reset, HOST, 0, ssl=server_context(tmp_path / "worker", ("tts",)))
    port = server.sockets[0].getsockname()[1]
    told = await refused(TlsPlace("tts", HOST, port, client_context(tmp_path / "controller", "tts")))
    server.close()
    assert "see its relay's log" in told


async def test_a_certificate_of_another_authority_does_not_do(relay: RunningRelay, tmp_path: Path) -> None:
    make_pki(tmp_path / "others", [HOST])
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    theirs.load_verify_locations(relay.pki / "controller/ca.pem")
    theirs.load_cert_chain(tmp_path / "others/controller/cert.pem", tmp_path / "others/controller/key.pem")
    theirs.set_alpn_protocols([alpn("tts")])
    await refused(TlsPlace("tts", HOST, relay.port, theirs))
    assert "its certificate is refused" in await logged(relay)


async def test_a_workers_certificate_does_not_make_a_controller(relay: RunningRelay) -> None:
    await refused(TlsPlace("tts", HOST, relay.port, client_context(relay.pki / "worker", "tts")))
    assert "unsuitable certificate purpose" in await logged(relay)


async def test_we_do_not_talk_to_a_stranger_either(relay: RunningRelay, tmp_path: Path) -> None:
    make_pki(tmp_path / "others", [HOST])
    told = await refused(TlsPlace("tts", HOST, relay.port, client_context(tmp_path / "others/controller", "tts")))
    assert "its certificate is refused" in told


async def test_a_host_of_another_name_is_not_believed(relay: RunningRelay, tmp_path: Path) -> None:
    make_pki(relay.pki, ["gpu-host.example"])
    moved = RunningRelay(tmp_path, relay.pki, ("tts",), free_tcp_port())
    await asyncio.to_thread(moved.start)
    assert "certificate is not valid for '127.0.0.1'" in await refused(moved.place("tts"))
    await asyncio.to_thread(moved.stop)


async def test_a_worker_that_is_not_served_and_one_that_is_down(relay: RunningRelay) -> None:
    await refused(relay.place("vad"))
    assert (await logged(relay)).endswith("it asks for no worker that is served here")
    relay.log.write_text("")
    await refused(relay.place("stt"))
    assert "stt.sock does not answer" in await logged(relay)


async def test_rubbish_and_silence_harm_nobody(relay: RunningRelay) -> None:
    for rubbish in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 4096, b""):
        reader, writer = await asyncio.open_connection(HOST, relay.port)
        writer.write(rubbish)
        writer.write_eof()
        await reader.read()
        writer.close()
    connection = WorkerConnection(relay.place("tts"))
    assert await connection.model() == "m"
    await connection.close()


async def test_a_relay_that_ends_and_returns_is_found_again(relay: RunningRelay) -> None:
    connection = WorkerConnection(relay.place("tts"))
    assert await connection.model() == "m"
    await asyncio.to_thread(relay.stop)
    with pytest.raises(ModelUnavailable):
        await connection.model()
    await asyncio.to_thread(relay.start)
    async with asyncio.timeout(20):
        while True:
            try:
                assert await connection.model() == "m"
                break
            except ModelUnavailable:
                await asyncio.sleep(0.05)
    await connection.close()


def test_what_is_wrong_with_the_command_line_is_one_line(tmp_path: Path) -> None:
    make_pki(tmp_path, [HOST])
    port = free_tcp_port()
    for listen, folder, says in (
        ("nowhere", "worker", "'nowhere' is not HOST:PORT"),
        (f"{HOST}:{port}", "none", "No such file or directory; it needs ca.pem, cert.pem and key.pem"),
        (f"192.0.2.1:{port}", "worker", "cannot listen"),
    ):
        argv = [sys.executable, "-m", "agent.workers.relay", "--listen", listen, "--kind", "stt"]
        argv += ["--tls", str(tmp_path / folder), "--sockets", str(tmp_path)]
        outcome = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
        assert outcome.returncode == 2
        (line,) = outcome.stderr.splitlines()
        assert line.startswith("relay: ")
        assert says in line


@pytest.mark.parametrize("address", ["host", "host:", ":1", "host:0", "host:65536", "host:x", "::1:80"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is not HOST:PORT"):
        split_address(address)


def test_addresses() -> None:
    assert split_address("gpu-host:7900") == ("gpu-host", 7900)
    assert split_address("[::1]:7900") == ("::1", 7900)


def test_a_key_of_another_certificate_is_told(tmp_path: Path) -> None:
    make_pki(tmp_path, [HOST])
    (tmp_path / "worker/key.pem").write_bytes((tmp_path / "controller/key.pem").read_bytes())
    with pytest.raises(TlsFault, match="is no certificate with its key"):
        client_context(tmp_path / "worker", "stt")
