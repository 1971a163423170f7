"""Sealing: nothing personal is readable in the database, and keys can be checked, rotated and retired."""

import dataclasses
import json
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.adapters.backends.calendar import CalendarBackend, seed_calendar
from agent.adapters.postgres.calls import CallReader
from agent.adapters.postgres.crypto import Cipher, KeyTrouble, create_key_file, key_id_of, load_cipher, retire, rotate
from agent.adapters.postgres.database import Database
from agent.adapters.postgres.journal import PostgresJournal
from agent.adapters.postgres.keys import SEALED, ensure_cipher, forget_key, reseal
from agent.adapters.postgres.migrate import migrate
from agent.adapters.postgres.outbox import PostgresOutbox
from agent.call.events import DtmfReceived, PlayoutStopped, TurnEnded
from agent.ports import Entry, JournalDown
from agent.tools import request
from agent.values.caller import CallerIdentity, CallRecord
from agent.values.case import OpenCase
from agent.values.ids import CallId, CaseId, ToolId, TurnId
from agent.values.profile import AgentProfile, Hours, Service
from agent.values.talk import Utterance

pytestmark = pytest.mark.db
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CALL, CASE = CallId("call-1"), CaseId("case-1")
PLANTED = (
    "Zebulon Quackenbush",
    "+12125550142",
    "abscess behind",
    "QUACKENBUSH Z",
    "we noted the abscess",
    "penicillin",
)


@pytest.fixture(scope="module")
def cipher(tmp_path_factory: pytest.TempPathFactory) -> Cipher:
    return create_key_file(tmp_path_factory.mktemp("k") / "keys.json")


@pytest.fixture
def keyed(empty_database: Callable[..., str], tmp_path: Path) -> tuple[str, Path]:
    """A migrated database with a key file of its own."""
    dsn, path = empty_database(), tmp_path / "keys" / "keys.json"
    migrate(dsn)
    ensure_cipher(dsn, path)
    return dsn, path


def practice() -> AgentProfile:
    empty = {f.name: "" for f in dataclasses.fields(AgentProfile) if f.default is dataclasses.MISSING}
    return AgentProfile(
        **{
            **empty,
            "tenant": "dental",
            "timezone": "UTC",
            "numbers": (),
            "facts": (),
            "tasks": (),
            "phrases": {},
            "services": (Service("cleaning", "Cleaning", 60, ""),),
            "hours": tuple(Hours(day, 540, 1020) for day in range(5)),
        }  # type: ignore[arg-type]
    )


async def plant(dsn: str, cipher: Cipher) -> None:
    """One call that says, books and stores all of PLANTED, by the real adapters."""
    name, number, said, display, heard, note = PLANTED
    booking = {"service": "cleaning", "start": "2026-03-02T10:00", "name": name, "phone": number, "notes": note}
    call = request(ToolId("w1"), "calendar.book", booking, "dental", CASE, "book")
    caller = CallerIdentity(number, display)
    head = CallRecord(CALL, CASE, "dental", "inbound", caller, "100", "chan", "sip-1", "sha", NOW)
    database = Database(dsn)
    await seed_calendar(database, practice())
    async with PostgresJournal(dsn, cipher) as journal, PostgresOutbox(dsn, cipher) as outbox:
        await journal.open_call(head, "profile")
        await journal.append(CALL, Entry(1, TurnEnded(900, Utterance("u1", 0, 900, said))), [call])
        await journal.append(CALL, Entry(2, PlayoutStopped(1900, TurnId("t1"), heard, 700)))
        left = OpenCase(CASE, "book", {"name": name, "phone": number}, booking)
        await journal.leave_case(CALL, CASE, left, NOW)
        job = await anext(outbox.jobs())  # type: ignore[arg-type]
        result = await CalendarBackend(database, cipher, lambda: NOW).run("dental", job.call)
        assert result.value["name"] == name
        await outbox.finish(job, result)
    await database.close()


