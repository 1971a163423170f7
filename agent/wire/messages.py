"""Messages between the controller and its model workers, over a stream socket.

One message is a 12-byte prefix (magic ``ATW1``, header length, payload length; big-endian), a JSON header
``{"kind": ..., "id": ..., "fields": {...}}`` in UTF-8, and a binary payload (PCM, or nothing). Both sides bound what
they accept. Requests carry an id of the sender's choosing; every reply repeats it.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAGIC = b"ATW1"
MAX_HEADER_BYTES = 64 * 1024
MAX_PAYLOAD_BYTES = 8 * 1024 * 1024
MAX_ID = 2**53 - 1
_PREFIX = struct.Struct(">4sII")

Scalar = str | int | float | bool
"""What a field may hold. Floats are finite; strings are valid Unicode."""


class Kind(StrEnum):
    """What a message is. Up to CANCEL: requests; from RESULT: replies."""

    PING = "ping"
    """Answered by RESULT with ``model``."""
    VAD = "vad"
    """Windows of 1024 bytes, one of each stream in ``streams`` (names, a space between them); RESULT with a
    probability of each as payload (float32, little-endian)."""
    FORGET = "forget"
    """Drop the state of ``stream``; no reply."""
    TURN = "turn"
    """Payload PCM; RESULT with ``probability``."""
    TRANSCRIBE = "transcribe"
    """Payload PCM, ``hints``, ``final``, ``stream``, ``language``, ``whole_window`` (30 s, a baseline); RESULT with
    ``text``, ``no_speech_prob``, ``avg_logprob``, ``language``, ``language_prob``."""
    SPEAK = "speak"
    """``text``; PIECE with PCM, repeated, then END."""
    RENDER = "render"
    """``text``, ``voice``; RESULT with PCM."""
    CANCEL = "cancel"
    """Stop the request of the same id; no reply to either."""
    RESULT = "result"
    PIECE = "piece"
    END = "end"
    ERROR = "error"
    """``reason``: the request failed; the connection stays good."""


_KINDS = {kind.value: kind for kind in Kind}


def alpn(worker: str) -> str:
    """The application protocol (RFC 7301) by which a TLS client names the kind of worker it wants: stt, tts, ..."""
    return f"attendant-{worker}/1"


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``id`` is 0 to MAX_ID; accessors give the default where a field is missing or of another type."""

    kind: Kind
    id: int
    fields: Mapping[str, Scalar] = field(default_factory=dict)
    payload: bytes = b""

    def text(self, name: str, default: str = "") -> str:
        """The string field ``name``."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else default

    def number(self, name: str, default: float = 0.0) -> float:
        """The numeric field ``name``; a truth value is no number."""
        value = self.fields.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default

    def flag(self, name: str, default: bool = False) -> bool:
        """The truth value ``name``."""
        value = self.fields.get(name)
        return value if isinstance(value, bool) else default


@dataclass(frozen=True, slots=True)
class WireFault:
    """The bytes are no messages; the connection they came by is lost. ``reason`` holds no content."""

    reason: str


def encode(message: Message) -> bytes:
    """The bytes of ``message``. Raises ValueError if it exceeds a bound or holds a non-finite float."""
    body = {"kind": message.kind.value, "id": message.id, "fields": dict(message.fields)}
    header = json.dumps(body, separators=(",", ":"), allow_nan=False).encode()
    if len(header) > MAX_HEADER_BYTES or len(message.payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"message too large: header {len(header)}, payload {len(message.payload)} bytes")
    return _PREFIX.pack(MAGIC, len(header), len(message.payload)) + header + message.payload


class Decoder:
    """Cuts a byte stream into messages. After a fault it yields nothing more."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._is_lost = False

    def feed(self, data: bytes) -> list[Message | WireFault]:
        """The messages that ``data`` completes, in order; a WireFault is the last item there will ever be."""
        found: list[Message | WireFault] = []
        if self._is_lost:
            return found
        self._buffer += data
        while (item := self._next()) is not None:
            found.append(item)
            if isinstance(item, WireFault):
                self._is_lost = True
                self._buffer.clear()
                break
        return found

    def _next(self) -> Message | WireFault | None:
        """Take one message off the buffer; None while it is incomplete."""
        if len(self._buffer) < _PREFIX.size:
            return None
        magic, header_bytes, payload_bytes = _PREFIX.unpack_from(self._buffer)
        if magic != MAGIC:
            return WireFault("wrong magic")
        if header_bytes > MAX_HEADER_BYTES or payload_bytes > MAX_PAYLOAD_BYTES:
            return WireFault("announced size beyond the bound")
        payload_at = _PREFIX.size + header_bytes
        end = payload_at + payload_bytes
        if len(self._buffer) < end:
            return None
        header, payload = bytes(self._buffer[_PREFIX.size : payload_at]), bytes(self._buffer[payload_at:end])
        del self._buffer[:end]
        return _parse(header, payload)


def _parse(header: bytes, payload: bytes) -> Message | WireFault:
    """One message from its parts."""
    try:
        body: Any = json.loads(header, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return WireFault("header is not JSON")
    if not isinstance(body, dict):
        return WireFault("header is not an object")
    name, ident, fields = body.get("kind"), body.get("id"), body.get("fields", {})
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        return WireFault("unknown kind")
    if not isinstance(ident, int) or isinstance(ident, bool) or not 0 <= ident <= MAX_ID:
        return WireFault("bad id")
    if not isinstance(fields, dict) or not all(_is_scalar(value) for value in fields.values()):
        return WireFault("bad fields")
    return Message(kind, ident, fields, payload)


def _refuse_constant(name: str) -> None:
    """NaN and the infinities are not JSON (RFC 8259 section 6)."""
    raise ValueError(name)


def _is_scalar(value: object) -> bool:
    """A finite number, a truth value, or a string without lone surrogates."""
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, float):
        return value - value == 0.0
    return isinstance(value, int) and abs(value) <= MAX_ID
