"""One key file a database: whichever stacks use it, each of them opens what the others sealed."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from agent.adapters.postgres.keys import ensure_cipher
from agent.adapters.postgres.migrate import migrate
from agent.setup import postgres
from agent.setup.errors import CannotSetUp
from agent.setup.paths import Home

pytestmark = pytest.mark.db


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, tmp_path / "var")


def stack(home: Home, name: str) -> Path:
    return home.var / "stacks" / name


def test_two_stacks_share_the_keys_of_an_external_database(home: Home, empty_database: Callable[..., str]) -> None:
    dsn = empty_database()
    migrate(dsn)
    sealed = ensure_cipher(dsn, postgres.key_file(home, stack(home, "demo"), dsn)).seal_text("Zoe", "p")
    assert ensure_cipher(dsn, postgres.key_file(home, stack(home, "talk"), dsn)).open_text(sealed, "p") == "Zoe"


def test_two_databases_have_a_file_each(home: Home, empty_database: Callable[..., str]) -> None:
    folder = stack(home, "demo")
    files = {postgres.key_file(home, folder, empty_database()) for _ in range(2)}
    assert len(files) == 2
    assert {path.parent for path in files} == {home.keys}


def test_the_user_and_a_password_do_not_make_another_database(home: Home) -> None:
    files = {
        postgres.external_key_file(home, dsn)
        for dsn in ("postgresql://db/attendant", "postgresql://a:secret@db/attendant", "host=db dbname=attendant")
    }
    assert len(files) == 1
    assert "secret" not in str(files)


def test_an_embedded_one_has_its_own_beside_its_data(home: Home) -> None:
    folder = stack(home, "demo")
    dsn = postgres.embedded_dsn(Home(home.root, folder))
    assert postgres.key_file(home, folder, dsn) == folder / "keys.json"
    folder.mkdir(parents=True)
    (folder / "keys.toml").touch()
    assert postgres.key_file(home, folder, dsn) == folder / "keys.toml", "its name in older homes"


def test_what_is_no_dsn_is_told(home: Home) -> None:
    with pytest.raises(CannotSetUp, match="no address of a database"):
        postgres.external_key_file(home, "postgresql:///a?b")


def test_the_embedded_server_is_started_whatever_is_set(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTENDANT_DSN", "host=127.0.0.1 port=1 dbname=nowhere")
    server = postgres.start_embedded(home)
    try:
        psycopg.connect(server.dsn).close()
    finally:
        server.stop()
