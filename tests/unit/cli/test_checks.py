"""What ``attendant check`` says of model workers, here and on another host."""

import asyncio
import shutil
from pathlib import Path

import pytest

from agent.cli.checks import model_findings, tenant_findings
from agent.setup import pki
from agent.setup.ports import free_tcp_port
from agent.setup.service import ModelsSection
from agent.setup.tenants import SHIPPED
from agent.workers.server import Peer
from tests.relay import HOST, make_relay


class Silent:
    """A worker that answers pings alone."""

    def answer(self, peer: int, request: object) -> None:
        return None

    async def work(self, peer: int, request: object, send: object) -> None: ...

    def forget(self, peer: int) -> None: ...


async def test_workers_here_and_there_are_asked(tmp_path: Path) -> None:
    relay = make_relay(tmp_path / "pki", tmp_path, ("stt", "tts"), free_tcp_port())
    keys = dict.fromkeys(("stt", "tts"), f"{HOST}:{relay.port}")
    models = ModelsSection(str(tmp_path), "", **keys, llm_url="http://other", tls=str(tmp_path / "pki/controller"))
    found = await model_findings(models)
    assert [line.partition(" ")[0] for line in found] == ["models:"] * 3
    assert "vad.sock does not answer" in found[0]
    assert f"stt at {HOST}:{relay.port}: cannot reach the worker" in found[1]
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_unix_server(lambda: Peer(1, Silent(), "m"), str(tmp_path / f"{kind}.sock"))
        for kind in ("vad", "stt", "tts")
    ]
    await asyncio.to_thread(relay.start)
    assert await model_findings(models) == []
    await asyncio.to_thread(relay.stop)
    for server in servers:
        server.close()


async def test_a_certificate_that_ends_soon_and_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pki, "SIDE_DAYS", 20)
    pki.make_pki(tmp_path, [HOST])
    keys = {"stt": f"{HOST}:{free_tcp_port()}", "llm_url": "http://other"}
    soon = await model_findings(ModelsSection(str(tmp_path), "", **keys, tls=str(tmp_path / "controller")))
    assert any("our certificate for the other host ends in 19 days" in line for line in soon)
    none = await model_findings(ModelsSection(str(tmp_path), "", **keys, tls="/nowhere"))
    assert any("/nowhere: No such file or directory" in line for line in none)


async def test_a_tenants_own_endpoint_is_asked_and_its_secret_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SHIPPED, tmp_path / "tenants")
    assert await tenant_findings(tmp_path / "tenants") == []
    url = f"http://127.0.0.1:{free_tcp_port()}/tool"
    entry = f'[[webhook]]\ntools = ["calendar.book"]\nurl = "{url}"\nsecret_env = "CHECKED_SECRET"\n'
    (tmp_path / "tenants/northwind-sales/backends.toml").write_text(entry)
    (missing,) = await tenant_findings(tmp_path / "tenants")
    assert missing.startswith(
        "tenants: northwind-sales/backends.toml:4: the variable CHECKED_SECRET is not set. Set it"
    )
    monkeypatch.setenv("CHECKED_SECRET", "sixteen characters")
    (away,) = await tenant_findings(tmp_path / "tenants")
    assert away.startswith(f"backends: northwind-sales/backends.toml:3: {url}: the backend cannot be reached; see that")
