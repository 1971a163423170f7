"""Workers listen on unix sockets. What import contracts cannot see, since it needs no import of its own."""

import re
from pathlib import Path

import pytest

from agent.setup.paths import home

NETWORK = re.compile(r"AF_INET|create_connection|open_connection|create_server|start_server|getaddrinfo|datagram")
MODULES = sorted((home().root / "agent/workers").glob("*.py"))
ALLOWED = {"relay.py"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.name))
def test_the_relay_alone_opens_a_connection_to_elsewhere(module: Path) -> None:
    assert bool(NETWORK.search(module.read_text())) == (module.name in ALLOWED)
