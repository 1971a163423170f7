"""A whole stack on loopback: Postgres, models, a PBX and a carrier, the controller, the console if wanted.

One name, one directory, one lock: ``talk`` keeps one up, ``demo`` and ``call`` start a private one and end it.
"""

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.pbx.plan import Phone, QueueMember
from agent.setup import postgres, preflight
from agent.setup.asterisk_root import install
from agent.setup.errors import CannotSetUp
from agent.setup.files import write_text
from agent.setup.paths import Home
from agent.setup.pbx_pair import CARRIER_TRUNK, PBX_TRUNK, PairWish, PbxPair, start_pair
from agent.setup.placement import far_places, near_sets
from agent.setup.processes import Child
from agent.setup.prompts import ensure_prompts
from agent.setup.service import (
    AsteriskSection,
    DatabaseSection,
    LimitsSection,
    ModelsSection,
    SerialSection,
    ServiceFile,
    TenantsSection,
    write_service_file,
)
from agent.setup.service_programs import (
    CONTROLLER,
    FIRST_READY_S,
    VOICE,
    console_program,
    controller_program,
    model_programs,
    wait_listening,
)
from agent.setup.supervisor import LOOK_EVERY_S, Supervisor
from agent.setup.tenants import SHIPPED, numbers_of, queues_of, read_tenants, tongues_of
from agent.shell.desk import Tenants

Say = Callable[[str], None]


SERIAL_CALLER = "+12025550190"
"""Calls of this number are served serially by every stack of ours: both ways meet in one run of a bench."""


@dataclass(frozen=True, slots=True)
class StackWish:
    """What the stack is for. ``console_port`` 0: no console. ``sip_port`` 0: any free one.

    ``models`` are keys of the service file's section of that name, beside the folders; ``serial_callers`` is the key
    of its section ``serial``.
    """

    name: str
    phones: tuple[Phone, ...] = ()
    sip_port: int = 0
    console_port: int = 0
    calls_max: int = 8
    tenants: Path = SHIPPED
    models: Mapping[str, str] = field(default_factory=dict)
    serial_callers: str = SERIAL_CALLER


@dataclass(slots=True)
class Stack:
    """A running stack. ``address`` is all a simulated caller needs; ``stop`` ends everything we started."""

    home: Home
    wish: StackWish
    folder: Path
    dsn: str
    pair: PbxPair
    supervisor: Supervisor
    server: postgres.PostgresServer
    _held: ExitStack
    _is_stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def service_file(self) -> Path:
        """The controller's service file."""
        return self.folder / "attendant.toml"

    @property
    def key_file(self) -> Path:
        """What opens the encrypted fields of its database."""
        return postgres.key_file(self.home, self.folder, self.dsn)

    @property
    def sockets(self) -> Path:
        """Where the model workers listen."""
        return self.home.sockets / self.wish.name

    def controller_pid(self) -> int:
        """The controller's pid: killed, it is started again."""
        return self.supervisor.pid(CONTROLLER)

    def watch(self) -> None:
        """Look after the processes until ``stop``; runs in a thread of its own."""
        while not self._is_stopping.wait(LOOK_EVERY_S):
            self.supervisor.look()
            self._look_at_postgres()

    def _look_at_postgres(self) -> None:
        """Start our server again when it ended by itself; while its old processes still go, at the next look."""
        child = self.server.child
        if child is not None and not child.is_running:
            with suppress(CannotSetUp):
                self.server.child = postgres.start_embedded(Home(self.home.root, self.folder)).child

    def stop(self) -> None:
        """End everything, in the order that leaves nothing behind. Idempotent."""
        self._is_stopping.set()
        self._held.close()


def start_stack(home: Home, wish: StackWish, say: Say) -> Stack:
    """Start all, side by side where it can be; returns when the controller takes calls. CannotSetUp in one line."""
    held = ExitStack()
    try:
        return _start(home, wish, say, held)
    except BaseException:
        held.close()
        raise


