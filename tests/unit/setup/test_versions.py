"""Which Asterisk and which Postgres will do."""

from pathlib import Path

import pytest

from agent.setup import asterisk_root, postgres
from agent.setup.errors import CannotSetUp
from agent.setup.paths import Home


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("Asterisk 22.10.1", "22.10.1"),
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1", "22.10.1"),
        ("Asterisk 23.0.0", "23.0.0"),
        ("Asterisk 22.11", "22.11.0"),
    ],
)
def test_a_recent_asterisk_will_do(said: str, version: str) -> None:
    assert asterisk_root.require_recent(said) == version


@pytest.mark.parametrize(
    "said", ["Asterisk 22.10.0", "Asterisk 22.9.9", "Asterisk 16.28.0~dfsg-0", "Asterisk certified-22.8-cert1", "hello"]
)
def test_an_old_asterisk_is_refused_with_a_remedy(said: str) -> None:
    with pytest.raises(CannotSetUp) as refused:
        asterisk_root.require_recent(said)
    assert refused.value.remedy


def test_an_old_asterisk_that_was_asked_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "asterisk"
    old.write_text("#!/bin/sh\necho Asterisk 20.6.0\n")
    old.chmod(0o755)
    monkeypatch.setenv("ATTENDANT_ASTERISK", str(old))
    with pytest.raises(CannotSetUp, match=r"Asterisk 20\.6\.0 is too old.*unset ATTENDANT_ASTERISK"):
        asterisk_root.install(Home(tmp_path, tmp_path / "var"))


def test_an_asterisk_that_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTENDANT_ASTERISK", str(tmp_path / "none"))
    with pytest.raises(CannotSetUp, match="cannot run"):
        asterisk_root.install(Home(tmp_path, tmp_path / "var"))


def test_an_old_postgres_is_refused() -> None:
    with pytest.raises(CannotSetUp, match=r"Postgres 14\.12 is too old: 15 or newer"):
        postgres.require_recent(140012)
    postgres.require_recent(150000)


def test_a_database_that_is_down_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTENDANT_DSN", f"host={tmp_path} dbname=nowhere")
    with pytest.raises(CannotSetUp, match="cannot use the database") as refused:
        postgres.start(Home(tmp_path, tmp_path / "var"))
    assert "\n" not in str(refused.value)
