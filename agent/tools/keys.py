"""The key of a logical action.

It comes from tenant, case, intent and canonical arguments: never from a call, a model's id or the clock.
So the same wish, said again in another call of the same case, reaches the same key and has no second effect
(Idempotency-Key, draft-ietf-httpapi-idempotency-key-header).
"""

import json
import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

_NAMESPACE = UUID("6f0d3a5e-5b0c-5b1e-9c57-1f3a1c0a7e11")


def canonical(arguments: Mapping[str, Any]) -> str:
    """The arguments as one text: keys sorted, strings in NFKC, lower case and single spaces.

    "Jane  Doe" and "jane doe" are the same wish. Raises TypeError or ValueError for what JSON cannot carry.
    """
    return json.dumps(_normal(dict(arguments)), sort_keys=True, separators=(",", ":"), allow_nan=False)


def idempotency_key(tenant: str, case_id: str, intent: str, arguments: Mapping[str, Any]) -> str:
    """A UUID (version 5) over the four parts, unambiguously joined."""
    return str(uuid5(_NAMESPACE, json.dumps([tenant, case_id, intent, canonical(arguments)])))


def is_same_request(name: str, arguments: Mapping[str, Any], other: str, others: Mapping[str, Any]) -> bool:
    """Whether two uses of one key ask for the same thing; if not, the second is refused."""
    return name == other and canonical(arguments) == canonical(others)


def appointment_id(tenant: str, key: str) -> str:
    """The id of the appointment a booking under ``key`` makes: the same on every attempt."""
    return f"apt-{uuid5(_NAMESPACE, json.dumps([tenant, 'appointment', key]))}"


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    if isinstance(value, Mapping):
        return {str(key): _normal(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_normal(item) for item in value]
    return value