def everything(dsn: str) -> Iterator[tuple[str, bytes]]:
    """Every value of every column of every table, and of the indexes' own statistics."""
    with psycopg.connect(dsn) as connection:
        query = "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns c"
        query += " JOIN information_schema.tables t USING (table_schema, table_name)"
        query += " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        for schema, table, column, kind in connection.execute(query).fetchall():
            cast = "" if kind == "bytea" else "::text::bytea"
            rows = connection.execute(f'SELECT "{column}"{cast} FROM "{schema}"."{table}"'.encode())
            yield from ((f"{table}.{column}", bytes(row[0])) for row in rows if row[0] is not None)


async def test_nothing_planted_is_readable_in_any_column(keyed: tuple[str, Path]) -> None:
    dsn, path = keyed
    await plant(dsn, load_cipher(path))
    seen = list(everything(dsn))
    assert {
        "journal.body_sealed", "calls.number_sealed", "appointments.name_sealed", "actions.result_sealed",
        "cases.open_sealed", "cases.number_mark",
    } <= {place for place, _ in seen}  # fmt: skip
    words = {part for text in PLANTED for part in (text, text.casefold(), text.lstrip("+"))}
    found = [(place, word) for place, value in seen for word in words if word.encode() in value]
    assert found == []


async def test_with_the_key_all_of_it_is_readable(keyed: tuple[str, Path]) -> None:
    dsn, path = keyed
    cipher = load_cipher(path)
    await plant(dsn, cipher)
    reader = CallReader(dsn, cipher)
    call, appointment = await reader.call(CALL), await reader.appointment_by_case(CASE)
    assert call is not None
    assert appointment is not None
    assert (call.caller.number, call.caller.display) == (PLANTED[1], PLANTED[3])
    assert (appointment.name, appointment.phone, appointment.notes) == (PLANTED[0], PLANTED[1], PLANTED[5])
    assert (appointment.start, appointment.minutes, appointment.status) == ("2026-03-02T10:00", 60, "booked")
    assert [e.event.at_ms for e in await reader.events(CALL)] == [900, 1900]
    await reader.close()


async def test_rotation_seals_every_row_anew_and_the_old_key_can_go(keyed: tuple[str, Path]) -> None:
    dsn, path = keyed
    old = load_cipher(path).current
    await plant(dsn, load_cipher(path))
    before = dict(everything(dsn))
    new = rotate(path)
    with pytest.raises(KeyTrouble, match="still needs key"):
        forget_key(dsn, old)
    cipher = ensure_cipher(dsn, path)
    assert cipher.current == new != old
    rows = 1 + 1 + 2 + 1 + 1  # a case, a call, two entries, an action, an appointment
    assert reseal(dsn, cipher) == rows
    assert reseal(dsn, cipher) == 0
    after = {place: value for place, value in everything(dsn) if place.endswith("_sealed")}
    assert {key_id_of(value) for place, value in after.items() if not place.startswith("key_checks")} == {new}
    assert all(before[place] != value for place, value in after.items())
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT DISTINCT key_id FROM journal").fetchall() == [(new,)]
    forget_key(dsn, old)
    retire(path, old)
    reader = CallReader(dsn, ensure_cipher(dsn, path))
    assert len(await reader.events(CALL)) == 2
    assert (await reader.appointment_by_case(CASE)).name == PLANTED[0]  # type: ignore[union-attr]
    await reader.close()


async def test_what_is_written_between_rotation_and_resealing_opens_too(keyed: tuple[str, Path]) -> None:
    dsn, path = keyed
    await plant(dsn, load_cipher(path))
    rotate(path)
    async with PostgresJournal(dsn, load_cipher(path)) as journal:
        await journal.append(CALL, Entry(3, DtmfReceived(2000, "1")))
        assert [e.seq for e in await journal.load(CALL)] == [1, 2, 3]


