"""Where everything that is generated lives. One value, handed around; nothing else builds such a path."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# struct sockaddr_un holds 108 bytes, the last one is zero (unix(7)).
_SOCKET_PATH_BYTES = 107
_LONGEST_SOCKET_NAME = 24


@dataclass(frozen=True, slots=True)
class Home:
    """`root` is the clone, `var` what it generated. Both absolute."""

    root: Path
    var: Path

    @property
    def manifest(self) -> Path:
        return self.root / "models" / "manifest.toml"

    @property
    def models(self) -> Path:
        return self.var / "models"

    @property
    def wheels(self) -> Path:
        """Downloads on their way into `models`; empty when all models are there."""
        return self.var / "wheels"

    @property
    def stamps(self) -> Path:
        return self.var / "stamps"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def debian_root(self) -> Path:
        """Unpacked packages of Debian forky: Asterisk, its prompts, llama.cpp."""
        return self.var / "asterisk" / "root"

    @property
    def instances(self) -> Path:
        """One directory an Asterisk instance."""
        return self.var / "asterisk" / "instances"

    @property
    def postgres(self) -> Path:
        return self.var / "postgres"

    @property
    def keys(self) -> Path:
        """The key files of databases that are not ours: `make clean` leaves them."""
        return self.var / "keys"

    @property
    def sockets(self) -> Path:
        """Directory for unix sockets: `var/run`, or one below /tmp where that path is too long for a socket."""
        here = self.var / "run"
        if len(os.fsencode(here)) + _LONGEST_SOCKET_NAME <= _SOCKET_PATH_BYTES:
            return here
        digest = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"attendant-{os.getuid()}-{digest}"


def home(environment: Mapping[str, str] | None = None) -> Home:
    """The home of this clone: `ATTENDANT_HOME` if set, else `var` beside the package."""
    variables = os.environ if environment is None else environment
    root = Path(__file__).resolve().parents[2]
    moved = variables.get("ATTENDANT_HOME")
    return Home(root=root, var=Path(moved).resolve() if moved else root / "var")
