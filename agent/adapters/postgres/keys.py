"""The keys of a database: made once, checked at every start, rotated row by row. Synchronous: start and upkeep."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from agent.adapters.postgres.crypto import Cipher, KeyTrouble, create_key_file, load_cipher

_LOCK = 7_203_114_002
_BATCH = 500


@dataclass(frozen=True, slots=True)
class SealedTable:
    """Where sealed fields are. A field's place is ``table.column:row`` with the row's ids joined by ``/``."""

    table: str
    row: tuple[str, ...]
    columns: tuple[str, ...]


SEALED = (
    SealedTable("cases", ("case_id",), ("open_sealed",)),
    SealedTable("calls", ("call_id",), ("number_sealed", "display_sealed")),
    SealedTable("journal", ("call_id", "seq"), ("body_sealed",)),
    SealedTable("actions", ("key",), ("arguments_sealed", "result_sealed")),
    SealedTable("appointments", ("appointment_id",), ("name_sealed", "phone_sealed", "notes_sealed")),
)


def ensure_cipher(dsn: str, key_file: Path) -> Cipher:
    """The cipher of a migrated database: a fresh key file for a fresh database, else the one it was written with.

    Raises KeyTrouble when the file is missing, or is another one than the database's.
    """
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        checks = _checks(connection)
        if not checks and not key_file.exists():
            create_key_file(key_file)
        cipher = _opened(checks, key_file)
        if cipher.current not in checks:
            sealed = cipher.seal(b"attendant", f"key_checks.check_sealed:{cipher.current}")
            query = "INSERT INTO key_checks (key_id, check_sealed) VALUES (%s, %s)"
            connection.execute(query, [cipher.current, sealed])
    return cipher


def has_keys(dsn: str, key_file: Path) -> bool:
    """Whether a service has started with this database, so that there are keys; writes nothing.

    Raises KeyTrouble when the file does not open what was written, or cannot be read.
    """
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        is_fresh = connection.execute("SELECT to_regclass('key_checks')").fetchone() == (None,)
        checks = {} if is_fresh else _checks(connection)
    if checks or key_file.exists():
        _opened(checks, key_file)
    return bool(checks)


def _checks(connection: psycopg.Connection) -> dict[str, bytes]:
    return dict(connection.execute("SELECT key_id, check_sealed FROM key_checks").fetchall())


def _opened(checks: dict[str, bytes], key_file: Path) -> Cipher:
    cipher = load_cipher(key_file)
    for key_id, sealed in checks.items():
        cipher.open(sealed, f"key_checks.check_sealed:{key_id}")
    return cipher


def known_keys(dsn: str) -> frozenset[str]:
    """Ids of the keys that a service has started with: ``ensure_cipher`` notes each in the database."""
    with psycopg.connect(dsn) as connection:
        return frozenset(row[0] for row in connection.execute("SELECT key_id FROM key_checks"))


def reseal(dsn: str, cipher: Cipher) -> int:
    """Seal every field anew that is not under the current key; returns the number of rows changed.

    Runs beside live calls; what a process still writes under an old key is met by the next run.
    """
    with psycopg.connect(dsn, autocommit=True, row_factory=dict_row) as connection:
        return sum(_reseal_table(connection, cipher, table) for table in SEALED)


def forget_key(dsn: str, key_id: str) -> None:
    """Take a key out of the database's list, before ``crypto.retire``. Raises KeyTrouble while a row needs it."""
    with psycopg.connect(dsn) as connection:
        for table in SEALED:
            for column in table.columns:
                query = sql.SQL("SELECT 1 FROM {} WHERE substr({}, 2, 8) = %s LIMIT 1").format(
                    sql.Identifier(table.table), sql.Identifier(column)
                )
                if connection.execute(query, [key_id.encode("ascii")]).fetchone():
                    raise KeyTrouble(f"{table.table}.{column} still needs key {key_id!r}: reseal first")
        connection.execute("DELETE FROM key_checks WHERE key_id = %s", [key_id])


def _reseal_table(connection: psycopg.Connection[dict[str, Any]], cipher: Cipher, table: SealedTable) -> int:
    changed = 0
    for rows in _pages(connection, table):
        with connection.transaction():
            changed += sum(_reseal_row(connection, cipher, table, row) for row in rows)
    return changed


def _pages(connection: psycopg.Connection[dict[str, Any]], table: SealedTable) -> Iterator[list[dict[str, Any]]]:
    names = sql.SQL(", ").join(map(sql.Identifier, table.row + table.columns))
    ids = sql.SQL(", ").join(map(sql.Identifier, table.row))
    start = sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier(table.table))
    after = sql.SQL(" WHERE ({}) > ({})").format(ids, sql.SQL(", ").join([sql.Placeholder()] * len(table.row)))
    order = sql.SQL(" ORDER BY {} LIMIT {}").format(ids, sql.Literal(_BATCH))
    rows = connection.execute(start + order).fetchall()
    while rows:
        yield rows
        rows = connection.execute(start + after + order, [rows[-1][name] for name in table.row]).fetchall()


def _reseal_row(
    connection: psycopg.Connection[dict[str, Any]], cipher: Cipher, table: SealedTable, row: dict[str, Any]
) -> bool:
    """Change the row only if it still holds what was read: a result may have arrived meanwhile."""
    row_id = "/".join(str(row[name]) for name in table.row)
    fresh = {}
    for column in table.columns:
        if row[column] is not None and row[column][1:9] != cipher.current.encode("ascii"):
            place = f"{table.table}.{column}:{row_id}"
            fresh[column] = cipher.seal(cipher.open(row[column], place), place)
    if not fresh:
        return False
    values: dict[str, object] = {**fresh, **({"key_id": cipher.current} if table.table == "journal" else {})}
    sets = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(k), sql.Literal(v)) for k, v in values.items())
    same = {**{name: row[name] for name in table.row}, **{column: row[column] for column in fresh}}
    where = sql.SQL(" AND ").join(sql.SQL("{} = {}").format(sql.Identifier(k), sql.Literal(v)) for k, v in same.items())
    query = sql.SQL("UPDATE {} SET {} WHERE {}").format(sql.Identifier(table.table), sets, where)
    return connection.execute(query).rowcount > 0
