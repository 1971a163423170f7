"""Commands that need nothing running: what they print and what they write."""

import json
import re
import stat
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
import structlog

from agent.cli import app, main
from agent.cli.softphone import baresip_command, has_sound, write_softphone
from agent.evals import bench as benches
from agent.evals.compare import BenchResult
from agent.pbx.plan import Phone
from agent.setup.service import ModelsSection, read_service_file
from tests.unit.cli.conftest import Attendant

PROMISED = ("run", "demo", "talk", "check", "migrate", "models", "replay", "diagram", "bench", "call")
WITH_JSON = ("demo", "check", "migrate", "replay", "diagram", "bench", "call")
PHONE = Phone("1000", "a-password")


def test_help_names_every_promised_command(attendant: Attendant) -> None:
    status, out, _ = attendant("--help")
    assert status == 0
    assert set(PROMISED) <= set(re.findall(r"^[│ ]*([a-z]+) ", out, re.MULTILINE))


@pytest.mark.parametrize("command", PROMISED)
def test_each_has_a_help_of_its_own(attendant: Attendant, command: str) -> None:
    status, out, err = attendant(command, "--help")
    assert (status, err) == (0, "")
    assert f"Usage: attendant {command}" in out
    assert ("--json" in out) == (command in WITH_JSON)


def test_without_a_command_help_is_shown(attendant: Attendant) -> None:
    status, out, err = attendant()
    assert status == 2
    assert "Usage: attendant" in out + err


def test_the_diagram_is_text_graphviz_or_json(attendant: Attendant) -> None:
    assert "CallAnswered → answered" in attendant("diagram")[1]
    assert attendant("diagram", "--dot")[1].startswith("digraph leg {")
    tables = json.loads(attendant("diagram", "--json")[1])
    assert {"leg", "floor", "consent", "control", "work"} == set(tables)
    assert {"state", "signal", "to"} == set(tables["leg"][0])


def test_init_writes_a_folder_that_is_read_again(attendant: Attendant, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    status, out, _ = attendant("init", "--folder", str(folder))
    assert status == 0
    assert str(folder / "attendant.toml") in out
    assert out.index("attendant run --config") < out.index("attendant check --config"), "which looks at what runs"
    service = read_service_file(folder / "attendant.toml")
    assert service.ari_password in (folder / "asterisk/attendant-ari.conf").read_text()
    assert stat.S_IMODE((folder / "ari.secret").stat().st_mode) == 0o600
    assert "+15125550100" in (folder / "asterisk/attendant-extensions.conf").read_text()
    commented = (folder / "attendant.toml").read_text().replace("\n# ", "\n").replace("The service file", "# ", 1)
    assert set(tomllib.loads(commented)["models"]) == {f.name for f in fields(ModelsSection)}, "comments are keys"


def test_init_again_keeps_what_was_edited_and_follows_the_tenants(attendant: Attendant, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    attendant("init", "--folder", str(folder))
    secret = (folder / "ari.secret").read_text()
    service = folder / "attendant.toml"
    service.write_text(service.read_text().replace("# calls_max = 8", "calls_max = 3"))
    profile = folder / "tenants/bright-smile-dental/profile.toml"
    profile.write_text(profile.read_text().replace("+15125550100", "+493012345"))
    assert attendant("init", "--folder", str(folder))[0] == 0
    assert (folder / "ari.secret").read_text() == secret
    assert read_service_file(service).limits.calls_max == 3
    extensions = (folder / "asterisk/attendant-extensions.conf").read_text()
    assert "+493012345" in extensions
    assert "+15125550100" not in extensions


def test_init_without_a_folder_is_where_run_looks(attendant: Attendant, tmp_path: Path) -> None:
    assert attendant("init")[0] == 0
    assert (tmp_path / "home/stacks/attendant/attendant.toml").exists()
    _, _, err = attendant("check")
    assert "no service file" not in err


def test_a_softphone_with_a_sound_card_uses_it(tmp_path: Path) -> None:
    write_softphone(tmp_path, PHONE, "127.0.0.1", 5070, has_sound=True)
    config = (tmp_path / "config").read_text()
    assert "audio_player alsa,default" in config
    assert "aufile" not in config
    assert (
        (tmp_path / "accounts").read_text().startswith("<sip:1000@127.0.0.1:5070;transport=udp>;auth_pass=a-password")
    )
    assert stat.S_IMODE((tmp_path / "accounts").stat().st_mode) == 0o600


def test_one_without_keeps_what_it_hears(tmp_path: Path) -> None:
    write_softphone(tmp_path, PHONE, "127.0.0.1", 5070, has_sound=False)
    config = (tmp_path / "config").read_text()
    assert f"snd_path {tmp_path}" in config
    assert f"audio_source aufile,{tmp_path}/quiet.wav" in config
    assert "alsa" not in config


def test_a_sound_card_or_a_sound_server_is_sound(tmp_path: Path) -> None:
    nowhere = tmp_path / "snd"
    assert not has_sound({}, nowhere)
    assert has_sound({"PULSE_SERVER": "unix:/mnt/wslg/PulseServer"}, nowhere)
    (tmp_path / "pipewire-0").touch()
    assert has_sound({"XDG_RUNTIME_DIR": str(tmp_path)}, nowhere)
    nowhere.mkdir()
    assert not has_sound({}, nowhere)
    (nowhere / "pcmC0D0p").touch()
    assert has_sound({}, nowhere)


def test_the_line_is_as_short_as_the_directory_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (
        baresip_command(tmp_path / "var/phone-1000", "+15125550100")
        == "baresip -f var/phone-1000 -e '/dial +15125550100'"
    )
    assert baresip_command(Path("/srv/a b/phone"), "123") == "baresip -f '/srv/a b/phone' -e '/dial 123'"


def test_every_command_is_registered_once() -> None:
    names = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]
    assert len(names) == len(set(names))


def test_what_is_logged_does_not_mix_with_the_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def bench(_n: int) -> BenchResult:
        structlog.get_logger().info("clips heard", done=1)
        return BenchResult("rtp", 1, {}, {}, None, None)

    monkeypatch.setitem(benches._ALONE, "rtp", bench)
    monkeypatch.setattr("sys.argv", ["attendant", "bench", "rtp", "--json"])
    with pytest.raises(SystemExit):
        main()
    printed = capsys.readouterr()
    assert json.loads(printed.out)["name"] == "rtp"
    assert "clips heard" in printed.err
