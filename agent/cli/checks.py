"""What ``attendant check`` looks at."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from agent.adapters.asterisk.check import check_pbx
from agent.adapters.asterisk.client import AriClient, AriConfig
from agent.adapters.postgres.crypto import KeyTrouble, load_cipher
from agent.adapters.postgres.database import Database, DatabaseDown
from agent.adapters.system.priority import REMEDY, may_take_realtime
from agent.profiles import ProfileError
from agent.setup.errors import CannotSetUp
from agent.setup.service import ServiceFile
from agent.setup.tenants import read_tenants

SOCKETS = ("vad", "stt", "tts", "llm")


async def all_findings(service: ServiceFile) -> list[str]:
    """One line a finding, with its remedy; empty when all is well."""
    looks: tuple[Callable[[ServiceFile], Awaitable[list[str]]], ...] = (_tenants, _database, _models, _pbx)
    return [finding for look in looks for finding in await look(service)]


def notes() -> list[str]:
    """What is no fault, but good to know."""
    if may_take_realtime():
        return ["audio: real-time priority is allowed for this user; the controller takes it"]
    return [f"audio: real-time priority is not allowed for this user, so a busy machine will be heard; {REMEDY}"]


async def _tenants(service: ServiceFile) -> list[str]:
    try:
        read_tenants(Path(service.tenants.folder))
    except (ProfileError, OSError) as error:
        return [f"tenants: {error}"]
    return []


async def _database(service: ServiceFile) -> list[str]:
    database = Database(service.database.dsn, size=1)
    try:
        await database.rows("live_calls")
        load_cipher(Path(service.database.key_file))
    except DatabaseDown as error:
        return [f"database: {error}; see that Postgres runs and that dsn in the service file names it"]
    except KeyTrouble as error:
        return [f"database: {error}"]
    finally:
        await database.close()
    return []


async def _models(service: ServiceFile) -> list[str]:
    folder = Path(service.models.sockets)
    kinds = [k for k in SOCKETS if not (k == "llm" and service.models.llm_url)]
    return [f for kind in kinds for f in await _socket(folder / f"{kind}.sock")]


async def _socket(path: Path) -> list[str]:
    try:
        _, writer = await asyncio.open_unix_connection(str(path))
    except OSError as error:
        return [f"models: {path.name} does not answer ({error.strerror}); start the service: attendant run"]
    writer.close()
    return []


async def _pbx(service: ServiceFile) -> list[str]:
    asterisk = service.asterisk
    try:
        password = service.ari_password
    except CannotSetUp as error:
        return [f"pbx: {error}"]
    config = AriConfig(asterisk.ari_url, asterisk.ari_user, password, "attendant", asterisk.media_host)
    async with AriClient(config) as ari:
        return [f"pbx: {finding}" for finding in await check_pbx(ari)]
