"""Asterisk instances: several side by side, each in a directory of its own, none touching another Asterisk.

An instance directory holds etc, run, log, db, keys, spool, lib and data; asterisk.conf is written here and points
every directory of Asterisk there. It is made afresh at each start except `spool` (voicemail, recordings) and `db`.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from agent.adapters.system.priority import give_realtime
from agent.setup.asterisk_root import AsteriskInstall
from agent.setup.errors import CannotSetUp
from agent.setup.files import write_text
from agent.setup.paths import Home
from agent.setup.ports import is_answering, require_free
from agent.setup.processes import Child, Program, spawn

_BOOT_S = 20.0
_STOP_S = 5.0
_REMOTE_S = 10.0
_FRESH = ("etc", "run", "data")
_KEPT = (
    "log",
    "db",
    "keys",
    "lib",
    "spool/recording",
    "spool/monitor",
    "spool/voicemail",
    "spool/outgoing",
    "spool/tmp",
)
# struct sockaddr_un again: asterisk.ctl is a unix socket below the run directory.
_LONGEST_RUN_PATH = 90


@dataclass(frozen=True, slots=True)
class AsteriskProcess:
    """A running instance. `directory` is where its files are; `stop` is idempotent."""

    install: AsteriskInstall
    name: str
    directory: Path
    child: Child

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def log(self) -> Path:
        """What Asterisk wrote to its console."""
        return self.child.log

    @property
    def recordings(self) -> Path:
        """Where ARI and MixMonitor recordings land."""
        return self.directory / "spool" / "recording"

    def command(self, text: str) -> str:
        """The answer of `asterisk -rx TEXT`. CannotSetUp where the instance does not answer."""
        argv = [*self.install.argv, "-C", str(self.directory / "etc/asterisk.conf"), "-rx", text]
        try:
            outcome = subprocess.run(argv, capture_output=True, text=True, timeout=_REMOTE_S, check=False)
        except subprocess.TimeoutExpired as error:
            raise CannotSetUp(f"Asterisk {self.name} does not answer {text!r}", f"see {self.log}") from error
        if outcome.returncode != 0:
            raise CannotSetUp(f"Asterisk {self.name} refused {text!r}: {outcome.stderr.strip()}", f"see {self.log}")
        return outcome.stdout

    def stop(self) -> None:
        """End it at once, calls and all."""
        if self.child.is_running:
            # One that hangs is killed below: that it does not answer is no reason to leave it.
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run(
                    [*self.install.argv, "-C", str(self.directory / "etc/asterisk.conf"), "-rx", "core stop now"],
                    capture_output=True,
                    timeout=_STOP_S,
                    check=False,
                )
        self.child.stop(grace_s=_STOP_S)


@dataclass(frozen=True, slots=True)
class InstanceFiles:
    """What an instance is made of: configuration texts relative to etc, and prompts relative to data/sounds."""

    configuration: Mapping[str, str]
    sounds: Mapping[str, Path]


def write_instance(home: Home, install: AsteriskInstall, name: str, files: InstanceFiles) -> Path:
    """Lay out an instance directory and return it. CannotSetUp for a file that would land outside."""
    directory = instance_directory(home, name)
    for part in _FRESH:
        shutil.rmtree(directory / part, ignore_errors=True)
    for part in (*_FRESH, *_KEPT):
        (directory / part).mkdir(parents=True, exist_ok=True)
    for path, text in {**files.configuration, "asterisk.conf": _asterisk_conf(directory, install)}.items():
        write_text(_inside(directory / "etc", path), text)
        # Passwords are among them.
        os.chmod(directory / "etc" / path, 0o600)
    _fill_data(directory / "data", install.data_dir)
    for path, source in files.sounds.items():
        target = _inside(directory / "data/sounds", path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return directory


def start_instance(
    home: Home, install: AsteriskInstall, name: str, files: InstanceFiles, http_port: int
) -> AsteriskProcess:
    """Write the instance, run it in the foreground of a process group of its own, return when it is fully booted.

    `http_port` is what http.conf among `files` binds; it must be free. CannotSetUp, with Asterisk's last words, where
    it does not come up.
    """
    require_free(http_port, f"the HTTP server of Asterisk {name}")
    directory = write_instance(home, install, name, files)
    log = directory / "log" / "console.log"
    log.unlink(missing_ok=True)
    argv = (*install.argv, "-f", "-n", "-C", str(directory / "etc/asterisk.conf"))
    # SIGTERM is lost on an Asterisk that still boots.
    program = Program(f"Asterisk {name}", argv, directory, when_orphaned=signal.SIGKILL)
    process = AsteriskProcess(install, name, directory, spawn(program, log))
    try:
        process.child.wait_ready(lambda: is_answering(http_port), _BOOT_S)
        process.command("core waitfullybooted")
        # Only now: booting, Asterisk takes normal priority for itself, but with -p, which wants a watchdog program.
        give_realtime(process.pid)
    except BaseException:
        process.stop()
        raise
    return process


def instance_directory(home: Home, name: str) -> Path:
    """Where an instance lies; the dialplan names its prompts and voicemail there."""
    directory = home.instances / name
    if len(os.fsencode(directory / "run")) <= _LONGEST_RUN_PATH:
        return directory
    return home.sockets / name


def _inside(base: Path, path: str) -> Path:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        raise CannotSetUp(f"{path!r} would lie outside {base}", "name it relative to that directory")
    return base / pure


def _fill_data(data: Path, source: Path) -> None:
    """Links to what the package brings, and a sounds directory of our own around its English prompts."""
    for entry in source.iterdir():
        if entry.name != "sounds":
            (data / entry.name).symlink_to(entry)
    (data / "sounds").mkdir()
    if (source / "sounds/en").exists():
        (data / "sounds/en").symlink_to(source / "sounds/en")


def _asterisk_conf(directory: Path, install: AsteriskInstall) -> str:
    places = {
        "astetcdir": directory / "etc",
        "astmoddir": install.module_dir,
        "astvarlibdir": directory / "lib",
        "astdbdir": directory / "db",
        "astkeydir": directory / "keys",
        "astdatadir": directory / "data",
        "astagidir": directory / "lib",
        "astspooldir": directory / "spool",
        "astrundir": directory / "run",
        "astlogdir": directory / "log",
        "astcachedir": directory / "lib",
    }
    lines = [f"{key} => {value}" for key, value in places.items()]
    options = ["defaultlanguage = en", "documentation_language = en_US", f"systemname = {directory.name}"]
    # Without it a caller who leaves a message gets no RTP meanwhile, and networks hang up on that.
    options += ["transmit_silence = yes", "hideconnect = yes"]
    return "\n".join(["[directories]", *lines, "", "[options]", *options, ""])
