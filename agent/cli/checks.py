"""What ``attendant check`` looks at."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg

from agent.adapters.asterisk.check import check_pbx
from agent.adapters.asterisk.client import AriClient, AriConfig
from agent.adapters.backends.webhook import WebhookBackend
from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.tls import TlsPlace
from agent.adapters.postgres.crypto import KeyTrouble
from agent.adapters.postgres.keys import has_keys
from agent.adapters.postgres.migrate import MigrationRefused, missing
from agent.adapters.system import SystemClock
from agent.adapters.system.priority import REMEDY, may_take_realtime
from agent.ports.models import ModelUnavailable
from agent.profiles import ProfileError
from agent.profiles.backends import FILE as BACKENDS_FILE
from agent.setup.backends import Webhook, webhooks_of
from agent.setup.errors import CannotSetUp
from agent.setup.pki import SOON_DAYS, days_left
from agent.setup.placement import far_places, near_sets
from agent.setup.service import DatabaseSection, ModelsSection, ServiceFile
from agent.setup.tenants import read_tenants

SOCKETS = ("vad", "stt", "tts", "llm")


async def all_findings(service: ServiceFile) -> tuple[list[str], list[str]]:
    """One line a finding, with its remedy, none when all is well; and what is no fault, but good to know."""
    database, notes = await asyncio.to_thread(database_findings, service.database)
    looks: tuple[Callable[[ServiceFile], Awaitable[list[str]]], ...] = (_tenants, _models, _pbx)
    others = [finding for look in looks for finding in await look(service)]
    return database + others, notes + _audio_notes()


def _audio_notes() -> list[str]:
    if may_take_realtime():
        return ["audio: real-time priority is allowed for this user; the controller takes it"]
    return [f"audio: real-time priority is not allowed for this user, so a busy machine will be heard; {REMEDY}"]


async def _tenants(service: ServiceFile) -> list[str]:
    return await tenant_findings(Path(service.tenants.folder))


async def tenant_findings(folder: Path) -> list[str]:
    """Of the profiles; and each tenant's own endpoints are asked for what never was."""
    try:
        webhooks = webhooks_of(read_tenants(folder))
    except (ProfileError, OSError) as error:
        return [f"tenants: {error}"]
    return [finding for webhook in webhooks if (finding := await _probed(webhook))]


async def _probed(webhook: Webhook) -> str:
    async with WebhookBackend(webhook.spec, webhook.secret, SystemClock().wall) as backend:
        problem = await backend.probe()
    where = f"backends: {webhook.tenant}/{BACKENDS_FILE}:{webhook.line}: {webhook.spec.url}: {problem}"
    return f"{where}; see that it runs, has the same secret, and answers as docs/webhook.md says" if problem else ""


def database_findings(database: DatabaseSection) -> tuple[list[str], list[str]]:
    """Findings, and notes on what the service does by itself at its first start. Writes nothing."""
    key_file, notes = Path(database.key_file), []
    try:
        if todo := missing(database.dsn):
            notes.append(f"database: {len(todo)} migration(s) are not applied yet; attendant run does it")
        if not has_keys(database.dsn, key_file) and not key_file.exists():
            notes.append(f"database: {key_file} is not there yet; attendant run makes it: back it up then")
    except (MigrationRefused, KeyTrouble) as error:
        return [f"database: {error}"], notes
    except psycopg.Error as error:
        line = " ".join(str(error).split())
        return [f"database: {line}; see that Postgres runs and that dsn in the service file names it"], notes
    return [], notes


async def _models(service: ServiceFile) -> list[str]:
    return await model_findings(service.models)


async def model_findings(models: ModelsSection) -> list[str]:
    """Of the workers here and on other hosts, and of our certificate for those."""
    folder, near = Path(models.sockets), near_sets(models)
    found = [f for kind in SOCKETS if kind in near for f in await _socket(folder / f"{kind}.sock")]
    try:
        places = far_places(models)
    except CannotSetUp as error:
        return [*found, f"models: {error}"]
    if places and (left := days_left(Path(models.tls))) < SOON_DAYS:
        found.append(f"models: our certificate for the other host ends in {left} days; attendant workers make-pki")
    # A model server behind the relay answers HTTP, not our messages.
    return found + [f for kind, place in places.items() if kind != "llm" for f in await _far(place)]


async def _far(place: TlsPlace) -> list[str]:
    connection = WorkerConnection(place)
    try:
        await connection.model()
    except ModelUnavailable as error:
        return [f"models: {error}; see that attendant workers run is up there, and its relay's log"]
    finally:
        await connection.close()
    return []


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
