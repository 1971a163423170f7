"""The composition root: the only file that names every adapter."""

import asyncio
import gc
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import structlog

from agent.adapters.asterisk.client import AriConfig
from agent.adapters.asterisk.telephony import AsteriskTelephony
from agent.adapters.backends import RoutedBackends
from agent.adapters.backends.calendar import CalendarBackend, seed_calendar
from agent.adapters.backends.webhook import WebhookBackend
from agent.adapters.models.placed import Models, Placement
from agent.adapters.models.reasoning import Endpoint
from agent.adapters.postgres.crypto import Cipher
from agent.adapters.postgres.database import Database, connect
from agent.adapters.postgres.journal import PostgresJournal
from agent.adapters.postgres.keys import ensure_cipher
from agent.adapters.postgres.migrate import migrate
from agent.adapters.postgres.outbox import PostgresOutbox
from agent.adapters.rtp.line import RtpMedia
from agent.adapters.system import SystemClock, SystemEntropy
from agent.adapters.system.priority import REMEDY, take_realtime
from agent.call.events import ModelStepped
from agent.dialogue import fixed_phrases, model_prefixes
from agent.policy import escalation
from agent.ports import Backends
from agent.ports.models import ModelUnavailable
from agent.setup.backends import Webhook, webhooks_of
from agent.setup.errors import CannotSetUp
from agent.setup.files import write_text
from agent.setup.placement import far_places, near_sets
from agent.setup.service import ModelsSection, ServiceFile
from agent.setup.service_programs import LLM_SLOTS, VOICE
from agent.setup.tenants import read_tenants, tongues_of
from agent.shell.desk import Desk, Tenants
from agent.shell.world import Ports, Serial
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
    webhooks = webhooks_of(tenants)
    for profile in tenants.by_number.values():
        escalation.prepare(profile.rules)
    async with AsyncExitStack() as stack:
        await _be_the_only_one(service.database.dsn, stack)
        tongues = {spoken(text): voice for text, voice in tongues_of(tenants).items()}
        models = Models(replace(_placement(service.models), tongues=tongues))
        stack.push_async_callback(models.close)
        ports = await _ports(service, models, cipher, webhooks, stack)
        await _seed(service.database.dsn, tenants)
        desk = Desk(ports, tenants, service.limits.calls_max, _serial(service, ports, models))
        async with asyncio.TaskGroup() as group:
            group.create_task(desk.run())
            group.create_task(models.watch(lambda kind, is_far: desk.tell_all(_stepped(kind, is_far))))
            group.create_task(_warm(ports, tenants, lambda: _say_ready(ready_file, service)))


def _stepped(kind: str, is_far: bool) -> Callable[[int], ModelStepped]:
    return lambda at_ms: ModelStepped(at_ms, kind, is_far)


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


def _put_audio_first() -> None:
    """From now on the tick waits for nobody: not for other processes, not for a long sweep of old objects."""
    gc.collect()
    gc.freeze()
    if not take_realtime():
        log.warning("no real-time priority: a busy machine will be heard", remedy=REMEDY)


def _say_ready(ready_file: Path, service: ServiceFile) -> None:
    _put_audio_first()
    write_text(ready_file, json.dumps({"calls_max": service.limits.calls_max}))
    log.info("the controller takes calls", calls_max=service.limits.calls_max)


async def _ports(
    service: ServiceFile, models: Models, cipher: Cipher, webhooks: list[Webhook], stack: AsyncExitStack
) -> Ports:
    dsn = service.database.dsn
    asterisk = service.asterisk
    ari = AriConfig(asterisk.ari_url, asterisk.ari_user, service.ari_password, "attendant", asterisk.media_host)
    clock = SystemClock()
    database = Database(dsn)
    stack.push_async_callback(database.close)
    outbox = await stack.enter_async_context(PostgresOutbox(dsn, cipher))
    await outbox.take_over()  # we are the only one: what the last controller held is nobody's
    return Ports(
        clock=clock,
        entropy=SystemEntropy(),
        journal=await stack.enter_async_context(PostgresJournal(dsn, cipher)),
        outbox=outbox,
        backends=RoutedBackends(
            {"calendar": CalendarBackend(database, cipher, clock.wall)}, await _own_backends(webhooks, clock, stack)
        ),
        telephony=await stack.enter_async_context(AsteriskTelephony(ari)),
        media=RtpMedia(asterisk.media_host),
        vad=models.vad,
        turn_detector=models.turn_detector,
        recogniser=models.recogniser,
        reasoner=models.reasoner,
        synthesiser=models.synthesiser,
    )


async def _own_backends(
    webhooks: list[Webhook], clock: SystemClock, stack: AsyncExitStack
) -> dict[tuple[str, str], Backends]:
    """By tenant and tool."""
    own: dict[tuple[str, str], Backends] = {}
    for webhook in webhooks:
        backend = await stack.enter_async_context(WebhookBackend(webhook.spec, webhook.secret, clock.wall))
        own |= dict.fromkeys(((webhook.tenant, name) for name in webhook.spec.tools), backend)
    return own


def _serial(service: ServiceFile, ports: Ports, models: Models) -> Serial | None:
    """What serves the calls that the service file wants served serially, if any."""
    if not service.serial.callers:
        return None
    recogniser, synthesiser = models.serial()
    return Serial(
        service.serial.callers, replace(ports, recogniser=recogniser, synthesiser=synthesiser, is_serial=True)
    )


def _placement(section: ModelsSection) -> Placement:
    """Where the service file has the models. CannotSetUp for addresses or certificates that do not do."""
    sockets, far = Path(section.sockets), far_places(section)
    there = far.get("llm")
    far_llm = Endpoint(section.llm_model, url=section.llm_url, dialect="vllm") if section.llm_url else None
    if there is not None:
        far_llm = Endpoint("llm", url=f"https://{there.address}", dialect="llama", slots=LLM_SLOTS, tls=there.tls)
    return Placement(
        sockets=sockets,
        cache=Path(section.cache),
        voice=VOICE,
        near=frozenset(near_sets(section)),
        near_llm=Endpoint("llm", socket=sockets / "llm.sock", dialect="llama", slots=LLM_SLOTS),
        far={kind: place for kind, place in far.items() if kind != "llm"},
        far_llm=far_llm,
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
        phrases = tuple(map(spoken, (*fixed_phrases(profile), *(t.to_human for t in profile.tongues))))
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