def test_every_sealed_column_is_known_to_rotation(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        query = "SELECT table_name, column_name FROM information_schema.columns"
        query += " JOIN information_schema.tables USING (table_schema, table_name)"
        query += " WHERE table_schema = 'public' AND data_type = 'bytea' AND table_type = 'BASE TABLE'"
        columns = {tuple(row) for row in connection.execute(query)}
    known = {(t.table, column) for t in SEALED for column in t.columns}
    # A mark opens nothing and cannot be made anew without the number.
    assert columns - {("key_checks", "check_sealed"), ("cases", "number_mark")} == known


def test_a_lost_key_file_is_not_replaced_by_a_fresh_one(keyed: tuple[str, Path]) -> None:
    dsn, path = keyed
    path.unlink()
    with pytest.raises(KeyTrouble, match="no key file: restore it from its backup"):
        ensure_cipher(dsn, path)
    assert not path.exists()


def test_another_databases_key_file_is_refused_at_start(keyed: tuple[str, Path], tmp_path: Path) -> None:
    dsn, path = keyed
    create_key_file(tmp_path / "other.json")
    with pytest.raises(KeyTrouble, match=r"is not in .*other\.json: restore the file"):
        ensure_cipher(dsn, tmp_path / "other.json")
    data = json.loads(path.read_text())
    data["keys"][data["current"]] = json.loads((tmp_path / "other.json").read_text())["keys"].popitem()[1]
    path.write_text(json.dumps(data))
    with pytest.raises(KeyTrouble, match=r"does not open with key .*the key is another one or the row was altered"):
        ensure_cipher(dsn, path)


def test_the_key_file_is_for_its_owner_only(keyed: tuple[str, Path]) -> None:
    assert stat.S_IMODE(keyed[1].stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        create_key_file(keyed[1])


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "not a key file"),
        ("[]", "not a key file"),
        ('{"current": "a", "keys": {}}', "the current key 'a' is not among its keys"),
        ('{"current": "deadbeef", "keys": {"deadbeef": "c2hvcnQ="}}', "not 32 bytes"),
        ('{"current": "deadbeef", "keys": {"deadbeef": "@@@"}}', "not a key file"),
    ],
)
def test_a_malformed_key_file_is_refused_in_one_line(tmp_path: Path, text: str, cause: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(KeyTrouble, match=cause) as error:
        load_cipher(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@given(plain=st.binary(), place=st.text(st.characters(codec="utf-8"), max_size=20))
def test_what_is_sealed_opens_only_at_its_place(cipher: Cipher, plain: bytes, place: str) -> None:
    sealed = cipher.seal(plain, place)
    assert cipher.open(sealed, place) == plain
    assert cipher.seal(plain, place) != sealed
    with pytest.raises(KeyTrouble):
        cipher.open(sealed, place + "x")


@given(plain=st.binary(max_size=40), data=st.data())
def test_any_flipped_byte_is_noticed(cipher: Cipher, plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(cipher.seal(plain, "p"))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(KeyTrouble):
        cipher.open(bytes(sealed), "p")
    with pytest.raises(KeyTrouble):
        cipher.open(bytes(sealed[:at]), "p")


@given(st.text(st.characters(codec=None)))
def test_any_text_survives(cipher: Cipher, text: str) -> None:
    assert cipher.open_text(cipher.seal_text(text, "p"), "p") == text


async def test_who_rang_before_the_key_was_changed_is_known_again(keyed: tuple[str, Path]) -> None:
    dsn, path = keyed
    await plant(dsn, load_cipher(path))
    rotate(path)
    reseal(dsn, load_cipher(path))
    async with PostgresJournal(dsn, load_cipher(path)) as journal:
        (left,) = await journal.open_cases("dental", PLANTED[1], NOW)
        assert left.slots["name"] == PLANTED[0]


async def test_a_case_that_does_not_open_is_no_case_and_no_crash(keyed: tuple[str, Path]) -> None:
    dsn, path = keyed
    await plant(dsn, load_cipher(path))
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE cases SET open_sealed = substr(open_sealed, 1, 40)")
    async with PostgresJournal(dsn, load_cipher(path)) as journal:
        with pytest.raises(JournalDown, match=r"cases\.open_sealed"):
            await journal.open_cases("dental", PLANTED[1], NOW)


def test_no_key_is_in_what_a_cipher_prints(tmp_path: Path) -> None:
    cipher = create_key_file(tmp_path / "keys.json")
    assert not any(repr(key)[2:-1] in repr(cipher) for key in cipher.mark_keys.values())
    assert cipher.mark("+12125550199", "here") in cipher.marks("+12125550199", "here")
    assert cipher.mark("+12125550199", "here") != cipher.mark("+12125550199", "there")
