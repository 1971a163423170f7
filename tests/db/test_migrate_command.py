"""`attendant migrate`: the databases that stacks and services use, and no other."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.cli import app
from agent.setup import postgres
from agent.setup.paths import Home, home
from agent.setup.service import (
    AsteriskSection,
    DatabaseSection,
    ModelsSection,
    ServiceFile,
    TenantsSection,
    write_service_file,
)
from tests.db.test_migrate import NAMES, tables

pytestmark = pytest.mark.db

Migrate = Callable[..., list[str]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ATTENDANT_HOME", str(tmp_path / "home"))
    return home()


@pytest.fixture
def migrate(here: Home, capsys: pytest.CaptureFixture[str]) -> Migrate:
    """`attendant migrate --json`: the names of what was applied."""

    def run(*arguments: str) -> list[str]:
        assert not app(["migrate", "--json", *arguments], standalone_mode=False)
        applied: list[str] = json.loads(capsys.readouterr().out.splitlines()[-1])["applied"]
        return applied

    return run


def service_file(folder: Path, dsn: str) -> Path:
    """What a stack or `attendant init` leaves in a folder."""
    nowhere, path = str(folder), folder / "attendant.toml"
    sections = (DatabaseSection(dsn, nowhere), ModelsSection(nowhere, nowhere), TenantsSection(nowhere))
    write_service_file(path, ServiceFile(AsteriskSection("", "", nowhere), *sections))
    return path


@pytest.fixture
def stopped(here: Home) -> Path:
    """The service file of a stack whose embedded server was never started."""
    folder = here.var / "stacks/talk"
    return service_file(folder, postgres.embedded_dsn(Home(here.root, folder)))


def tables_of(stopped: Path, here: Home) -> set[str]:
    server = postgres.start_embedded(Home(here.root, stopped.parent))
    try:
        return tables(server.dsn)
    finally:
        server.stop()


def test_every_database_of_the_home_is_migrated(
    migrate: Migrate, here: Home, stopped: Path, empty_database: Callable[..., str]
) -> None:
    dsn = empty_database()
    service_file(here.var / "stacks/attendant", dsn)
    assert sorted(migrate()) == sorted(NAMES * 2)
    assert "calls" in tables(dsn)
    assert "calls" in tables_of(stopped, here)
    assert migrate() == []
    assert not here.postgres.exists(), "no stack uses a server of the home's own"


def test_the_one_that_is_named_alone(
    migrate: Migrate, here: Home, stopped: Path, empty_database: Callable[..., str]
) -> None:
    other = empty_database()
    service_file(here.var / "stacks/attendant", other)
    assert migrate("--config", str(stopped)) == list(NAMES)
    assert "calls" in tables_of(stopped, here)
    assert tables(other) == set()


def test_the_one_that_the_environment_names(
    migrate: Migrate, monkeypatch: pytest.MonkeyPatch, empty_database: Callable[..., str]
) -> None:
    dsn = empty_database()
    monkeypatch.setenv("ATTENDANT_DSN", dsn)
    assert migrate() == list(NAMES)
    assert "calls" in tables(dsn)


def test_where_there_is_none_there_is_nothing_to_do(migrate: Migrate, here: Home) -> None:
    assert migrate() == []
    assert not here.var.exists()
