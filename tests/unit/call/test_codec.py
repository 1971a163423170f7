"""Every event survives the journal; nothing else gets in."""

import dataclasses
import json
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.call import codec
from agent.call.codec import CodecError, decode, dumps, dumps_case, encode, kinds, loads, loads_case
from agent.call.events import CallArrived, Event, PlayoutStarted, ToolSucceeded, TurnEnded
from agent.values.case import OpenCase
from agent.values.ids import CallId, CaseId, ToolId, TurnId
from agent.values.talk import Utterance

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
json_objects = st.dictionaries(st.text(), json_values, max_size=4)
finite = st.floats(allow_nan=False, allow_infinity=False)
surrogates = st.text(st.characters(codec=None, categories=["L", "N", "Cs", "Zs", "Cc"]))

cases = st.builds(OpenCase, surrogates, surrogates, st.dictionaries(st.text(), st.text()), json_objects)
utterances = st.builds(Utterance, surrogates, st.integers(), st.integers(), surrogates, finite)
STRATEGIES = {
    int: st.integers(),
    str: surrogates,
    bool: st.booleans(),
    Utterance: utterances,
    dict[str, int]: st.dictionaries(st.text(), st.integers()),
    dict[str, Any]: json_objects,
    tuple[OpenCase, ...]: st.lists(cases, max_size=2).map(tuple),
}


def instances(cls: type[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(cls)
    return st.builds(cls, **{name: STRATEGIES[getattr(hint, "__supertype__", hint)] for name, hint in hints.items()})


events = st.one_of([instances(cls) for cls in get_args(Event)])


def example(cls: type[Any]) -> Any:
    """One event of the class with plain fields, without chance."""
    known = {"utterance": Utterance("u1", 0, 900, "hello", 0.5), "stages": {"vad": 3}, "value": {"slots": ["a"]}}
    known["open_cases"] = (OpenCase(CaseId("case-0"), "book", {"name": "Jane Doe"}, {"start": "2026-03-02T10:00"}),)
    plain = {int: 7, str: "x", bool: True}
    fields = dataclasses.fields(cls)
    return cls(**{f.name: known.get(f.name, plain.get(f.type, "x")) for f in fields})  # type: ignore[call-overload]


@given(events)
def test_every_event_round_trips(event: Event) -> None:
    assert decode(encode(event)) == event
    assert loads(dumps(event)) == event


@given(cases)
def test_what_a_call_leaves_of_its_case_round_trips(case: OpenCase) -> None:
    assert loads_case(dumps_case(case)) == case


@pytest.mark.parametrize("body", [b"", b"[]", b'{"case_id": 1}', b'{"case_id":"c","task":"t","slots":{"a":1}}'])
def test_what_is_no_case_is_refused(body: bytes) -> None:
    with pytest.raises(CodecError):
        loads_case(body)


def test_an_arrival_journalled_before_there_were_open_cases_has_none() -> None:
    data = encode(example(CallArrived))
    del data["open_cases"]
    arrived = decode(data)
    assert isinstance(arrived, CallArrived)
    assert arrived.open_cases == ()


def test_all_members_of_the_union_are_covered() -> None:
    assert kinds() == tuple(cls.__name__ for cls in get_args(Event))


@pytest.mark.parametrize("cls", get_args(Event), ids=lambda cls: cls.__name__)
def test_each_class_round_trips_and_keeps_its_kind(cls: type[Any]) -> None:
    event = example(cls)
    data = json.loads(dumps(event))
    assert data["kind"] == cls.__name__
    assert set(data) == {"kind", *(f.name for f in dataclasses.fields(cls))}
    assert type(loads(dumps(event))) is cls
    assert loads(dumps(event)) == event


@pytest.mark.parametrize("cls", get_args(Event), ids=lambda cls: cls.__name__)
def test_each_class_refuses_a_stranger_among_its_fields(cls: type[Any]) -> None:
    with pytest.raises(CodecError, match=f"{cls.__name__}: unknown field 'stranger'"):
        decode({**encode(example(cls)), "stranger": 1})


@pytest.mark.parametrize("cls", get_args(Event), ids=lambda cls: cls.__name__)
def test_each_class_refuses_a_wrong_time(cls: type[Any]) -> None:
    for wrong in ("7", 7.0, True, None):
        with pytest.raises(CodecError, match=rf"{cls.__name__}\.at_ms: expected int"):
            decode({**encode(example(cls)), "at_ms": wrong})


def test_the_journal_is_readable_json() -> None:
    said = TurnEnded(1200, Utterance("u1", 100, 1100, "Grüße", 0.9, "de", 0.7))
    assert encode(said) == {
        "kind": "TurnEnded",
        "at_ms": 1200,
        "utterance": {
            "id": "u1",
            "started_ms": 100,
            "ended_ms": 1100,
            "text": "Grüße",
            "confidence": 0.9,
            "language": "de",
            "language_prob": 0.7,
        },
    }


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (None, "an event is a JSON object, not NoneType"),
        ([], "an event is a JSON object, not list"),
        ({}, "unknown kind of event None"),
        ({"kind": "Utterance", "at_ms": 1}, "unknown kind of event 'Utterance'"),
        ({"kind": ["CallAnswered"], "at_ms": 1}, "unknown kind of event"),
        ({"kind": "CallAnswered"}, "CallAnswered: field 'at_ms' is missing"),
        ({"kind": "DtmfReceived", "at_ms": 1, "digit": 5}, r"DtmfReceived\.digit: expected str, not int"),
        ({"kind": "TurnEnded", "at_ms": 1, "utterance": "hi"}, r"TurnEnded\.utterance: expected dict"),
        ({"kind": "TurnEnded", "at_ms": 1, "utterance": {"id": "u"}}, r"TurnEnded\.utterance: field 'started_ms'"),
        ({"kind": "PlayoutStarted", "at_ms": 1, "turn_id": "t1", "stages": {"a": "b"}}, r"stages\.a: expected int"),
    ],
)
def test_what_is_no_event_is_refused_with_its_place(data: Any, cause: str) -> None:
    with pytest.raises(CodecError, match=cause):
        decode(data)


