"""The Postgres that database and contract tests share: one embedded server a run, one database a test."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import structlog

from agent.adapters.postgres.keys import ensure_cipher
from agent.adapters.postgres.migrate import migrate
from agent.setup import postgres
from agent.setup.paths import Home

# Tests make and empty databases: none of theirs may be one that somebody keeps.
os.environ.pop("ATTENDANT_DSN", None)

ROOT = Path(__file__).resolve().parents[1]
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def fresh_logging() -> Iterator[None]:
    """A command under test sets logging up for its own stderr, which ends with the test: it must not reach the next."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of the tests' own; nothing of the clone's `var` is touched."""
    return Home(ROOT, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def server(postgres_home: Home) -> Iterator[postgres.PostgresServer]:
    """An embedded server of this run's own."""
    running = postgres.start(postgres_home)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The key file that the template database was made with."""
    return tmp_path_factory.mktemp("keys") / "keys.json"


@pytest.fixture(scope="session")
def empty_database(server: postgres.PostgresServer) -> Callable[..., str]:
    """Makes databases: `empty_database(template)` returns the new one's DSN."""

    def make(template: str = "template0") -> str:
        name = f"test_{os.getpid()}_{next(_numbers)}"
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return psycopg.conninfo.make_conninfo(server.dsn, dbname=name)

    return make


@pytest.fixture(scope="session")
def template(empty_database: Callable[..., str], key_file: Path) -> str:
    """Name of a migrated database whose keys are in `key_file`."""
    dsn = empty_database()
    migrate(dsn)
    ensure_cipher(dsn, key_file)
    return str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])


@pytest.fixture
def dsn(empty_database: Callable[..., str], template: str, server: postgres.PostgresServer) -> Iterator[str]:
    """A migrated database of the test's own."""
    made = empty_database(template)
    yield made
    name = psycopg.conninfo.conninfo_to_dict(made)["dbname"]
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
