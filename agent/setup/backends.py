"""The secrets of the tenants' own backends, from files and environment; never from a profile."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.profiles import ProfileError
from agent.profiles.backends import FILE
from agent.profiles.errors import line_of
from agent.shell.desk import Tenants
from agent.tools import CATALOGUE
from agent.values.profile import WebhookSpec

SECRET_MIN = 16


@dataclass(frozen=True, slots=True)
class Webhook:
    """A tenant's endpoint, ready to be used; ``line`` is where its file has it."""

    tenant: str
    spec: WebhookSpec
    secret: bytes
    line: int


def webhooks_of(tenants: Tenants, environment: Mapping[str, str] | None = None) -> list[Webhook]:
    """Every tenant's endpoints with their secrets. Raises ProfileError, with file and line."""
    variables = os.environ if environment is None else environment
    found = []
    for profile in {p.tenant: p for p in tenants.by_number.values()}.values():
        for number, spec in enumerate(profile.webhooks):
            text = json.loads(tenants.texts[profile.sha])["files"][FILE]
            at = _Place(f"{profile.tenant}/{FILE}", text, number)
            for name in spec.tools:
                if name not in CATALOGUE:
                    raise at.error("tools", f"there is no tool {name!r}", f"There are {', '.join(CATALOGUE)}")
            found.append(Webhook(profile.tenant, spec, _secret(at, spec, variables), at.line("url")))
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    file: str
    text: str
    number: int

    def line(self, key: str) -> int:
        return line_of(self.text, ("webhook", self.number, key))

    def error(self, key: str, cause: str, remedy: str) -> ProfileError:
        return ProfileError(self.file, self.line(key), cause, remedy)


def _secret(at: _Place, spec: WebhookSpec, variables: Mapping[str, str]) -> bytes:
    key = "secret_file" if spec.secret_file else "secret_env"
    try:
        text = Path(spec.secret_file).read_text().strip() if spec.secret_file else variables[spec.secret_env].strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a text"
        raise at.error(key, f"the secret {spec.secret_file} cannot be read ({why})", "Name a readable file") from None
    except KeyError:
        raise at.error(key, f"the variable {spec.secret_env} is not set", "Set it for the service") from None
    if len(text) < SECRET_MIN:
        raise at.error(key, "the secret is too short", f"Use {SECRET_MIN} characters or more: openssl rand -hex 32")
    return text.encode()
