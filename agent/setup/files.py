"""Hashes, atomic files, and stamps that spare hashing the same bytes twice."""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

_CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """Lower-case hexadecimal sha256 of a file's bytes. OSError where it cannot be read."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def write_atomically(
    path: Path, write: Callable[[BinaryIO], None], accept: Callable[[Path], None] | None = None
) -> None:
    """Let `write` fill a file beside `path`, `accept` raise if it is not good, then rename. An error leaves nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as target:
            write(target)
            target.flush()
            os.fsync(target.fileno())
        if accept is not None:
            accept(partial)
        partial.replace(path)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def write_text(path: Path, text: str) -> None:
    write_atomically(path, lambda target: _write_all(target, text.encode()))


def _write_all(target: BinaryIO, data: bytes) -> None:
    target.write(data)


def copy_stream(source: BinaryIO, target: BinaryIO) -> None:
    while chunk := source.read(_CHUNK):
        target.write(chunk)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file was when it was last hashed. A change of size or mtime makes it worthless."""

    size: int
    mtime_ns: int
    sha256: str


def stamped_sha256(path: Path, stamp_path: Path) -> str:
    """The file's sha256, from its stamp where size and mtime still agree, else hashed anew and stamped."""
    status = path.stat()
    stamp = _read_stamp(stamp_path)
    if stamp and (stamp.size, stamp.mtime_ns) == (status.st_size, status.st_mtime_ns):
        return stamp.sha256
    fresh = Stamp(status.st_size, status.st_mtime_ns, sha256_of(path))
    write_text(stamp_path, json.dumps(asdict(fresh)))
    return fresh.sha256


def _read_stamp(path: Path) -> Stamp | None:
    try:
        fields = json.loads(path.read_text())
        return Stamp(int(fields["size"]), int(fields["mtime_ns"]), str(fields["sha256"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no stamp, or a broken one: hash again
