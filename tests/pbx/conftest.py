from collections.abc import AsyncIterator, Iterator

import pytest

from agent.setup.pbx_pair import PbxPair
from agent.setup.stack import Stack
from tests.pbx.caller import Carrier
from tests.pbx.pair import carrier_ari, pbx_ari, start_test_pair, wait_quiet
from tests.pbx.stack import start_test_stack


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PbxPair]:
    running = start_test_pair("test", tmp_path_factory.mktemp("prompts"))
    yield running
    running.stop()


@pytest.fixture
async def carrier(pair: PbxPair) -> AsyncIterator[Carrier]:
    async with Carrier(carrier_ari(pair)) as network:
        yield network
    await wait_quiet(pbx_ari(pair))


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The whole product, once for all tests that place calls."""
    running = start_test_stack()
    yield running
    running.stop()
