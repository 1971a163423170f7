"""The composition root: the only file that names every adapter."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import cycle, islice
from pathlib import Path

import structlog

from agent.adapters.asterisk.client import AriConfig
from agent.adapters.asterisk.telephony import AsteriskTelephony
from agent.adapters.backends.calendar import CalendarBackend, seed_calendar
from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.listening import WorkerRecogniser, WorkerTurnDetector, WorkerVoiceActivity
from agent.adapters.models.reasoning import Endpoint, HttpReasoner
from agent.adapters.models.speaking import WorkerSynthesiser
from agent.adapters.postgres.crypto import Cipher
from agent.adapters.postgres.database import Database, connect
from agent.adapters.postgres.journal import PostgresJournal
from agent.adapters.postgres.keys import ensure_cipher
from agent.adapters.postgres.migrate import migrate
from agent.adapters.postgres.outbox import PostgresOutbox
from agent.adapters.rtp.line import RtpMedia
from agent.adapters.system import SystemClock, SystemEntropy
from agent.dialogue import fixed_phrases, model_prefixes
from agent.ports.models import ModelUnavailable
from agent.setup.errors import CannotSetUp
from agent.setup.files import write_text
from agent.setup.service import ServiceFile
from agent.setup.service_programs import LLM_SLOTS, VOICE
from agent.setup.tenants import read_tenants
from agent.shell.desk import Desk, Tenants
from agent.shell.world import Ports
from agent.speech.speakable import spoken

log = structlog.get_logger()

RETRY_S = 0.5
LOCK = 7_203_114_003
LOCK_TRIES = 6


async def run_controller(service: ServiceFile, ready_file: Path) -> None:
    """Run the controller until cancelled. ``ready_file`` appears when it takes calls."""
    migrate(service.database.dsn)
    cipher = ensure_cipher(service.database.dsn, Path(service.database.key_file))
    tenants = read_tenants(Path(service.tenants.folder))
    async with AsyncExitStack() as stack:
        await _be_the_only_one(service.database.dsn, stack)
        ports = await _ports(service, cipher, stack)
        await _seed(service.database.dsn, tenants)
        desk = Desk(ports, tenants, service.limits.calls_max)
        async with asyncio.TaskGroup() as group:
            group.create_task(desk.run())
            group.create_task(_warm(ports, tenants, lambda: _say_ready(ready_file, service)))


async def _be_the_only_one(dsn: str, stack: AsyncExitStack) -> None:
    """Two controllers on one database would adopt each other's calls. A killed one lets go within moments."""
    connection = await connect(dsn)
    stack.push_async_callback(connection.close)
    for _ in range(LOCK_TRIES):
        row = await (await connection.execute("SELECT pg_try_advisory_lock(%s) AS got", [LOCK])).fetchone()
        if row and row["got"]:
            return
        await asyncio.sleep(RETRY_S)
    raise CannotSetUp("another controller serves this database", "end it, or give this one a database of its own")


def _say_ready(ready_file: Path, service: ServiceFile) -> None:
    write_text(ready_file, json.dumps({"calls_max": service.limits.calls_max}))
    log.info("the controller takes calls", calls_max=service.limits.calls_max)


async def _ports(service: ServiceFile, cipher: Cipher, stack: AsyncExitStack) -> Ports:
    sockets, dsn = Path(service.models.sockets), service.database.dsn
    asterisk = service.asterisk
    ari = AriConfig(asterisk.ari_url, asterisk.ari_user, service.ari_password, "attendant", asterisk.media_host)
    clock = SystemClock()
    database = Database(dsn)
    stack.push_async_callback(database.close)
    reasoner = HttpReasoner(
        Endpoint("qwen", socket=sockets / "llm.sock", dialect="llama", slots=LLM_SLOTS)
        if not service.models.llm_url
        else Endpoint(service.models.llm_model, url=service.models.llm_url, dialect="vllm")
    )
    stack.push_async_callback(reasoner.close)
    vad = WorkerConnection(sockets / "vad.sock")
    return Ports(
        clock=clock,
        entropy=SystemEntropy(),
        journal=await stack.enter_async_context(PostgresJournal(dsn, cipher)),
        outbox=await stack.enter_async_context(PostgresOutbox(dsn, cipher)),
        backends=CalendarBackend(database, cipher, clock.wall),
        telephony=await stack.enter_async_context(AsteriskTelephony(ari)),
        media=RtpMedia(asterisk.media_host),
        vad=WorkerVoiceActivity(vad),
        turn_detector=WorkerTurnDetector(vad),
        recogniser=WorkerRecogniser(WorkerConnection(sockets / "stt.sock")),
        reasoner=reasoner,
        synthesiser=WorkerSynthesiser(WorkerConnection(sockets / "tts.sock"), VOICE, Path(service.models.cache)),
    )


async def _seed(dsn: str, tenants: Tenants) -> None:
    database = Database(dsn, size=1)
    try:
        for profile in {p.sha: p for p in tenants.by_number.values()}.values():
            await seed_calendar(database, profile)
    finally:
        await database.close()


async def _warm(ports: Ports, tenants: Tenants, ready: Callable[[], None]) -> None:
    """Fixed phrases are synthesised and prompts read ahead, before the first call; models may still be loading."""
    profiles = list({p.sha: p for p in tenants.by_number.values()}.values())
    for profile in profiles:
        phrases = tuple(map(spoken, fixed_phrases(profile)))
        await _until_up(lambda texts=phrases: ports.synthesiser.prepare(texts))  # type: ignore[misc]
    prefixes = [prefix for profile in profiles for prefix in model_prefixes(profile)]
    for prefix in islice(cycle(prefixes), LLM_SLOTS):
        await _until_up(lambda text=prefix: ports.reasoner.warm(text))  # type: ignore[misc]
    ready()


async def _until_up(attempt: Callable[[], object]) -> None:
    while True:
        try:
            await attempt()  # type: ignore[misc]
        except ModelUnavailable as error:
            log.info("waiting for a model", cause=str(error))
            await asyncio.sleep(RETRY_S)
        else:
            return
