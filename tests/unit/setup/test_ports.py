"""Free ports are free, taken ones are named."""

import socket

import pytest

from agent.setup import ports
from agent.setup.errors import CannotSetUp


def test_a_port_in_use_is_named_with_its_purpose() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CannotSetUp, match=f"port {port} for the console is in use"):
            ports.require_free(port, "the console")
        assert ports.is_answering(port)
    ports.require_free(port, "the console")
    assert not ports.is_answering(port)


def test_a_udp_port_in_use_is_named() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(CannotSetUp, match="ss -lnup"):
            ports.require_free(held.getsockname()[1], "SIP", udp=True)


def test_a_range_for_rtp_starts_even_and_can_be_bound_whole() -> None:
    found = ports.free_udp_range(20)
    assert found.start % 2 == 0
    assert len(found) == 20
    held = []
    try:
        for port in found:
            held.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            held[-1].bind(("127.0.0.1", port))
    finally:
        for each in held:
            each.close()


def test_free_ports_can_be_bound() -> None:
    with socket.create_server(("127.0.0.1", ports.free_tcp_port())):
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", ports.free_udp_port()))