@given(st.binary() | json_values.map(lambda v: json.dumps(v).encode()))
def test_any_bytes_are_an_event_or_a_codec_error(body: bytes) -> None:
    try:
        event = loads(body)
    except CodecError:
        return
    assert isinstance(event, get_args(Event))


@pytest.mark.parametrize("value", [(1, 2), {1: 2}, {"a": object()}, {"a": float("nan")}, {"a": {1, 2}}, {"a": b"x"}])
def test_a_value_that_json_would_change_is_refused_when_written(value: Any) -> None:
    with pytest.raises(CodecError, match=r"ToolSucceeded\.value"):
        encode(ToolSucceeded(1, ToolId("w1"), value))


def test_a_field_added_with_a_default_is_filled_in() -> None:
    old = {"kind": "PlayoutStarted", "at_ms": 5, "turn_id": "t1"}
    assert decode(old) == PlayoutStarted(5, TurnId("t1"))


def test_a_subclass_in_disguise_is_refused() -> None:
    class Odd(str):
        pass

    event = CallArrived(0, CallId("c"), CaseId("k"), "dental", Odd("+1"), "100", "2026-03-02T09:00", "sha")
    with pytest.raises(CodecError, match="caller_number: expected str, not Odd"):
        encode(event)
    with pytest.raises(CodecError, match="Utterance is not an event"):
        encode(Utterance("u", 0, 0, ""))  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True, slots=True)
class _Unfit:
    at_ms: int
    stream: complex


def test_a_type_without_a_form_is_found_at_import() -> None:
    with pytest.raises(TypeError, match=r"no form for .*complex"):
        codec._shape(_Unfit)
