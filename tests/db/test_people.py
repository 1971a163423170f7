"""The list for people: what stands on it and when, and what a person's word does."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from agent.adapters.postgres.crypto import load_cipher
from agent.adapters.postgres.journal import PostgresJournal
from agent.adapters.postgres.outbox import PostgresOutbox
from agent.adapters.postgres.people import NotListed, PeoplesList
from agent.call.events import CallAnswered
from agent.cli import app
from agent.ports import Entry, OutboxJob
from agent.setup.service import (
    AsteriskSection,
    DatabaseSection,
    ModelsSection,
    ServiceFile,
    TenantsSection,
    write_service_file,
)
from agent.values.ids import CallId, ToolId
from agent.values.work import ToolResult, ToolStatus
from tests.contract.data import DONE, DOUBT, record, take, write

pytestmark = pytest.mark.db
UNDELIVERED = ToolResult(ToolStatus.FAILED, {}, "not delivered in time", again_ms=0)


async def ask(dsn: str, key_file: Path, *keys: str) -> None:
    """A call that asks for a write under each key."""
    async with PostgresJournal(dsn, load_cipher(key_file)) as journal:
        await journal.open_call(record(), "")
        calls = [write(f"w{n}", key=key) for n, key in enumerate(keys)]
        await journal.append(CallId("call-1"), Entry(1, CallAnswered(1)), calls)


async def claimed(outbox: PostgresOutbox, n: int) -> dict[str, OutboxJob]:
    return {job.call.key: job for job in await take(outbox, n)}


def let_pass(dsn: str, time: timedelta) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE actions SET requested_at = requested_at - %s", [time])


async def test_the_list_has_what_nobody_knows_after_a_minute_and_what_was_not_delivered(
    dsn: str, key_file: Path
) -> None:
    await ask(dsn, key_file, "doubt", "done", "refused", "undelivered", "sending", "waiting")
    people = PeoplesList(dsn, load_cipher(key_file))
    async with PostgresOutbox(dsn, load_cipher(key_file)) as outbox:
        jobs = await claimed(outbox, 6)
        await outbox.finish(jobs["doubt"], DOUBT)
        await outbox.finish(jobs["done"], DONE)
        await outbox.finish(jobs["refused"], ToolResult(ToolStatus.FAILED, {}, "taken"))
        await outbox.finish(jobs["undelivered"], UNDELIVERED)
        await outbox.put_back(jobs["waiting"], 600_000)
        assert [a.key for a in await people.all()] == ["undelivered"]
        let_pass(dsn, timedelta(seconds=59))
        assert [a.key for a in await people.all()] == ["undelivered"]
        let_pass(dsn, timedelta(seconds=1))
        listed = {a.key: a.status for a in await people.all()}
        assert listed == {"undelivered": "failed", "doubt": "in_doubt", "sending": "claimed", "waiting": "requested"}
        assert (await people.all())[0].arguments["name"] == "Jane Doe"
    await people.close()


async def test_a_persons_word_is_the_result_and_whoever_asked_is_told(dsn: str, key_file: Path) -> None:
    await ask(dsn, key_file, "happened", "did-not", "sending", "waiting")
    people = PeoplesList(dsn, load_cipher(key_file))
    async with PostgresOutbox(dsn, load_cipher(key_file), poll_ms=20) as outbox:
        jobs = await claimed(outbox, 4)
        for key in ("happened", "did-not"):
            await outbox.finish(jobs[key], DOUBT)
        await outbox.put_back(jobs["waiting"], 600_000)
        with pytest.raises(NotListed, match="'happened' is not on the list"):
            await people.settle("happened", True, "")
        let_pass(dsn, timedelta(minutes=2))
        await people.settle("happened", True, "it is in the book")
        await people.settle("did-not", False, "")
        await people.settle("waiting", True, "I entered it myself")
        with pytest.raises(NotListed, match="being sent just now"):
            await people.settle("sending", True, "")
        told = {job.call.key: job.settled for job in await take(outbox, 3)}
        assert told["happened"] == ToolResult(ToolStatus.DONE, {"told_by_person": "it is in the book"})
        assert told["did-not"] == ToolResult(ToolStatus.FAILED, {}, "a person looked: it did not happen")
        assert told["waiting"] is not None, "it is not sent any more"
        assert told["waiting"].status is ToolStatus.DONE
        assert [a.key for a in await people.all()] == ["sending"]
        assert await outbox.result(CallId("call-1"), ToolId("w0")) == told["happened"]
    await people.close()


def test_the_command_lists_and_settles(
    dsn: str, key_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service, nowhere = tmp_path / "attendant.toml", str(tmp_path)
    sections = (DatabaseSection(dsn, str(key_file)), ModelsSection(nowhere, nowhere), TenantsSection(nowhere))
    write_service_file(service, ServiceFile(AsteriskSection("http://127.0.0.1:8088", "attendant", nowhere), *sections))

    def run(*words: str) -> int:
        return int(app(["actions", *words, "--config", str(service)], standalone_mode=False) or 0)

    run("list")
    assert "Nothing waits" in capsys.readouterr().out
    asyncio.run(ask(dsn, key_file, "key-1"))
    let_pass(dsn, timedelta(minutes=2))
    run("list")
    shown = capsys.readouterr().out
    assert "requested" in shown
    assert "Jane Doe" in shown
    run("list", "--json")
    (listed,) = json.loads(capsys.readouterr().out)["actions"]
    assert (listed["key"], listed["tenant"], listed["status"]) == ("key-1", "dental", "requested")
    run("settle", "key-1", "--failed", "--note", "the caller changed her mind")
    assert "key-1 is failed." in capsys.readouterr().out
    assert run("settle", "key-1", "--done") == 1
    assert "not on the list; see attendant actions list" in capsys.readouterr().err
