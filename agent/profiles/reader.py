"""One table of a TOML file, read key by key: what is missing, of a wrong type or unknown has a line."""

import re
from typing import Any

from agent.profiles.errors import Path, ProfileError, line_of

_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


class Table:
    """A TOML table with its place in the file. Each read marks the key as known; ``done`` refuses the rest."""

    def __init__(self, file: str, source: str, data: dict[str, Any], path: Path = ()) -> None:
        self.file, self._source, self._data, self._path = file, source, data, path
        self._known: set[str] = set()

    def error(self, key: str, cause: str, remedy: str) -> ProfileError:
        """A ProfileError at ``key`` of this table."""
        return ProfileError(self.file, line_of(self._source, (*self._path, key)), cause, remedy)

    def text(self, key: str, default: str | None = None) -> str:
        """A string; not empty unless it has a default."""
        value = self._get(key, str, "a text", default)
        if default is None and not value.strip():
            raise self.error(key, f"{key!r} is empty", "Write its text")
        return str(value)

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        return bool(self._get(key, bool, "true or false", default))

    def number(self, key: str, default: int | None = None, *, lowest: int, highest: int) -> int:
        """A whole number within bounds."""
        value = self._get(key, int, "a whole number", default)
        if isinstance(value, bool) or not lowest <= value <= highest:
            raise self.error(key, f"{key!r} is {value!r}", f"Use a whole number from {lowest} to {highest}")
        return int(value)

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of strings; not empty unless it has a default."""
        value = self._get(key, list, "a list of texts", None if default is None else list(default))
        if not all(isinstance(item, str) and item.strip() for item in value) or (default is None and not value):
            raise self.error(key, f"{key!r} is not a list of texts", f'Write {key} = ["...", "..."]')
        return tuple(value)

    def groups(self, key: str) -> tuple[tuple[str, ...], ...]:
        """A list of word groups: ``[["park"], ["where", "car"]]``. Each group is one way to say it."""
        value = self._get(key, list, "a list of word groups", None)
        good = value and all(isinstance(g, list) and g and all(isinstance(w, str) and w for w in g) for g in value)
        if not good:
            raise self.error(
                key, f"{key!r} is not a list of word groups", f'Write {key} = [["word", "word"], ["word"]]'
            )
        return tuple(tuple(word.lower() for word in group) for group in value)

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of ``allowed``."""
        value = self.text(key, default)
        if value not in allowed:
            raise self.error(key, f"{key!r} is {value!r}", f"Use one of {', '.join(allowed)}")
        return value

    def clock(self, key: str) -> int:
        """``"HH:MM"`` as minutes since midnight, up to 24:00."""
        value = self.text(key)
        match = _CLOCK.fullmatch(value)
        minutes = int(match.group(1)) * 60 + int(match.group(2)) if match else -1
        if not 0 <= minutes <= 24 * 60:
            raise self.error(key, f"{key!r} is {value!r}, not a time", 'Write it as "08:30"')
        return minutes

    def tables(self, key: str) -> tuple["Table", ...]:
        """The entries of ``[[key]]``; none when it is missing."""
        value = self._get(key, list, f"tables [[{key}]]", [])
        if not all(isinstance(item, dict) for item in value):
            raise self.error(key, f"{key!r} is not a list of tables", f"Write each entry under [[{key}]]")
        return tuple(Table(self.file, self._source, item, (*self._path, key, n)) for n, item in enumerate(value))

    def table(self, key: str) -> "Table":
        """The table ``[key]``; empty when it is missing."""
        return Table(self.file, self._source, self._get(key, dict, f"a table [{key}]", {}), (*self._path, key))

    def names(self) -> tuple[str, ...]:
        """The keys of this table, in their order."""
        return tuple(self._data)

    def done(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self._data:
            if key not in self._known:
                raise self.error(key, f"unknown key {key!r}", f"Known here: {', '.join(sorted(self._known))}")

    def _get(self, key: str, kind: type, name: str, default: Any) -> Any:
        self._known.add(key)
        if key not in self._data:
            if default is None:
                raise self.error(key, f"{key!r} is missing", f"Add {key}, {name}")
            return default
        value = self._data[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(key, f"{key!r} is not {name}", f"Write {key} as {name}")
        return value
