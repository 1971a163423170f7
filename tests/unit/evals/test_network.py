"""A bad network: what it loses and holds up is the call's own luck, and nothing overtakes."""

import asyncio
import socket
from collections.abc import Callable, Iterator

import pytest

from agent.adapters.rtp.line import bound_socket
from agent.evals.network import ImpairedSocket, impaired_line
from agent.evals.scenario import Network
from agent.evals.scenario_file import ScenarioError, parse
from agent.values.audio import SILENCE

HOST = "127.0.0.1"
BASE = """
name = "x"
about = "y"
dial = "+15125550100"
expect = ["booked"]
voices = ["jm_kumo"]
"""


@pytest.fixture
def far() -> Iterator[socket.socket]:
    """The carrier's socket."""
    sock = bound_socket(HOST, 0)
    yield sock
    sock.close()


async def sent_through(far: socket.socket, network: Network, seed: int, count: int = 200) -> list[bytes]:
    """What arrives of ``count`` packets once all that is under way has come."""
    near = ImpairedSocket(bound_socket(HOST, 0), network, seed)
    near.connect(far.getsockname())
    for number in range(count):
        near.send(number.to_bytes(2, "big"))
    await asyncio.sleep(network.jitter_ms / 1000 + 0.01)
    near.close()
    return drained(lambda: far.recv(100))


def drained(receive: Callable[[], bytes]) -> list[bytes]:
    """All that waits to be read."""
    came = []
    while True:
        try:
            came.append(receive())
        except BlockingIOError:
            return came


async def test_a_good_network_delivers_everything_in_order(far: socket.socket) -> None:
    assert await sent_through(far, Network(), 1) == [number.to_bytes(2, "big") for number in range(200)]


async def test_loss_is_about_as_asked_and_the_seeds_own(far: socket.socket) -> None:
    network = Network(loss_percent=20)
    first, again, other = [await sent_through(far, network, seed) for seed in (1, 1, 2)]
    assert first == again
    assert first != other
    assert 120 <= len(first) <= 190


async def test_what_is_held_up_still_comes_in_order(far: socket.socket) -> None:
    came = await sent_through(far, Network(jitter_ms=40), 1)
    assert came == sorted(came)
    assert len(came) == 200


async def test_jitter_does_not_change_which_packets_are_lost(far: socket.socket) -> None:
    lossy = await sent_through(far, Network(loss_percent=10), 3)
    assert await sent_through(far, Network(loss_percent=10, jitter_ms=30), 3) == lossy


async def test_the_way_back_is_bad_too_with_a_luck_of_its_own(far: socket.socket) -> None:
    near = ImpairedSocket(bound_socket(HOST, 0), Network(loss_percent=30), 1)
    for number in range(200):
        far.sendto(number.to_bytes(2, "big"), near.getsockname())
    came = drained(lambda: near.recvfrom(100)[0])
    near.close()
    assert 100 <= len(came) <= 180
    assert came != await sent_through(far, Network(loss_percent=30), 1)


async def test_a_line_over_it_hears_and_conceals(far: socket.socket) -> None:
    line = impaired_line(HOST, Network(loss_percent=10), 1)
    line.connect(*far.getsockname())
    for _ in range(50):
        line.exchange(SILENCE)
    assert line.stats()["sent"] == 50
    await asyncio.sleep(0.01)
    assert 0 < len(drained(lambda: far.recv(2000))) < 50
    line.close()


def test_a_scenario_says_how_bad_the_network_is() -> None:
    scenario = parse(BASE + "[network]\nloss_percent = 5\njitter_ms = 40\n", "f.toml")
    assert scenario.network == Network(5, 40)
    assert parse(BASE, "f.toml").network.is_good


@pytest.mark.parametrize(
    ("line", "said"),
    [("loss_percent = 60", "give 0 to 50"), ("jitter_ms = 2.5", "give 0 to 500"), ("delay_ms = 1", "unknown key")],
)
def test_a_network_that_cannot_be_is_told_with_its_line(line: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=r"f\.toml:9: ") as told:
        parse(BASE + f"\n[network]\n{line}\n", "f.toml")
    assert said in str(told.value)
