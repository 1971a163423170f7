"""A tool served by an HTTP endpoint of the tenant's: the request, its signature, and what each answer means. Pure.

Request: ``POST url`` with ``{"tenant", "tool", "effect", "key", "arguments"}`` as JSON and two headers:

- ``Idempotency-Key``: the key of the logical action (draft-ietf-httpapi-idempotency-key-header). An endpoint that
  met it before answers what it answered then, and does nothing.
- ``Attendant-Signature: t=SECONDS,v1=HEX``: HMAC-SHA256 under the shared secret over ``SECONDS.KEY.BODY``. A receiver
  refuses what is older than SIGNATURE_AGE_S or does not match.

Answer, as ``application/json`` of at most BODY_MAX bytes: ``{"status": "done", "value": {...}}``, ``{"status":
"failed", "error": "taken", "value": {...}}`` or ``{"status": "pending"}``. ``GET url/KEY``, signed with an empty body,
tells what became of a key in the same words; 404: it never came. An endpoint that keeps no keys may offer a ``find``
URL instead, which is posted ``{"tenant", "tool", "arguments"}`` with the arguments that tell one wish from another.

Whoever was reached may have acted. So all that is no clear answer leaves a WRITE in doubt, and a READ failed.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from agent.tools.arguments import a_date, a_local_minute
from agent.values.ids import ToolId
from agent.values.work import Effect, ToolCall, ToolResult, ToolStatus

KEY_HEADER = "Idempotency-Key"
SIGNATURE_HEADER = "Attendant-Signature"
SIGNATURE_AGE_S = 300
BODY_MAX = 65_536
AGAIN_MAX_MS = 600_000
TEXT_MAX = 200
NOT_THERE = "not there"
PROBE_KEY = "00000000-0000-5000-8000-000000000000"
PROBE_ID = ToolId("probe")
KEY_REUSED = "key reused"
_NOT_DONE = (307, 308)
"""Redirects that say: repeat it there. After the others the request may have been acted on (RFC 9110, 15.4)."""
_BUSY = (429, 503)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. ``is_whole`` is False when the body was longer than BODY_MAX, or broke off."""

    status: int
    content_type: str
    body: bytes
    retry_after: str = ""
    is_whole: bool = True


def request_body(tenant: str, call: ToolCall) -> bytes:
    """What is posted to have a tool run."""
    return _json(
        {"tenant": tenant, "tool": call.name, "effect": call.effect, "key": call.key, "arguments": call.arguments}
    )


def find_body(tenant: str, call: ToolCall, natural_key: tuple[str, ...]) -> bytes:
    """What is posted to find a wish by the arguments that tell it from others."""
    named = {name: call.arguments.get(name, "") for name in natural_key}
    return _json({"tenant": tenant, "tool": call.name, "arguments": named})


def signature(secret: bytes, at_s: int, key: str, body: bytes) -> str:
    """The value of SIGNATURE_HEADER."""
    return f"t={at_s},v1={_mac(secret, at_s, key, body)}"


def is_signed(secret: bytes, header: str, key: str, body: bytes, now_s: int) -> bool:
    """The receiver's side: whether a request is ours, unaltered and fresh."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    at = parts.get("t", "")
    if not (at.isascii() and at.isdigit()) or abs(now_s - int(at)) > SIGNATURE_AGE_S:
        return False
    return hmac.compare_digest(_mac(secret, int(at), key, body).encode(), parts.get("v1", "").encode())


def outcome(call: ToolCall, answer: Answer, now: datetime) -> ToolResult:
    """What the answer to a request means."""
    if answer.status in _BUSY:
        return ToolResult(ToolStatus.FAILED, {}, f"busy ({answer.status})", again_ms=_again_ms(answer, now))
    if answer.status == 422:
        return _failed(KEY_REUSED)
    if answer.status in _NOT_DONE or (400 <= answer.status < 500 and answer.status not in (408, 409)):
        return _failed(f"refused ({answer.status})")
    if not 200 <= answer.status < 300:
        return _unclear(call, f"answered {answer.status}")
    return _read(call, answer)


def found(call: ToolCall, answer: Answer, settles_ms: int, now: datetime) -> ToolResult:
    """What the answer to a lookup means.

    404 is FAILED with ``again_ms``: a request sent longer than ``settles_ms`` ago did not and will not happen.
    """
    if answer.status == 404:
        return ToolResult(ToolStatus.FAILED, {}, NOT_THERE, again_ms=settles_ms)
    if not 200 <= answer.status < 300:
        wait_ms = _again_ms(answer, now) if answer.status in _BUSY else 0
        return ToolResult(ToolStatus.IN_DOUBT, {}, f"the lookup was answered {answer.status}", again_ms=wait_ms)
    return _read(call, answer)


def _read(call: ToolCall, answer: Answer) -> ToolResult:
    if not answer.is_whole:
        return _unclear(call, "the answer is too long or broke off")
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        return _unclear(call, "the answer is not JSON")
    try:
        said = json.loads(answer.body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return _unclear(call, "the answer is not JSON")
    if not isinstance(said, dict):
        return _unclear(call, "the answer is not an object")
    value = said.get("value", {})
    if not isinstance(value, dict) or not _fits(value):
        return _unclear(call, "the answer's value does not fit the tool")
    if said.get("status") == "done":
        return ToolResult(ToolStatus.DONE, value)
    error = said.get("error")
    if said.get("status") == "failed" and isinstance(error, str) and error:
        return ToolResult(ToolStatus.FAILED, value, error[:TEXT_MAX])
    return _unclear(call, "the answer says neither done nor failed")


def _fits(value: Mapping[str, Any]) -> bool:
    """Whether the parts that are spoken of have the form they are spoken from; others may be as they like."""
    try:
        for name in ("slots", "alternatives"):
            starts = value.get(name, [])
            if not isinstance(starts, list) or [a_local_minute(s) for s in starts] != starts:
                return False
        if "start" in value and a_local_minute(value["start"]) != value["start"]:
            return False
        if value.get("next_open", "") != "" and a_date(value["next_open"]) != value["next_open"]:
            return False
    except (ValueError, TypeError):
        return False
    texts = (value.get(name, "") for name in ("appointment_id", "service", "name"))
    return all(isinstance(text, str) and len(text) <= TEXT_MAX for text in texts)


def _again_ms(answer: Answer, now: datetime) -> int:
    """Retry-After as seconds or as a date (RFC 9110, 10.2.3); 0 for none, or for nonsense."""
    text = answer.retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]) * 1000, AGAIN_MAX_MS)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 0
    wait = at.replace(tzinfo=at.tzinfo or UTC) - now
    return max(0, min(int(wait.total_seconds() * 1000), AGAIN_MAX_MS))


def _unclear(call: ToolCall, error: str) -> ToolResult:
    status = ToolStatus.IN_DOUBT if call.effect is Effect.WRITE else ToolStatus.FAILED
    return ToolResult(status, {}, error)


def _failed(error: str) -> ToolResult:
    return ToolResult(ToolStatus.FAILED, {}, error)


def _mac(secret: bytes, at_s: int, key: str, body: bytes) -> str:
    return hmac.new(secret, f"{at_s}.{key}.".encode() + body, hashlib.sha256).hexdigest()


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def _no_constant(name: str) -> None:
    raise ValueError(name)
