"""The embedded Postgres, started for real in a home of its own."""

import shutil
from pathlib import Path

import psycopg
import pytest

from agent.setup import postgres
from agent.setup.paths import Home

pytestmark = pytest.mark.db


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("ATTENDANT_DSN", raising=False)
    return Home(tmp_path, tmp_path / "var")


def test_it_keeps_what_was_committed_and_is_shared_while_it_runs(home: Home) -> None:
    first = postgres.start(home)
    try:
        with psycopg.connect(first.dsn) as connection:
            connection.execute("create table kept as select 42 as answer")
            addresses = connection.execute("show listen_addresses").fetchone()
        assert addresses == ("",), "a unix socket and nothing else"
        second = postgres.start(home)
        assert second.dsn == first.dsn
        assert second.child is None, "the one that runs is used, and is not ours to stop"
        second.stop()
        assert first.child is not None
        assert first.child.is_running
    finally:
        first.stop()
    again = postgres.start(home)
    try:
        with psycopg.connect(again.dsn) as connection:
            assert connection.execute("select answer from kept").fetchone() == (42,)
    finally:
        again.stop()


def test_a_kill_leaves_a_pid_that_the_next_start_gets_over(home: Home) -> None:
    server = postgres.start(home)
    assert server.child is not None
    server.stop()
    # A crash leaves postmaster.pid; by now that pid (here: our own) belongs to another program.
    pid_file = home.postgres / "data" / "postmaster.pid"
    pid_file.write_text(f"{Path('/proc/self').resolve().name}\n{home.postgres / 'data'}\n")
    shutil.chown(pid_file, (home.postgres / "data").stat().st_uid, (home.postgres / "data").stat().st_gid)
    again = postgres.start(home)
    again.stop()


def test_a_set_up_that_broke_off_is_mended(home: Home) -> None:
    (home.postgres / "data").mkdir(parents=True)
    (home.postgres / "data" / "PG_VERSION").write_text("17\n")
    server = postgres.start(home)
    server.stop()
