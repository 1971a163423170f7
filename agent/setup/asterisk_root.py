"""Which Asterisk we run: the system's, if new enough and whole, else the private one from Debian forky."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from agent.setup import debian_root
from agent.setup.errors import CannotSetUp
from agent.setup.paths import Home

# Below it, one NOTIFY from the network can end the process.
LOWEST = (22, 10, 1)
_VERSION = re.compile(r"Asterisk (certified[/-])?(\d+)\.(\d+)(?:\.(\d+))?")
_MODULE_DIRECTORIES = (
    "/usr/lib/x86_64-linux-gnu/asterisk/modules",
    "/usr/lib64/asterisk/modules",
    "/usr/lib/asterisk/modules",
)
_DATA_DIRECTORIES = ("/usr/share/asterisk", "/var/lib/asterisk")
_NEEDED_MODULES = ("chan_pjsip.so", "chan_rtp.so", "res_ari_channels.so", "res_stir_shaken.so", "app_queue.so")


@dataclass(frozen=True, slots=True)
class AsteriskInstall:
    """An Asterisk to start instances of. `argv` starts it; `data_dir` holds documentation, sounds, moh, rest-api."""

    argv: tuple[str, ...]
    version: str
    module_dir: Path
    data_dir: Path
    is_private: bool


def parse_version(text: str) -> tuple[int, int, int]:
    """The version in the output of `asterisk -V`. CannotSetUp where there is none, or a certified one."""
    found = _VERSION.search(text)
    if found is None:
        raise CannotSetUp(f"{text.strip()[:80]!r} names no Asterisk version", "see what `asterisk -V` says")
    if found[1]:
        raise CannotSetUp(f"{found[0]} is a certified release of an older line", _remedy())
    return int(found[2]), int(found[3]), int(found[4] or 0)


def require_recent(text: str) -> str:
    """The version as text. CannotSetUp below 22.10.1."""
    version = parse_version(text)
    shown = ".".join(map(str, version))
    if version < LOWEST:
        raise CannotSetUp(f"Asterisk {shown} is too old: one NOTIFY can kill it", _remedy())
    return shown


def install(home: Home) -> AsteriskInstall:
    """The Asterisk to use; fetches the private one if need be.

    `ATTENDANT_ASTERISK` names a binary that must then do (CannotSetUp where it does not). Otherwise the system's is
    used if it is recent and has the modules we load; one that is too old is left alone and the private one is used.
    """
    named = os.environ.get("ATTENDANT_ASTERISK")
    if named:
        return _of_system(Path(named))
    on_path = shutil.which("asterisk", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if on_path:
        try:
            return _of_system(Path(on_path))
        except CannotSetUp:
            pass  # too old or not whole, but nobody asked for that one
    return private(debian_root.ensure(home))


def private(root: Path) -> AsteriskInstall:
    """The Asterisk inside an unpacked root. CannotSetUp where it is too old."""
    argv = debian_root.program(root, "usr/sbin/asterisk")
    version = require_recent(_ask_version(argv))
    modules = debian_root.libraries(root) / "asterisk/modules"
    return AsteriskInstall(argv, version, modules, root / "usr/share/asterisk", is_private=True)


def _of_system(binary: Path) -> AsteriskInstall:
    version = require_recent(_ask_version((str(binary),)))
    modules = next((Path(d) for d in _MODULE_DIRECTORIES if (Path(d) / "chan_pjsip.so").exists()), None)
    data = next((Path(d) for d in _DATA_DIRECTORIES if (Path(d) / "documentation").exists()), None)
    if modules is None or data is None:
        raise CannotSetUp(f"{binary} has no modules or no documentation where Debian keeps them", _remedy())
    for module in _NEEDED_MODULES:
        if not (modules / module).exists():
            raise CannotSetUp(f"{binary} was built without {module}", _remedy())
    return AsteriskInstall((str(binary),), version, modules, data, is_private=False)


def _ask_version(argv: tuple[str, ...]) -> str:
    try:
        outcome = subprocess.run([*argv, "-V"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotSetUp(f"cannot run {argv[-1]}: {error}", _remedy()) from error
    return outcome.stdout or outcome.stderr


def _remedy() -> str:
    return f"unset ATTENDANT_ASTERISK to use a private Asterisk, or install {'.'.join(map(str, LOWEST))} or later"
