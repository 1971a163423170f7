"""Migrations: once, in order, never silently different."""

import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from agent.adapters.postgres import migrate as module
from agent.adapters.postgres.database import read_queries
from agent.adapters.postgres.migrate import SQL_FOLDER, MigrationRefused, migrate, read_migrations

pytestmark = pytest.mark.db
NAMES = tuple(m.name for m in read_migrations())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the migrations that a test may change."""
    return Path(shutil.copytree(SQL_FOLDER / "migrations", tmp_path / "migrations"))


def tables(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        return {row[0] for row in connection.execute(query)}


def test_the_second_run_has_nothing_to_do(empty_database: Callable[..., str]) -> None:
    dsn = empty_database()
    assert migrate(dsn) == NAMES
    assert migrate(dsn) == ()
    assert {"calls", "journal", "actions", "appointments", "migrations"} <= tables(dsn)


def test_four_at_once_apply_each_file_once(empty_database: Callable[..., str]) -> None:
    dsn = empty_database()
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(lambda _: migrate(dsn), range(4)))
    assert sorted(applied) == [(), (), (), NAMES]


def test_a_new_file_is_applied_alone(empty_database: Callable[..., str], folder: Path) -> None:
    dsn = empty_database()
    migrate(dsn, folder)
    new = f"{len(NAMES) + 1:04d}_more.sql"
    (folder / new).write_text("CREATE TABLE more (n integer)")
    assert migrate(dsn, folder) == (new,)
    with pytest.raises(MigrationRefused, match=f"the database has migration {new}, this version has not"):
        migrate(dsn)


def test_an_edited_file_is_refused(empty_database: Callable[..., str], folder: Path) -> None:
    dsn = empty_database()
    migrate(dsn, folder)
    with (folder / NAMES[0]).open("a") as file:
        file.write("\n-- a harmless word")
    with pytest.raises(MigrationRefused, match=f"{NAMES[0]} was edited after it was applied: restore the file"):
        migrate(dsn, folder)


def test_a_broken_file_leaves_the_database_as_it_was(empty_database: Callable[..., str], folder: Path) -> None:
    dsn = empty_database()
    migrate(dsn, folder)
    broken = f"{len(NAMES) + 1:04d}_broken.sql"
    (folder / broken).write_text("CREATE TABLE half (n integer); SELECT nonsense")
    with pytest.raises(MigrationRefused, match=rf"{broken}: column .nonsense. does not exist"):
        migrate(dsn, folder)
    assert "half" not in tables(dsn)


@pytest.mark.parametrize("name", ["0009_gap.sql", "next.sql", "0001_twice.sql"])
def test_files_that_do_not_count_up_are_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("")
    with pytest.raises(MigrationRefused, match="numbers have no gaps"):
        read_migrations(folder)


def test_an_empty_folder_is_an_incomplete_installation(tmp_path: Path) -> None:
    with pytest.raises(MigrationRefused, match="no migrations found"):
        read_migrations(tmp_path)


def test_a_missing_privilege_is_named_with_its_remedy(empty_database: Callable[..., str]) -> None:
    dsn = empty_database()
    with psycopg.connect(dsn, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'limited'").fetchone():
            connection.execute("CREATE ROLE limited")
    with pytest.raises(MigrationRefused, match=r"permission denied for schema public.*GRANT CREATE ON DATABASE"):
        migrate(psycopg.conninfo.make_conninfo(dsn, options="-c role=limited"))


def test_an_old_server_is_refused_in_one_line(
    empty_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OLDEST_POSTGRES", 99)
    with pytest.raises(MigrationRefused, match=r"Postgres \d+ is too old: 99 or newer is needed") as refused:
        migrate(empty_database())
    assert "\n" not in str(refused.value)


def test_a_server_that_is_down_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(MigrationRefused, match=r"Postgres cannot be reached: .*start it or correct the DSN") as refused:
        migrate(f"host={tmp_path} dbname=nowhere")
    assert "\n" not in str(refused.value)


def test_every_named_query_is_valid_sql(dsn: str) -> None:
    """Each is prepared by the server itself: unknown columns and tables show here."""
    with psycopg.connect(dsn) as connection:
        for name, text in read_queries().items():
            names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", text.decode())))
            query = text.decode()
            for number, placeholder in enumerate(names, 1):
                query = query.replace(f"%({placeholder})s", f"${number}")
            result = connection.pgconn.prepare(name.encode(), query.encode())
            assert result.status == psycopg.pq.ExecStatus.COMMAND_OK, (name, result.error_message)
