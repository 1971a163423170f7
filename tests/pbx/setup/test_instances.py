"""Asterisk instances and the language model server, started for real."""

from pathlib import Path

import pytest

from agent.setup import asterisk_root, llama, ports
from agent.setup.asterisk_process import InstanceFiles, start_instance, write_instance
from agent.setup.asterisk_root import AsteriskInstall
from agent.setup.errors import CannotSetUp
from agent.setup.paths import Home, home

pytestmark = pytest.mark.pbx

EMPTY = ("acl", "amd", "features", "manager", "queues", "stasis", "udptl", "ccss")


@pytest.fixture(scope="module")
def install() -> AsteriskInstall:
    return asterisk_root.install(home())


def files(port: int, modules: str = "") -> InstanceFiles:
    texts = {f"{name}.conf": "[general]\n" for name in EMPTY}
    texts["http.conf"] = f"[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport={port}\n"
    texts["modules.conf"] = f"[modules]\nautoload=no\nload=res_timing_timerfd.so\n{modules}"
    texts["indications.conf"] = "[general]\ncountry=us\n[us]\ndescription=US\nringcadence=2000,4000\ndial=350+440\n"
    return InstanceFiles(texts, {})


def test_instances_run_side_by_side_and_end(install: AsteriskInstall, tmp_path: Path) -> None:
    here = Home(home().root, tmp_path)
    first_port, second_port = ports.free_tcp_port(), ports.free_tcp_port()
    first = start_instance(here, install, "first", files(first_port), first_port)
    try:
        second = start_instance(here, install, "second", files(second_port), second_port)
        try:
            for process in (first, second):
                assert install.version in process.command("core show version")
                assert str(process.directory / "spool") in process.command("core show settings")
        finally:
            second.stop()
        assert not ports.is_answering(second_port)
        assert ports.is_answering(first_port), "stopping one leaves the other"
    finally:
        first.stop()
    assert not first.child.is_running


def test_a_port_in_use_stops_the_start(install: AsteriskInstall, tmp_path: Path) -> None:
    here = Home(home().root, tmp_path)
    port = ports.free_tcp_port()
    running = start_instance(here, install, "first", files(port), port)
    try:
        with pytest.raises(CannotSetUp, match=f"port {port} .* is in use"):
            start_instance(here, install, "second", files(port), port)
    finally:
        running.stop()


def test_an_asterisk_that_does_not_come_up_says_why(install: AsteriskInstall, tmp_path: Path) -> None:
    port = ports.free_tcp_port()
    with pytest.raises(CannotSetUp, match="Asterisk broken ended with status"):
        start_instance(
            Home(home().root, tmp_path), install, "broken", files(port, "require=res_no_such_module.so\n"), port
        )


@pytest.mark.parametrize("path", ["../outside.conf", "/etc/outside.conf"])
def test_a_file_outside_the_instance_is_refused(install: AsteriskInstall, tmp_path: Path, path: str) -> None:
    with pytest.raises(CannotSetUp, match="would lie outside"):
        write_instance(Home(home().root, tmp_path), install, "x", InstanceFiles({path: ""}, {}))


def test_the_package_s_prompts_and_ours_are_found(install: AsteriskInstall, tmp_path: Path) -> None:
    prompt = tmp_path / "sorry.wav"
    prompt.write_bytes(b"RIFF")
    here = Home(home().root, tmp_path / "var")
    directory = write_instance(here, install, "x", InstanceFiles({}, {"attendant/sorry.wav": prompt}))
    assert (directory / "data/sounds/attendant/sorry.wav").read_bytes() == b"RIFF"
    assert (directory / "data/sounds/en/hello.wav").exists()
    assert (directory / "etc/asterisk.conf").stat().st_mode & 0o077 == 0


def test_the_language_model_server_answers_on_its_socket(tmp_path: Path) -> None:
    assert llama.ensure(home()).is_file()
    server = llama.start(home(), tmp_path / "llm.sock", slots=2)
    try:
        llama.prove(server)
    finally:
        server.stop()
    assert not server.socket.exists()
