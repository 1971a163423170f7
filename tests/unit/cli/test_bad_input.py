"""What a person can get wrong at the command line: one line with the remedy, a status, no traceback."""

import asyncio
import errno
import json
from pathlib import Path

import pytest
import typer

from agent.adapters.asterisk.client import AriError
from agent.cli.common import one_line_errors, told
from agent.ports.models import ModelUnavailable
from agent.setup.errors import CannotSetUp
from tests.unit.cli.conftest import Attendant, Outcome

SERVICE = """[asterisk]
ari_url = "http://127.0.0.1:8088"
ari_user = "attendant"
ari_password_file = "/nowhere/ari.secret"
[database]
dsn = "host=127.0.0.1 port=1 dbname=attendant"
key_file = "/nowhere/keys.json"
[models]
sockets = "/nowhere"
cache = "/nowhere"
[tenants]
folder = "/nowhere"
"""


def is_one_line(outcome: Outcome, *words: str) -> bool:
    status, out, err = outcome
    assert status != 0
    assert out == ""
    assert err.startswith("attendant: ")
    assert err.count("\n") == 1
    for word in words:
        assert word in err
    return True


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["call", "--scenario", "nope"], ["'nope'", "ask-hours", "give a file"]),
        (["call", "--scenario", "book", "--n", "0"], ["--n", "attendant call --help"]),
        (["call", "--scenario", "book", "--parallel", "0"], ["--parallel"]),
        (["call"], ["--scenario", "attendant call --help"]),
        (["call", "--scenario", "book", "--often"], ["--often"]),
        (["bench", "nope"], ["'nope'", "choose one of", "turn"]),
        (["bench", "rtp", "--n", "0"], ["--n"]),
        (["replay", "nope"], ["no call 'nope'", "console"]),
        (["run"], ["no service file", "attendant init"]),
        (["run", "--config", "/nowhere/a.toml"], ["/nowhere/a.toml", "attendant init --folder /nowhere"]),
        (["check"], ["nothing runs here", "--config"]),
        (["talk", "--port", "80"], ["--port", "1024"]),
        (["talk", "--console-port", "99999"], ["--console-port", "65535"]),
        (["models", "fetch", "nope"], ["'nope'", "whisper-base"]),
        (["models", "verify", "nope"], ["'nope'", "whisper-base"]),
        (["models", "pin", "whisper-small", "--sha256", "abc"], ["'abc'", "FILE=SHA256"]),
        (["models", "pin", "whisper-base", "--sha256", "no.bin=abc"], ["no.bin"]),
        (["keys", "rotate"], ["nothing runs here"]),
        (["keys", "turn"], ["'turn'", "attendant keys --help"]),
        (["dial"], ["'dial'", "attendant --help"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_command_that_cannot_be_meant(attendant: Attendant, line: list[str], words: list[str]) -> None:
    assert is_one_line(attendant(*line), *words)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('ari_user = "attendant"', 'ari_usr = "attendant"', ["[asterisk]", "'ari_usr'", "ari_user"]),
        ("[models]", "[model]", ["[model]", "models"]),
        ("[tenants]", "[tenants", ["line 11"]),
        ('cache = "/nowhere"\n', "", ["[models]", "'cache'"]),
        ('ari_user = "attendant"', "ari_user = 7", ["ari_user", "str", "7"]),
    ],
)
@pytest.mark.parametrize("command", ["run", "check", "controller", "console", "migrate", "keys list"])
def test_a_service_file_with_a_mistake(
    attendant: Attendant, tmp_path: Path, command: str, old: str, new: str, words: list[str]
) -> None:
    path = tmp_path / "attendant.toml"
    path.write_text(SERVICE.replace(old, new))
    assert is_one_line(attendant(*command.split(), "--config", str(path)), str(path), *words)


def test_a_service_file_whose_secret_is_not_there(attendant: Attendant, tmp_path: Path) -> None:
    path = tmp_path / "attendant.toml"
    path.write_text(SERVICE)
    assert is_one_line(attendant("run", "--config", str(path)), "/nowhere/ari.secret", "name a readable file")
    assert not (tmp_path / "home/pids.json").exists()


