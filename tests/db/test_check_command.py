"""`attendant check` of a database that no service has started with yet, and of one that cannot be used."""

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from agent.adapters.postgres import migrate as migrations
from agent.adapters.postgres.crypto import create_key_file
from agent.adapters.postgres.keys import ensure_cipher
from agent.adapters.postgres.migrate import migrate
from agent.cli import app
from agent.cli.checks import database_findings
from agent.setup.service import DatabaseSection
from tests.db.test_migrate import NAMES, tables

pytestmark = pytest.mark.db

Look = Callable[[], tuple[list[str], list[str]]]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def fresh(empty_database: Callable[..., str]) -> str:
    return empty_database()


@pytest.fixture
def look(fresh: str, keys: Path) -> Look:
    return lambda: database_findings(DatabaseSection(fresh, str(keys)))


def test_an_empty_database_is_no_fault_and_stays_empty(look: Look, fresh: str, keys: Path) -> None:
    findings, notes = look()
    assert findings == []
    assert f"{len(NAMES)} migration(s) are not applied yet; attendant run does it" in notes[0]
    assert f"{keys} is not there yet; attendant run makes it" in notes[1]
    assert tables(fresh) == set()
    assert not keys.exists()


def test_one_whose_service_has_not_started_lacks_its_keys_alone(look: Look, fresh: str) -> None:
    migrate(fresh)
    findings, notes = look()
    assert findings == []
    assert len(notes) == 1


def test_one_that_a_service_uses_is_fine(look: Look, fresh: str, keys: Path) -> None:
    migrate(fresh)
    ensure_cipher(fresh, keys)
    assert look() == ([], [])


@pytest.mark.parametrize("is_another", [False, True])
def test_a_key_file_that_is_lost_or_another_is_a_fault(look: Look, fresh: str, keys: Path, is_another: bool) -> None:
    migrate(fresh)
    ensure_cipher(fresh, keys)
    keys.unlink()
    if is_another:
        create_key_file(keys)
    (finding,), notes = look()
    assert str(keys) in finding
    assert "restore" in finding
    assert notes == []


def test_an_old_server_is_a_fault(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "OLDEST_POSTGRES", 99)
    (finding,), _ = look()
    assert "is too old: 99 or newer is needed" in finding


def test_a_database_of_a_newer_version_is_a_fault(look: Look, fresh: str) -> None:
    migrate(fresh)
    with psycopg.connect(fresh) as connection:
        connection.execute("INSERT INTO migrations VALUES (999, '0999_later.sql', '')")
    (finding,), _ = look()
    assert "run the newer version" in finding


def test_after_init_the_command_has_no_traceback(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTENDANT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ATTENDANT_DSN", fresh)
    folder = tmp_path / "own"
    assert not app(["init", "--folder", str(folder)], standalone_mode=False)
    assert app(["check", "--config", str(folder / "attendant.toml"), "--json"], standalone_mode=False) == 1
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [line for line in said["findings"] if line.startswith("database")] == []
    assert len([line for line in said["notes"] if line.startswith("database")]) == 2
