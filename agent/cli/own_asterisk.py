"""``attendant init``: what somebody's own Asterisk and the service need of each other, in one folder."""

import secrets
import shutil
from pathlib import Path

from agent.pbx.foreign import render_include
from agent.pbx.plan import AriLogin, Folders, PbxPlan, PlanError, Ports
from agent.setup import postgres
from agent.setup.errors import CannotSetUp
from agent.setup.files import write_text
from agent.setup.paths import Home
from agent.setup.service_programs import VOICE
from agent.setup.tenants import SHIPPED, numbers_of, queues_of, read_tenants

VOICEMAIL = "/var/spool/asterisk/attendant"
_USUAL = Ports(sip=5060, http=8088, rtp_first=10000, rtp_last=20000)
"""Asterisk's own defaults. None of them reaches the files for an Asterisk that is there already, but ARI's."""


def write_folder(here: Home, folder: Path) -> list[str]:
    """Write what is missing; the Asterisk files always, from the tenants as they are. Returns what to do next.

    CannotSetUp or ProfileError for tenants that no dialplan can be made of.
    """
    folder = folder.absolute()
    tenants, secret, service = folder / "tenants", folder / "ari.secret", folder / "attendant.toml"
    if not tenants.exists():
        shutil.copytree(SHIPPED, tenants, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    if not secret.exists():
        write_text(secret, secrets.token_hex(16))
        secret.chmod(0o600)
    if not service.exists():
        write_text(service, _service_text(here, folder))
    spoken = here.var / "prompts" / VOICE
    if spoken.exists():
        shutil.copytree(spoken, folder / "prompts", ignore=shutil.ignore_patterns("phrases"), dirs_exist_ok=True)
    for name, text in render_include(_plan(folder, secret.read_text().strip())).items():
        write_text(folder / "asterisk" / name, text)
        (folder / "asterisk" / name).chmod(0o640)
    return _next_steps(here, folder, service)


def _plan(folder: Path, password: str) -> PbxPlan:
    tenants = read_tenants(folder / "tenants")
    try:
        return PbxPlan(
            ports=_USUAL,
            ari=AriLogin("attendant", "attendant", password),
            folders=Folders(str(folder / "prompts"), VOICEMAIL),
            trunks=(),
            numbers=numbers_of(tenants),
            queues=queues_of(tenants, ()),
        )
    except PlanError as error:
        raise CannotSetUp(*str(error).rsplit("; ", 1)) from error


def _service_text(here: Home, folder: Path) -> str:
    """Paths and a DSN are written as TOML literals: nothing in them is an escape."""
    dsn = postgres.external_dsn()
    # Stacks may have written in that database already, under the keys of theirs.
    key_file = postgres.external_key_file(here, dsn) if dsn else folder / "keys.json"
    key_file = key_file if key_file.exists() else folder / "keys.json"
    return f"""# The service file. What is commented out has the value that is shown.

[asterisk]
ari_url = 'http://127.0.0.1:{_USUAL.http}'         # http.conf: enabled = yes, bindaddr = 127.0.0.1
ari_user = 'attendant'
ari_password_file = '{folder / "ari.secret"}'
# media_host = '127.0.0.1'                 # our address, as Asterisk reaches it for RTP

[database]                                 # Postgres 15 or later, with btree_gist: createdb attendant
dsn = '{dsn or "postgresql:///attendant"}'
key_file = '{key_file}'    # made at the first start; back it up, apart from the database

[models]
sockets = '{here.sockets / "service"}'
cache = '{here.var / "phrases"}'
# set = 'tiny'                             # of models/manifest.toml: attendant models list
# stt = ''                                 # as tts, vad, llm: HOST:PORT of another host's workers (docs/gpu-host.md)
# tts = ''
# vad = ''
# llm = ''
# tls = ''                                 # the folder with our certificate for them
# fallback = ''                            # the set that serves here while they are gone
# llm_url = 'http://gpu-host:8000'         # an OpenAI-compatible server in place of the model in the box
# llm_model = 'Qwen/Qwen3-8B'

[tenants]
folder = '{folder / "tenants"}'

[limits]
# calls_max = 8                            # a call beyond it stays with the dialplan
"""


def _next_steps(here: Home, folder: Path, service: Path) -> list[str]:
    steps = [
        f"Edit the tenants in {folder / 'tenants'}, then run this again: numbers and queues go into the dialplan.",
        f"In Asterisk's configuration, #include the three files of {folder / 'asterisk'}; each says where.",
        f"Edit [database] in {service}.",
        f"attendant run --config {service}",
        f"attendant check --config {service}, beside it: what is wrong, with its remedy.",
    ]
    if not (folder / "prompts").exists():
        steps.insert(1, f"Run `make demo` once, then this again: it speaks the prompts of the fallback ({here.var}).")
    return steps
