"""models/manifest.toml: the shipped one is whole, a broken one is refused by name."""

from pathlib import Path

import pytest

from agent.setup.errors import CannotSetUp
from agent.setup.manifest import Download, WheelMember, read_manifest
from agent.setup.paths import home

SHA = "a" * 64
GOOD = f"""
[sets]
tiny = ["ear"]
[wheels]
ear-data = {{ version = "1.0", sha256 = "{SHA}" }}
[models.ear]
what = "hears"
licence = "MIT"
memory_mb = 10
[models.ear.files]
"model.bin" = {{ sha256 = "{SHA}", from = ["ear-data:ear/a.bin", "ear-data:ear/b.bin"] }}
"big.bin" = {{ from = ["https://example.org/big.bin"] }}
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "manifest.toml"
    path.write_text(text)
    return path


def test_a_good_manifest_says_where_every_part_comes_from(tmp_path: Path) -> None:
    (model,) = read_manifest(write(tmp_path, GOOD)).of_set("tiny")
    first, second = model.files
    assert [part.member for part in first.parts if isinstance(part, WheelMember)] == ["ear/a.bin", "ear/b.bin"]
    assert second.parts == (Download("https://example.org/big.bin"),)
    assert second.sha256 is None


def test_the_shipped_set_tiny_is_hashed_throughout_and_comes_from_wheels_alone() -> None:
    for model in read_manifest(home().manifest).of_set("tiny"):
        for file in model.files:
            assert file.sha256 is not None, f"{model.name}/{file.path}"
            assert all(isinstance(part, WheelMember) for part in file.parts), f"{model.name}/{file.path}"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[sets]", "[sets", "is not TOML"),
        ('tiny = ["ear"]', 'tiny = ["nose"]', "sets.tiny names 'nose'"),
        ("memory_mb = 10", "memory_mb = -1", "models.ear needs memory_mb"),
        ('licence = "MIT"', 'license = "MIT"', "models.ear has the unknown key 'license'"),
        ('what = "hears"', "", "models.ear needs what"),
        (f'sha256 = "{SHA}", from', 'sha256 = "abc", from', "models.ear.files.model.bin has a sha256 that is not 64"),
        ("ear-data:ear/a.bin", "nose-data:ear/a.bin", "neither https://... nor WHEEL:MEMBER"),
        ("https://example.org", "http://example.org", "neither https://... nor WHEEL:MEMBER"),
        ('"model.bin"', '"../model.bin"', "would lie outside"),
        ('"model.bin"', '"/etc/passwd"', "would lie outside"),
        (f'version = "1.0", sha256 = "{SHA}"', 'version = "1.0"', "wheels.ear-data has no sha256"),
    ],
)
def test_a_broken_entry_is_refused_by_name(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(CannotSetUp) as refused:
        read_manifest(path)
    assert complaint in str(refused.value)
    assert str(path) in str(refused.value)
    assert refused.value.remedy


def test_an_unknown_set_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(CannotSetUp, match="choose one of tiny"):
        read_manifest(write(tmp_path, GOOD)).of_set("huge")
