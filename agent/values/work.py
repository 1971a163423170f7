"""Tool calls and their results."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agent.values.ids import ToolId


class Effect(StrEnum):
    """READ may be repeated and dropped; WRITE changes the world and is never cancelled by an interruption."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A request to a backend. ``key`` is the idempotency key, made from case, intent and canonical arguments."""

    id: ToolId
    name: str
    arguments: dict[str, Any]
    effect: Effect
    key: str
    deadline_ms: int


class ToolStatus(StrEnum):
    """DONE and FAILED are facts; IN_DOUBT means sent and unanswered: never spoken of as done."""

    DONE = "done"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a backend answered. ``error`` is empty on DONE; ``value`` is JSON-like.

    ``again_ms`` on FAILED: it surely did not happen, and may be tried again that long after it was last tried. On
    IN_DOUBT: when to ask again at the earliest. It is advice for whoever carries the call out, and is not stored.
    """

    status: ToolStatus
    value: dict[str, Any]
    error: str = ""
    again_ms: int | None = None
