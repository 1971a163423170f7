"""Events to JSON and back: the format of the journal. Strict and total.

An event is a JSON object ``{"kind": "<class name>", <field>: <value>, ...}``. Every member of ``Event``
round-trips to an equal value; anything else (unknown kind, unknown or missing field, wrong type, a value
JSON cannot carry) is refused with CodecError. A missing field that has a default takes it, so that a
journal written before the field existed still loads: that is the only leniency.
"""

import json
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from agent.call.events import Event
from agent.values.case import OpenCase

Coder = Callable[[Any, str], Any]
"""Takes a value and where it stands (for the message), returns it checked and converted."""


_compact = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class CodecError(ValueError):
    """Not an event of this version's journal. The text names the kind, the field and the cause."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """How one dataclass is written and read: a (name, encoder, decoder, is_required) row per field."""

    cls: type[Any]
    rows: tuple[tuple[str, Coder, Coder, bool], ...]


def encode(event: Event) -> dict[str, Any]:
    """The JSON object of ``event``. Raises CodecError when a field holds what its type does not allow."""
    kind = type(event).__name__
    if _EVENTS.get(kind) is None or _EVENTS[kind].cls is not type(event):
        raise CodecError(f"{kind} is not an event")
    return {"kind": kind, **_encode_fields(_EVENTS[kind], event, kind)}


def decode(data: Any) -> Event:
    """The event of a JSON object. Raises CodecError."""
    if not isinstance(data, Mapping):
        raise CodecError(f"an event is a JSON object, not {type(data).__name__}")
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in _EVENTS:
        raise CodecError(f"unknown kind of event {kind!r}")
    event: Event = _decode_fields(_EVENTS[kind], {k: v for k, v in data.items() if k != "kind"}, kind)
    return event


def dumps(event: Event) -> bytes:
    """The event as compact ASCII JSON; a lone surrogate survives as its escape."""
    return _compact(encode(event)).encode("ascii")


def loads(body: bytes) -> Event:
    """The event of ``dumps``. Raises CodecError."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"not JSON: {error}") from None
    return decode(data)


def dumps_case(case: OpenCase) -> bytes:
    """What a call left of its case, in the same form. Raises CodecError."""
    return _compact(_encode_fields(_CASE, case, "OpenCase")).encode("ascii")


def loads_case(body: bytes) -> OpenCase:
    """The case of ``dumps_case``. Raises CodecError."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"not JSON: {error}") from None
    case: OpenCase = _decode_fields(_CASE, _exactly(dict)(data, "OpenCase"), "OpenCase")
    return case


def kinds() -> tuple[str, ...]:
    """The names of all events, in the order of the union."""
    return tuple(_EVENTS)


def _encode_fields(shape: _Shape, value: Any, where: str) -> dict[str, Any]:
    return {name: write(getattr(value, name), f"{where}.{name}") for name, write, _, _ in shape.rows}


def _decode_fields(shape: _Shape, data: Mapping[str, Any], where: str) -> Any:
    names = {row[0] for row in shape.rows}
    if unknown := sorted(set(data) - names):
        raise CodecError(f"{where}: unknown field {unknown[0]!r}")
    values = {}
    for name, _, read, is_required in shape.rows:
        if name in data:
            values[name] = read(data[name], f"{where}.{name}")
        elif is_required:
            raise CodecError(f"{where}: field {name!r} is missing")
    return shape.cls(**values)


def _shape(cls: type[Any]) -> _Shape:
    hints = get_type_hints(cls)
    rows = tuple(
        (f.name, *_coders(hints[f.name]), f.default is MISSING and f.default_factory is MISSING) for f in fields(cls)
    )
    return _Shape(cls, rows)


def _coders(hint: Any) -> tuple[Coder, Coder]:
    """Encoder and decoder of one type. Raises TypeError at import for a type the journal cannot carry."""
    hint = getattr(hint, "__supertype__", hint)
    origin, args = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return _PLAIN[hint], _PLAIN[hint]
    if origin is dict and args[0] is str:
        return _both(_coders(args[1]), _mapping)
    if origin is tuple and args[1:] == (...,):
        write, read = _coders(args[0])
        return _sequence(write, tuple, list), _sequence(read, list, tuple)
    if origin is Literal:
        return _literal(args), _literal(args)
    if origin in (Union, types.UnionType) and len(args) == 2 and types.NoneType in args:
        return _both(_coders(next(a for a in args if a is not types.NoneType)), _optional)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _enum(hint), _enum(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return _nested(_shape(hint))
    raise TypeError(f"the journal has no form for {hint}")


def _both(pair: tuple[Coder, Coder], wrap: Callable[[Coder], Coder]) -> tuple[Coder, Coder]:
    return wrap(pair[0]), wrap(pair[1])


def _exactly(cls: type[Any]) -> Coder:
    def code(value: Any, where: str) -> Any:
        if type(value) is not cls:
            raise CodecError(f"{where}: expected {cls.__name__}, not {type(value).__name__}")
        return value

    return code


def _float(value: Any, where: str) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise CodecError(f"{where}: expected a finite number, not {value!r}")
    return float(value)


def _json(value: Any, where: str) -> Any:
    """Any JSON value, strictly: a tuple or an integer key would come back as something else."""
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return _float(value, where)
    if type(value) is list:
        return [_json(item, f"{where}[{n}]") for n, item in enumerate(value)]
    if type(value) is dict:
        return {_text(key, where): _json(item, f"{where}.{key}") for key, item in value.items()}
    raise CodecError(f"{where}: {type(value).__name__} is not JSON")


def _mapping(item: Coder) -> Coder:
    def code(value: Any, where: str) -> Any:
        if type(value) is not dict:
            raise CodecError(f"{where}: expected an object, not {type(value).__name__}")
        return {_text(key, where): item(entry, f"{where}.{key}") for key, entry in value.items()}

    return code


def _sequence(item: Coder, source: type[Any], target: type[Any]) -> Coder:
    def code(value: Any, where: str) -> Any:
        if type(value) is not source:
            raise CodecError(f"{where}: expected {source.__name__}, not {type(value).__name__}")
        return target(item(entry, f"{where}[{n}]") for n, entry in enumerate(value))

    return code


def _literal(allowed: tuple[Any, ...]) -> Coder:
    def code(value: Any, where: str) -> Any:
        if not any(value == a and type(value) is type(a) for a in allowed):
            raise CodecError(f"{where}: {value!r} is none of {', '.join(map(repr, allowed))}")
        return value

    return code


def _optional(inner: Coder) -> Coder:
    return lambda value, where: None if value is None else inner(value, where)


def _enum(cls: type[StrEnum]) -> Coder:
    def code(value: Any, where: str) -> Any:
        try:
            return cls(value)
        except ValueError:
            raise CodecError(f"{where}: {value!r} is no {cls.__name__}") from None

    return code


def _nested(shape: _Shape) -> tuple[Coder, Coder]:
    def write(value: Any, where: str) -> Any:
        return _encode_fields(shape, _exactly(shape.cls)(value, where), where)

    def read(value: Any, where: str) -> Any:
        return _decode_fields(shape, _exactly(dict)(value, where), where)

    return write, read


_text = _exactly(str)
_PLAIN: dict[Any, Coder] = {int: _exactly(int), str: _text, bool: _exactly(bool), float: _float, Any: _json}
_CASE = _shape(OpenCase)
_EVENTS: dict[str, _Shape] = {cls.__name__: _shape(cls) for cls in get_args(Event)}