def test_a_database_that_is_down(attendant: Attendant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "attendant.toml"
    path.write_text(SERVICE)
    words = ["port 1", "Connection refused"]
    assert is_one_line(attendant("migrate", "--config", str(path)), *words)
    assert is_one_line(attendant("controller", "--config", str(path)), *words)
    (tmp_path / "keys.json").write_text('{"current": "abcdefgh", "keys": {"abcdefgh": "' + "A" * 43 + '="}}')
    path.write_text(SERVICE.replace("/nowhere/keys.json", str(tmp_path / "keys.json")))
    assert is_one_line(attendant("replay", "x", "--config", str(path)), *words, "dsn in the service file")
    assert is_one_line(attendant("keys", "reseal", "--config", str(path)), *words, "dsn in the service file")
    monkeypatch.setenv("ATTENDANT_DSN", "host=127.0.0.1 port=1 dbname=attendant")
    assert is_one_line(attendant("migrate"), *words, "unset it to use the embedded one")


def test_a_broken_profile_is_told_with_its_line_and_mended(attendant: Attendant, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    assert attendant("init", "--folder", str(folder))[0] == 0
    profile = folder / "tenants/bright-smile-dental/profile.toml"
    good = profile.read_text()

    def told_at(wrong: str, line: int, word: str) -> bool:
        profile.write_text(wrong)
        return is_one_line(
            attendant("init", "--folder", str(folder)), f"bright-smile-dental/profile.toml:{line}:", word
        )

    lines = good.splitlines()
    assert told_at(good.replace("\ntimezone", "\ntimezoned = 1\ntimezone", 1), _line_of(lines, "timezone"), "timezoned")
    assert told_at(good.replace("[[hours]]", "[[hours]", 1), _line_of(lines, "[[hours]]"), "TOML")
    profile.write_text(good)
    assert attendant("init", "--folder", str(folder))[0] == 0


def _line_of(lines: list[str], start: str) -> int:
    return next(number for number, text in enumerate(lines, 1) if text.startswith(start))


def test_a_scenario_with_an_unknown_key_is_told_with_its_line(attendant: Attendant, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nvoise = "bella"\n')
    assert is_one_line(attendant("call", "--scenario", str(path)), f"{path}:2:", "voise")


def test_a_model_with_another_hash_is_named_and_not_opened(attendant: Attendant, tmp_path: Path) -> None:
    assert "silero-vad" in json.loads(attendant("models", "list", "--json")[1])["models"]
    states = attendant("models", "verify", "silero-vad", "--json")
    assert states[0] == 1
    for path, state in json.loads(states[1]).items():
        assert state == "missing"
        file = tmp_path / "home/models" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"not the weights")
    status, out, err = attendant("models", "verify", "silero-vad")
    assert (status, out.split()[0]) == (1, "wrong")
    assert err.endswith(" is wrong; attendant models fetch silero-vad\n")


def test_a_full_disk_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    @one_line_errors
    def fill() -> None:
        with Path("/dev/full").open("w") as full:
            full.write("x")

    with pytest.raises(typer.Exit):
        fill()
    err = capsys.readouterr().err
    assert "No space left on device; free some disk, or set ATTENDANT_HOME" in err
    assert err.count("\n") == 1


def test_what_went_away_under_a_group_of_tasks_is_told() -> None:
    async def gone(error: Exception) -> None:
        raise error

    async def group(*errors: Exception) -> None:
        async with asyncio.TaskGroup() as tasks:
            for error in errors:
                tasks.create_task(gone(error))

    def text(*errors: Exception) -> str | None:
        try:
            asyncio.run(group(*errors))
        except ExceptionGroup as fault:
            return told(fault)
        raise AssertionError("the group went well")

    assert (text(ModelUnavailable("stt is away")) or "").startswith("stt is away; run it again")
    assert (text(CannotSetUp("a", "b")) or "") == "a; b"
    assert text(CannotSetUp("a", "b"), ValueError("a bug")) is None, "a bug keeps its traceback"


def test_a_bug_keeps_its_traceback() -> None:
    @one_line_errors
    def buggy() -> None:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        buggy()
    assert told(OSError(errno.EPERM, "not ours to explain")) is None
    assert told(AriError("channels.get", 0, "gone")) is not None
