"""A folder that baresip starts from: an account, a codec, and where sound comes from and goes to.

baresip 1.0 as Debian 12 and Ubuntu 24.04 have it. Given a folder it looks nowhere else, so nothing of a baresip
that somebody already uses is read or changed. Without a sound card it speaks silence from a file and keeps what
it hears in `dump-*-dec.wav` beside it.
"""

import os
import shlex
import wave
from collections.abc import Mapping
from pathlib import Path

from agent.pbx.plan import Phone
from agent.setup.files import write_text

PACKAGE = "baresip-core"
_MODULE_FOLDERS = (
    "/usr/lib/baresip/modules",
    "/usr/lib/x86_64-linux-gnu/baresip/modules",
    "/usr/lib64/baresip/modules",
    "/usr/local/lib/baresip/modules",
)
_QUIET_HZ = 16_000  # G.722's; baresip does not resample a file
_QUIET_S = 300


def write_softphone(folder: Path, phone: Phone, host: str, port: int, has_sound: bool) -> None:
    """Write baresip's `config` and `accounts` for ``phone`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    account = f"<sip:{phone.extension}@{host}:{port};transport=udp>;auth_pass={phone.password};regint=60\n"
    write_text(folder / "accounts", account)
    (folder / "accounts").chmod(0o600)
    lines = ["# Written by attendant.", f"sip_listen {host}:0", f"module_path {_module_folder()}"]
    lines += [*(_card() if has_sound else _no_card(folder)), "module stdio.so", "module g722.so"]
    write_text(folder / "config", "\n".join([*lines, "module_tmp account.so", "module_app menu.so", ""]))


def baresip_command(folder: Path, number: str) -> str:
    """One line for a shell in the current directory: register and dial."""
    here = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    return f"baresip -f {shlex.quote(str(here))} -e '/dial {number}'"


def has_sound(environment: Mapping[str, str] = os.environ, devices: Path = Path("/dev/snd")) -> bool:
    """Whether there is a sound card, or a sound server that ALSA's default leads to."""
    runtime = Path(environment.get("XDG_RUNTIME_DIR", "/nonexistent"))
    servers = (runtime / "pulse/native", runtime / "pipewire-0")
    return "PULSE_SERVER" in environment or any(devices.glob("pcm*")) or any(path.exists() for path in servers)


def _card() -> list[str]:
    return ["module alsa.so", "module g711.so", *(f"audio_{use} alsa,default" for use in ("player", "source", "alert"))]


def _no_card(folder: Path) -> list[str]:
    quiet = folder / "quiet.wav"
    if not quiet.exists():
        with wave.open(str(quiet), "wb") as target:
            target.setnchannels(1)
            target.setsampwidth(2)
            target.setframerate(_QUIET_HZ)
            target.writeframes(bytes(2 * _QUIET_HZ * _QUIET_S))
    return ["module aufile.so", f"audio_source aufile,{quiet}", "module sndfile.so", f"snd_path {folder}"]


def _module_folder() -> str:
    return next((folder for folder in _MODULE_FOLDERS if Path(folder).is_dir()), _MODULE_FOLDERS[0])
