"""A private directory of Debian forky's packages: Asterisk, its prompts and llama.cpp, whatever the host runs.

The packages are downloaded and verified by the host's own apt (in directories of ours, so no rights are needed and
nothing of the host changes) and unpacked, not installed. Their programs run on the host through the directory's own
dynamic loader, so that they find forky's libraries and the host's files. What was unpacked is recorded with version
and sha256, since forky moves.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.setup.errors import CannotSetUp
from agent.setup.files import sha256_of, write_text
from agent.setup.paths import Home
from agent.setup.processes import last_line

PACKAGES = ("asterisk", "asterisk-core-sounds-en-wav", "asterisk-moh-opsound-wav", "llama.cpp-tools")
_LIBRARIES = Path("usr/lib/x86_64-linux-gnu")
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_RECORD = "attendant-packages.json"


@dataclass(frozen=True, slots=True)
class Package:
    """One unpacked package, as recorded."""

    name: str
    version: str
    sha256: str


def program(root: Path, path: str, extra_libraries: Sequence[str] = ()) -> tuple[str, ...]:
    """argv prefix that runs `root`/`path` with the libraries of `root` (ld.so(8), --library-path)."""
    libraries = root / _LIBRARIES
    search = ":".join([str(libraries), *(str(libraries / name) for name in extra_libraries)])
    name = Path(path).name
    return (str(libraries / "ld-linux-x86-64.so.2"), "--argv0", name, "--library-path", search, str(root / path))


def libraries(root: Path) -> Path:
    return root / _LIBRARIES


def recorded(root: Path) -> tuple[Package, ...]:
    """The packages that `root` was made of; empty where it is not there or not whole."""
    try:
        return tuple(Package(**fields) for fields in json.loads((root / _RECORD).read_text()))
    except (OSError, ValueError, TypeError):
        return ()


def ensure(home: Home) -> Path:
    """The root, unpacked if it is not there yet. CannotSetUp where apt is missing, refuses, or has no network."""
    root = home.debian_root
    have = {package.name for package in recorded(root)}
    if have.issuperset(PACKAGES):
        return root
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise CannotSetUp(
            "this machine has no apt, so Asterisk cannot be fetched",
            "use Debian 12 or Ubuntu 24.04, or install Asterisk 22.10.1 or later and llama.cpp yourself",
        )
    work = root.with_name(f"{root.name}.new")
    shutil.rmtree(work, ignore_errors=True)
    archives = download(home, root.with_name("apt"), PACKAGES)
    for archive in archives:
        unpack(archive, work)
    _link_english_prompts(work)
    write_text(work / _RECORD, json.dumps([asdict(_described(archive)) for archive in archives], indent=1))
    shutil.rmtree(root, ignore_errors=True)
    work.rename(root)
    shutil.rmtree(root.with_name("apt"), ignore_errors=True)
    return root


def download(home: Home, state: Path, packages: Sequence[str]) -> list[Path]:
    """The packages with their dependencies, from an empty dpkg status: apt checks signatures and sums.

    ``state`` is apt's own directory for that, and where they arrive. CannotSetUp where apt refuses.
    """
    for name in ("lists/partial", "cache/archives/partial"):
        (state / name).mkdir(parents=True, exist_ok=True)
    mirror = os.environ.get("ATTENDANT_DEBIAN_MIRROR", "http://deb.debian.org/debian")
    if not _KEYRING.exists():
        raise CannotSetUp(f"{_KEYRING} is missing", "as root: apt-get install debian-archive-keyring")
    write_text(state / "status", "")
    write_text(state / "sources.list", f"deb [arch=amd64 signed-by={_KEYRING}] {mirror} forky main\n")
    log = home.logs / "apt.log"
    _apt(state, log, "update")
    _apt(state, log, "--yes", "--download-only", "install", *packages)
    return sorted((state / "cache" / "archives").glob("*.deb"))


def _apt(state: Path, log: Path, *arguments: str) -> None:
    """Run the host's apt-get (its proxy and certificate settings hold) on directories of ours."""
    options = {
        "Dir::State": state,
        "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Architecture": "amd64",
        "APT::Architectures": "amd64",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "APT::Update::Error-Mode": "any",
        "APT::Update::Post-Invoke-Success": "",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Debug::NoLocking": "true",
    }
    command = ["apt-get", "-qq", *(part for key, value in options.items() for part in ("-o", f"{key}={value}"))]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        outcome = subprocess.run([*command, *arguments], stdout=output, stderr=subprocess.STDOUT, check=False)
    if outcome.returncode != 0:
        raise CannotSetUp(
            f"apt could not fetch Debian forky's packages: {last_line(log)}", f"check network and disk, see {log}"
        )


def unpack(archive: Path, target: Path) -> None:
    """Unpack a package's files below `target`; its scripts are not run."""
    target.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE) as source:
        extract = ["tar", "-x", "--no-same-owner", "--no-same-permissions", "-C", str(target)]
        tar = subprocess.run(extract, stdin=source.stdout, capture_output=True, text=True, check=False)
    if source.returncode != 0 or tar.returncode != 0:
        raise CannotSetUp(f"cannot unpack {archive.name}: {tar.stderr.strip()[-200:]}", "check the disk, run it again")


def _described(archive: Path) -> Package:
    fields = subprocess.run(
        ["dpkg-deb", "--showformat", "${Package}\n${Version}", "--show", str(archive)],
        capture_output=True,
        text=True,
        check=True,
    )
    name, version = fields.stdout.split("\n")
    return Package(name, version, sha256_of(archive))


def _link_english_prompts(root: Path) -> None:
    """What the package's own script would do by update-alternatives."""
    sounds = root / "usr/share/asterisk/sounds"
    if not (sounds / "en").is_symlink():
        (sounds / "en").symlink_to("en_US_f_Allison")
