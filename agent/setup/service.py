"""The one service file: what a controller needs to know to run. Unknown keys are errors.

::

    [asterisk]
    ari_url = "http://127.0.0.1:8088"
    ari_user = "attendant"
    ari_password_file = "/etc/attendant/ari.secret"
    media_host = "127.0.0.1"

    [database]
    dsn = "postgresql:///attendant"
    key_file = "/etc/attendant/keys.json"

    [models]
    sockets = "/run/attendant"      # where the workers listen
    cache = "/var/cache/attendant"  # synthesised phrases
    # set = "tiny"                   models/manifest.toml has the sets
    # stt = "gpu-host:7900"          as tts, vad, llm: another host's workers (docs/gpu-host.md)
    # tls = "/etc/attendant/pki/controller"   our certificate for them
    # fallback = "tiny"              the set that serves when they are gone
    # llm_url = "http://gpu-host:8000"   llm_model = "Qwen/Qwen3-8B"

    [tenants]
    folder = "/etc/attendant/tenants"

    [limits]
    calls_max = 8
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from agent.setup.errors import CannotSetUp


@dataclass(frozen=True, slots=True)
class AsteriskSection:
    """How our Asterisk is reached; ``media_host`` is our own address for its RTP."""

    ari_url: str
    ari_user: str
    ari_password_file: str
    media_host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class DatabaseSection:
    """``key_file`` opens the encrypted fields; it never lies in the database."""

    dsn: str
    key_file: str


@dataclass(frozen=True, slots=True)
class ModelsSection:
    """``sockets``: the folder where the workers listen. ``cache``: synthesised phrases are kept there.

    ``set`` is the manifest's set of models that our workers load. ``stt``, ``tts``, ``vad`` and ``llm`` are HOST:PORT
    of workers elsewhere, reached by TLS with the certificate in the folder ``tls``; while those are gone, workers of
    the set ``fallback`` serve, if one is named. ``llm_url`` names an OpenAI-compatible server (vLLM, llama-server) in
    place of a model server of ours.
    """

    sockets: str
    cache: str
    llm_url: str = ""
    llm_model: str = ""
    set: str = "tiny"
    stt: str = ""
    tts: str = ""
    vad: str = ""
    llm: str = ""
    tls: str = ""
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class TenantsSection:
    """One folder a tenant below ``folder``."""

    folder: str


@dataclass(frozen=True, slots=True)
class LimitsSection:
    """``calls_max``: a call beyond it is left to the dialplan before it is answered."""

    calls_max: int = 8


@dataclass(frozen=True, slots=True)
class SerialSection:
    """``callers``: the number whose calls are served one stage after the other, or ``*``; what the benches compare
    with."""

    callers: str = ""


@dataclass(frozen=True, slots=True)
class ServiceFile:
    """The whole file."""

    asterisk: AsteriskSection
    database: DatabaseSection
    models: ModelsSection
    tenants: TenantsSection
    limits: LimitsSection = LimitsSection()
    serial: SerialSection = SerialSection()

    @property
    def ari_password(self) -> str:
        """Read from its own file, so that the service file holds no secret."""
        try:
            return Path(self.asterisk.ari_password_file).read_text().strip()
        except OSError as error:
            raise CannotSetUp(f"the ARI password cannot be read: {error}", "name a readable file") from error


_SECTIONS = {
    "asterisk": AsteriskSection,
    "database": DatabaseSection,
    "models": ModelsSection,
    "tenants": TenantsSection,
    "limits": LimitsSection,
    "serial": SerialSection,
}


def read_service_file(path: Path) -> ServiceFile:
    """Parse and check. CannotSetUp names the file, what is wrong, and the remedy."""
    try:
        data = tomllib.loads(path.read_text())
    except OSError as error:
        raise CannotSetUp(f"{path}: {error.strerror}", "give --config FILE") from error
    except tomllib.TOMLDecodeError as error:
        raise CannotSetUp(f"{path}: {error}", "mend the TOML there") from error
    if unknown := sorted(set(data) - set(_SECTIONS)):
        raise CannotSetUp(f"{path}: unknown section [{unknown[0]}]", f"known are {', '.join(_SECTIONS)}")
    return ServiceFile(**{name: _section(path, name, kind, data) for name, kind in _SECTIONS.items()})


def _section(path: Path, name: str, kind: type[Any], data: dict[str, Any]) -> Any:
    rows = data.get(name, {})
    known = {f.name: f for f in fields(kind)}
    if unknown := sorted(set(rows) - set(known)):
        raise CannotSetUp(f"{path}: [{name}] has an unknown key {unknown[0]!r}", f"known are {', '.join(known)}")
    for key, value in rows.items():
        if type(value) is not known[key].type:
            raise CannotSetUp(
                f"{path}: [{name}] {key} must be {getattr(known[key].type, '__name__', '')}", f"it is {value!r}"
            )
    try:
        return kind(**rows)
    except TypeError as error:
        missing = str(error).partition("argument")[2].lstrip("s:") or str(error)
        raise CannotSetUp(f"{path}: [{name}] lacks{missing}", "add it") from error


def write_service_file(path: Path, service: ServiceFile) -> None:
    """Write the file; readable by its owner alone."""
    lines = []
    for name in _SECTIONS:
        section = getattr(service, name)
        lines.append(f"[{name}]")
        for f in fields(section):
            value = getattr(section, f.name)
            lines.append(f"{f.name} = {value if isinstance(value, int) else _quoted(value)}")
        lines.append("")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))
    path.chmod(0o600)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
