"""``attendant rules coverage`` counts what the journals hold."""

from collections import Counter
from pathlib import Path

import pytest

from agent.adapters.postgres.crypto import load_cipher
from agent.adapters.postgres.journal import PostgresJournal
from agent.call.events import CallAnswered, RuleFired
from agent.cli.rules import fired_in
from agent.ports import Entry
from agent.setup.service import DatabaseSection
from tests.db.test_calls import record

pytestmark = pytest.mark.db


async def test_firings_of_the_latest_calls_are_counted(dsn: str, key_file: Path) -> None:
    fired = {1: ("refund",), 2: ("human", "recall"), 3: ("human",)}
    async with PostgresJournal(dsn, load_cipher(key_file)) as journal:
        for n, names in fired.items():
            await journal.open_call(record(n), "profile text")
            events = (CallAnswered(0), *(RuleFired(1, name, "words", "transfer") for name in names))
            for seq, event in enumerate(events, 1):
                await journal.append(record(n).call_id, Entry(seq, event), [])
    section = DatabaseSection(dsn, str(key_file))
    assert await fired_in(section, 10) == (3, Counter(human=2, recall=1, refund=1))
    assert await fired_in(section, 1) == (1, Counter(human=1))