def _start(home: Home, wish: StackWish, say: Say, held: ExitStack) -> Stack:
    folder = home.var / "stacks" / wish.name
    folder.mkdir(parents=True, exist_ok=True)
    held.enter_context(preflight.hold(folder / "lock", f"attendant ({wish.name})"))
    for stale in ("ready.json", "address.json"):
        (folder / stale).unlink(missing_ok=True)
    supervisor = Supervisor(folder / "log", folder / "pids.json")
    held.callback(supervisor.stop)
    # What a person can get wrong is told before anything is started.
    asterisk, tenants = install(home), read_tenants(wish.tenants)
    say("Starting Postgres and the models")
    # A server of its own: two stacks may run side by side, and the first to end must not take the other's along.
    server = postgres.start(Home(home.root, folder))
    held.callback(server.stop)
    sockets = home.sockets / wish.name
    models = _models(home, wish, sockets)
    far_places(models)
    sets = {"tts": models.set, "caller": models.set, **near_sets(models)}
    programs = model_programs(home, sockets, sets, sorted({*tongues_of(tenants).values()}))
    children = dict(zip(programs, supervisor.start(list(programs.values())), strict=True))
    prompts = _prompts(home, sockets / "tts.sock", children)
    say("Starting Asterisk: a PBX and a carrier, with a SIP trunk between them")
    pair = start_pair(home, asterisk, _pair_wish(wish, tenants, prompts))
    held.callback(pair.stop)
    stack = Stack(home, wish, folder, server.dsn, pair, supervisor, server, held)
    _write_files(stack)
    first = (
        "" if (home.var / "phrases").exists() else "; the first time the agent speaks its phrases once, to keep them"
    )
    say(f"Starting the controller{first}")
    (controller,) = supervisor.start([controller_program(home, stack.service_file, folder / "ready.json")])
    if wish.console_port:
        supervisor.start([console_program(home, stack.service_file, wish.console_port)])
    for path, child in children.items():
        wait_listening(child, path)
    # Not started again yet: what ends it now would end it again, and its last words say why.
    controller.wait_ready((folder / "ready.json").exists, FIRST_READY_S)
    threading.Thread(target=stack.watch, name="supervisor", daemon=True).start()
    return stack


def _models(home: Home, wish: StackWish, sockets: Path) -> ModelsSection:
    return ModelsSection(str(sockets), str(home.var / "phrases"), **wish.models)


def _prompts(home: Home, tts: Path, children: dict[Path, Child]) -> Path:
    wait_listening(children[tts], tts)
    return ensure_prompts(home.var / "prompts", tts, VOICE)


def _pair_wish(wish: StackWish, tenants: Tenants, prompts: Path) -> PairWish:
    members = tuple(QueueMember(p.extension) for p in wish.phones if p.extension.startswith("2"))
    members += (QueueMember("colleague", CARRIER_TRUNK),)
    return PairWish(
        prompts=prompts,
        numbers=numbers_of(tenants),
        queues=queues_of(tenants, members),
        phones=wish.phones,
        name=wish.name,
        sip_port=wish.sip_port,
    )


def _write_files(stack: Stack) -> None:
    secret = stack.folder / "ari.secret"
    write_text(secret, stack.pair.pbx_plan.ari.password)
    secret.chmod(0o600)
    service = ServiceFile(
        AsteriskSection(stack.pair.pbx_url, stack.pair.pbx_plan.ari.user, str(secret)),
        DatabaseSection(stack.dsn, str(stack.key_file)),
        _models(stack.home, stack.wish, stack.sockets),
        TenantsSection(str(stack.wish.tenants)),
        LimitsSection(stack.wish.calls_max),
        SerialSection(stack.wish.serial_callers),
    )
    write_service_file(stack.service_file, service)
    address = stack.folder / "address.json"
    write_text(address, json.dumps(address_of(stack), indent=1))
    address.chmod(0o600)


def address_of(stack: Stack) -> dict[str, Any]:
    """Where a simulated caller finds everything, as JSON."""
    carrier = stack.pair.carrier_plan
    return {
        "carrier": {
            "ari_url": stack.pair.carrier_url,
            "ari_user": carrier.ari.user,
            "ari_password": carrier.ari.password,
            "app": carrier.ari.app,
            "trunk": PBX_TRUNK,
        },
        "dsn": stack.dsn,
        "key_file": str(stack.key_file),
        "tenants_dir": str(stack.wish.tenants),
        "workers_dir": str(stack.sockets),
        "models_dir": str(stack.home.models),
        "cache_dir": str(stack.home.var / "clips"),
        "out_dir": str(stack.home.var / "calls"),
        "serial_caller": SERIAL_CALLER,
        "pbx_sip": stack.pair.pbx_plan.ports.sip,
    }


def softphone(extension: str, name: str) -> Phone:
    """An account for a softphone, with a password made up now."""
    return Phone(extension, secrets.token_urlsafe(9).replace("-", "x").replace("_", "y"), name)
