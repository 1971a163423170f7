"""`attendant keys`: rotation as an operator does it, against a database with rows in it."""

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from agent.adapters.postgres.calls import CallReader
from agent.adapters.postgres.crypto import load_cipher
from agent.adapters.postgres.keys import ensure_cipher
from agent.adapters.postgres.migrate import migrate
from agent.cli import app
from agent.setup.service import (
    AsteriskSection,
    DatabaseSection,
    ModelsSection,
    ServiceFile,
    TenantsSection,
    read_service_file,
    write_service_file,
)
from tests.db.test_keys import CALL, plant

pytestmark = pytest.mark.db

Keys = Callable[[str], dict[str, object]]


@pytest.fixture
def service(empty_database: Callable[..., str], tmp_path: Path) -> Path:
    """The service file of a database that a service has started with."""
    dsn, key_file, path = empty_database(), tmp_path / "keys.json", tmp_path / "attendant.toml"
    migrate(dsn)
    ensure_cipher(dsn, key_file)
    nowhere = str(tmp_path)
    asterisk = AsteriskSection("http://127.0.0.1:8088", "attendant", nowhere)
    sections = (DatabaseSection(dsn, str(key_file)), ModelsSection(nowhere, nowhere), TenantsSection(nowhere))
    write_service_file(path, ServiceFile(asterisk, *sections))
    return path


@pytest.fixture
def keys(service: Path, capsys: pytest.CaptureFixture[str]) -> Keys:
    """`attendant keys NAME --json`, as an object; the status is 0 unless it raises."""

    def run(name: str) -> dict[str, object]:
        status = app(["keys", name, "--config", str(service), "--json"], standalone_mode=False)
        printed = capsys.readouterr()
        if status:
            raise RuntimeError(printed.err)
        found: dict[str, object] = json.loads(printed.out.splitlines()[-1])
        return found

    return run


def key_ids_in_use(dsn: str) -> set[bytes]:
    with psycopg.connect(dsn) as connection:
        queries = "select substr(body_sealed, 2, 8) from journal union select substr(number_sealed, 2, 8) from calls"
        rows = connection.execute(queries)
        return {bytes(row[0]) for row in rows if row[0]}


async def test_rotate_restart_reseal(keys: Keys, service: Path, tmp_path: Path) -> None:
    key_file = tmp_path / "keys.json"
    dsn = read_service_file(service).database.dsn
    await plant(dsn, load_cipher(key_file))
    (old,) = [keys("list")["current"]]

    new = keys("rotate")["current"]
    assert keys("list") == {"file": str(key_file), "current": new, "old": [old]}
    with pytest.raises(RuntimeError, match="no service has started with key"):
        keys("reseal")
    assert key_ids_in_use(dsn) == {str(old).encode()}, "a service with the old file still reads every row"

    ensure_cipher(dsn, key_file)  # as the service does when it is started again
    done = keys("reseal")
    assert done["retired"] == [old]
    assert done["rows"] == 6, "two of the journal, a call, an action, an appointment, a case"
    assert key_ids_in_use(dsn) == {str(new).encode()}
    assert keys("list")["old"] == []
    assert keys("reseal") == {"file": str(key_file), "current": new, "rows": 0, "retired": []}
    reader = CallReader(dsn, ensure_cipher(dsn, key_file))
    assert len(await reader.events(CALL)) == 2
    await reader.close()


def test_a_lost_key_file_is_one_line(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "keys.json").unlink()
    for name in ("list", "rotate", "reseal"):
        with pytest.raises(RuntimeError, match="no key file: restore it from its backup") as told:
            keys(name)
        assert str(told.value).count("\n") == 1
    assert not (tmp_path / "keys.json").exists()
