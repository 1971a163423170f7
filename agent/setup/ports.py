"""Free ports on loopback. A port found free can be taken before it is used: bind soon, and be ready to look again."""

import random
import socket
from collections.abc import Iterable
from contextlib import ExitStack, suppress

from agent.setup.errors import CannotSetUp

_LOOPBACK = "127.0.0.1"
# Below Linux's ephemeral ports (32768 up), so that no outgoing connection lands in a range we handed to Asterisk.
_FIRST, _LAST = 10_000, 32_000
_TRIES = 200


def free_tcp_port() -> int:
    return _free_port(socket.SOCK_STREAM)


def free_udp_port() -> int:
    return _free_port(socket.SOCK_DGRAM)


def free_udp_range(count: int) -> range:
    """`count` consecutive UDP ports from an even one (RTP: RFC 3550, section 11), all free when looked at."""
    for _ in range(_TRIES):
        first = random.randrange(_FIRST, _LAST - count, 2)
        candidate = range(first, first + count)
        if _are_free(candidate, socket.SOCK_DGRAM):
            return candidate
    raise CannotSetUp(f"no {count} consecutive UDP ports are free on {_LOOPBACK}", "end what holds them: ss -lnup")


def require_free(port: int, what: str, *, udp: bool = False) -> None:
    """CannotSetUp where something listens on `port` already."""
    if not _are_free([port], socket.SOCK_DGRAM if udp else socket.SOCK_STREAM):
        flag = "-lnup" if udp else "-lntp"
        raise CannotSetUp(
            f"port {port} for {what} is in use on {_LOOPBACK}", f"see who holds it: ss {flag} 'sport = {port}'"
        )


def is_answering(port: int) -> bool:
    """True where a TCP connection to `port` is accepted."""
    with suppress(OSError), socket.create_connection((_LOOPBACK, port), timeout=1.0):
        return True
    return False


def _free_port(kind: socket.SocketKind) -> int:
    for _ in range(_TRIES):
        port = random.randrange(_FIRST, _LAST)
        if _are_free([port], kind):
            return port
    raise CannotSetUp(f"no free port was found on {_LOOPBACK}", "end what holds them: ss -lntup")


def _are_free(ports: Iterable[int], kind: socket.SocketKind) -> bool:
    with ExitStack() as held:
        for port in ports:
            try:
                probe = held.enter_context(socket.socket(socket.AF_INET, kind))
                if kind == socket.SOCK_STREAM:
                    # As servers do: a port whose connections linger in TIME_WAIT is free, one that listens is not.
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((_LOOPBACK, port))
            except OSError:
                return False
    return True
