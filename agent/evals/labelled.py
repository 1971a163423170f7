"""Files of labelled lines, one JSON object each: what anyone can test the agent with on their own callers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from agent.evals.clipset import ClipError

L = TypeVar("L")


def read_lines(path: Path, line: Callable[[Any, str], L]) -> tuple[L, ...]:
    """The lines of a file, each made by ``line`` of its JSON and of where it stands ("FILE:NUMBER").

    Raises ClipError, with file and line, for what is not in the form.
    """
    try:
        texts = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ClipError(f"{path}: cannot be read ({error})") from error
    lines = tuple(line(_json(text, where), where) for where, text in _told(path, texts))
    if not lines:
        raise ClipError(f"{path}: holds no line")
    return lines


def _told(path: Path, texts: list[str]) -> list[tuple[str, str]]:
    return [(f"{path}:{number}", text) for number, text in enumerate(texts, 1) if text.strip()]


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ClipError(f"{where}: not JSON ({error})") from None
