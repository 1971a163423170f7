"""Where a profile is wrong: TOML parsers give values without lines, so the line is found again by its path."""

import re

Path = tuple[str | int, ...]
"""The way to a value: ``("tasks", 0, "slots", 2, "type")``."""

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*\"?([A-Za-z0-9_-]+)\"?\s*=")


class ProfileError(ValueError):
    """One mistake in a profile: the file, the line, what is wrong, and what to do about it."""

    def __init__(self, file: str, line: int, cause: str, remedy: str) -> None:
        super().__init__(f"{file}:{line}: {cause}. {remedy}")
        self.file, self.line, self.cause, self.remedy = file, line, cause, remedy


def line_of(text: str, path: Path) -> int:
    """The line (from 1) where ``path`` stands in ``text``, or of the nearest table around it; 1 at worst."""
    best, best_depth = 1, 0
    for number, at in _lines(text):
        depth = len(at)
        if depth > best_depth and at == path[:depth]:
            best, best_depth = number, depth
        elif not best_depth and at[: len(path)] == path:
            return number  # an entry of [[path]]
    return best


def _lines(text: str) -> list[tuple[int, Path]]:
    """Each line that opens a table or sets a key, with the path it stands for."""
    found: list[tuple[int, Path]] = []
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _table(header.group(2), header.group(1) == "[[", counts)
            found.append((number, table))
        elif key := _KEY.match(line):
            found.append((number, (*table, key.group(1))))
    return found


def _table(name: str, is_array: bool, counts: dict[Path, int]) -> Path:
    """The path of a table header; array tables count their entries, and inner names go to the latest entry."""
    parts = [part.strip().strip("\"'") for part in name.split(".")]
    path: Path = ()
    for part in parts[:-1]:
        path = (*path, part)
        if path in counts:
            path = (*path, counts[path])
    path = (*path, parts[-1])
    if not is_array:
        return path
    counts[path] = counts.get(path, -1) + 1
    return (*path, counts[path])
