"""Atomic files and stamps."""

import os
from pathlib import Path
from typing import BinaryIO

import pytest

from agent.setup.files import sha256_of, stamped_sha256, write_atomically


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"old")

    def half(sink: BinaryIO) -> None:
        sink.write(b"ha")
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        write_atomically(path, half)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model.bin"]


def test_a_file_that_is_not_accepted_is_removed(tmp_path: Path) -> None:
    def refuse(_: Path) -> None:
        raise ValueError("not this one")

    with pytest.raises(ValueError, match="not this one"):
        write_atomically(tmp_path / "new", lambda sink: sink.write(b"x") and None, refuse)
    assert os.listdir(tmp_path) == []


def test_a_stamp_spares_the_hash_until_size_or_mtime_change(tmp_path: Path) -> None:
    path, stamp = tmp_path / "f", tmp_path / "stamps" / "f.json"
    path.write_bytes(b"one")
    first = stamped_sha256(path, stamp)
    was = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert stamped_sha256(path, stamp) == first, "size and mtime vouch for it"
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns + 1))
    assert stamped_sha256(path, stamp) == sha256_of(path) != first


@pytest.mark.parametrize("garbage", ["", "{", "[]", '{"size": "x"}'])
def test_a_broken_stamp_is_no_stamp(tmp_path: Path, garbage: str) -> None:
    path, stamp = tmp_path / "f", tmp_path / "f.json"
    path.write_bytes(b"one")
    stamp.write_text(garbage)
    assert stamped_sha256(path, stamp) == sha256_of(path)
