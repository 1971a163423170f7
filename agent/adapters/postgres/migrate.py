"""Forward-only migrations: numbered .sql files, each applied once, in a transaction, under an advisory lock.

The sha256 of every applied file is stored; a file that changed afterwards is refused, since databases that
have it already would silently differ from new ones.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import errors

SQL_FOLDER = Path(__file__).resolve().parents[3] / "sql"
OLDEST_POSTGRES = 15
_LOCK = 7_203_114_001  # any constant, the same for every process of this product
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")

_TABLE = """
CREATE TABLE IF NOT EXISTS migrations (
    number     integer PRIMARY KEY,
    name       text NOT NULL,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)"""


class MigrationRefused(RuntimeError):
    """The database cannot be brought to this version: one line with cause and remedy."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    sql: bytes

    @property
    def sha256(self) -> str:
        """Of the file's bytes, in hex."""
        return hashlib.sha256(self.sql).hexdigest()


def read_migrations(folder: Path = SQL_FOLDER / "migrations") -> tuple[Migration, ...]:
    """The files of ``folder`` in order. Raises MigrationRefused on a wrong name or a gap."""
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None or int(match[1]) != len(found) + 1:
            raise MigrationRefused(f"{path}: expected {len(found) + 1:04d}_<name>.sql: numbers have no gaps")
        found.append(Migration(int(match[1]), path.name, path.read_bytes()))
    if not found:
        raise MigrationRefused(f"{folder}: no migrations found: the installation is incomplete")
    return tuple(found)


def migrate(dsn: str, folder: Path = SQL_FOLDER / "migrations") -> tuple[str, ...]:
    """Bring the database to the newest version; returns the names of the files applied now.

    Safe to run from several processes at once: the others wait and find nothing left to do.
    Raises MigrationRefused.
    """
    migrations = read_migrations(folder)
    try:
        with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
            _check_version(connection)
            connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            return _apply_missing(connection, migrations)
    except psycopg.OperationalError as error:
        raise MigrationRefused(f"Postgres cannot be reached: {_line(error)}: start it or correct the DSN") from error


def missing(dsn: str, folder: Path = SQL_FOLDER / "migrations") -> tuple[str, ...]:
    """The names of the files that ``migrate`` would apply; writes nothing. Raises MigrationRefused as it does."""
    migrations = read_migrations(folder)
    try:
        with psycopg.connect(dsn, connect_timeout=10) as connection:
            _check_version(connection)
            is_fresh = connection.execute("SELECT to_regclass('migrations')").fetchone() == (None,)
            return tuple(m.name for m in (migrations if is_fresh else _missing(connection, migrations)))
    except psycopg.OperationalError as error:
        raise MigrationRefused(f"Postgres cannot be reached: {_line(error)}: start it or correct the DSN") from error
    except psycopg.Error as error:
        raise MigrationRefused(f"the database cannot be read: {_line(error)}: correct the DSN") from error


def _check_version(connection: psycopg.Connection) -> None:
    version = connection.info.server_version
    if version < OLDEST_POSTGRES * 10_000:
        raise MigrationRefused(
            f"Postgres {version // 10_000} is too old: {OLDEST_POSTGRES} or newer is needed; "
            "upgrade it, or unset ATTENDANT_DSN to use the embedded one"
        )


def _apply_missing(connection: psycopg.Connection, migrations: tuple[Migration, ...]) -> tuple[str, ...]:
    try:
        connection.execute(_TABLE)
    except errors.InsufficientPrivilege as error:
        raise MigrationRefused(_no_privilege(connection, "migrations", error)) from error
    todo = _missing(connection, migrations)
    for migration in todo:
        _apply(connection, migration)
    return tuple(m.name for m in todo)


def _missing(connection: psycopg.Connection, migrations: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """What is not applied yet. Raises MigrationRefused where the database is not one of this version's past."""
    applied = {row[0]: (row[1], row[2]) for row in connection.execute("SELECT number, name, sha256 FROM migrations")}
    if unknown := sorted(set(applied) - {m.number for m in migrations}):
        raise MigrationRefused(
            f"the database has migration {applied[unknown[0]][0]}, this version has not: run the newer version again"
        )
    for migration in migrations:
        if migration.number in applied and applied[migration.number][1] != migration.sha256:
            raise MigrationRefused(
                f"{migration.name} was edited after it was applied: restore the file and put the change in a new one"
            )
    return tuple(m for m in migrations if m.number not in applied)


def _apply(connection: psycopg.Connection, migration: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(migration.sql)
            connection.execute(
                "INSERT INTO migrations (number, name, sha256) VALUES (%s, %s, %s)",
                [migration.number, migration.name, migration.sha256],
            )
    except errors.InsufficientPrivilege as error:
        raise MigrationRefused(_no_privilege(connection, migration.name, error)) from error
    except (errors.UndefinedFile, errors.FeatureNotSupported) as error:
        raise MigrationRefused(
            f"{migration.name}: {_line(error)}: install the server's contrib package (Debian: postgresql-contrib)"
        ) from error
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise MigrationRefused(f"{migration.name}: {_line(error)}: the database stays as it was before it") from error


def _no_privilege(connection: psycopg.Connection, what: str, error: psycopg.Error) -> str:
    info = connection.info
    return (
        f"{what}: {_line(error)}: as a superuser run "
        f'GRANT CREATE ON DATABASE "{info.dbname}" TO "{info.user}"; GRANT ALL ON SCHEMA public TO "{info.user}"'
    )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
