"""The wire codec: whatever is encoded comes back in any cut; whatever is not ours is a fault, never an exception."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.wire.messages import (
    MAX_HEADER_BYTES,
    MAX_ID,
    MAX_PAYLOAD_BYTES,
    Decoder,
    Kind,
    Message,
    WireFault,
    encode,
)

scalars = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.integers(-MAX_ID, MAX_ID)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
)
messages = st.builds(
    Message,
    kind=st.sampled_from(Kind),
    id=st.integers(0, MAX_ID),
    fields=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), scalars, max_size=5),
    payload=st.binary(max_size=300),
)


def frame(header: bytes, payload: bytes = b"") -> bytes:
    return struct.pack(">4sII", b"ATW1", len(header), len(payload)) + header + payload


@given(st.lists(messages, max_size=4), st.data())
def test_messages_survive_any_cut_of_the_stream(sent: list[Message], data: st.DataObject) -> None:
    stream = b"".join(encode(message) for message in sent)
    decoder, received, at = Decoder(), [], 0
    while at < len(stream):
        step = data.draw(st.integers(1, len(stream) - at))
        received += decoder.feed(stream[at : at + step])
        at += step
    assert received == sent


@given(st.binary(max_size=400))
def test_arbitrary_bytes_never_raise(noise: bytes) -> None:
    for item in Decoder().feed(noise):
        assert isinstance(item, Message | WireFault)


@given(st.binary(max_size=200))
def test_arbitrary_headers_never_raise(header: bytes) -> None:
    (item,) = Decoder().feed(frame(header))
    assert isinstance(item, Message | WireFault)


@given(st.recursive(st.none() | scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=6), inner)))
def test_arbitrary_json_never_raises(value: object) -> None:
    for body in (value, {"kind": "ping", "id": 1, "fields": value}, {"kind": value, "id": value}):
        (item,) = Decoder().feed(frame(json.dumps(body).encode()))
        assert isinstance(item, Message | WireFault)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"\xff", "header is not JSON"),
        (b"[" * 60_000, "header is not JSON"),
        (b'{"kind":"ping","id":1,"fields":{"x":NaN}}', "header is not JSON"),
        (b'{"kind":"ping","id":1,"fields":{"x":1e999}}', "bad fields"),
        (b'{"kind":"ping","id":1,"fields":{"x":"\\ud800"}}', "bad fields"),
        (b'{"kind":"ping","id":1,"fields":{"x":[1]}}', "bad fields"),
        (b'{"kind":"ping","id":true}', "bad id"),
        (b'{"kind":"ping","id":-1}', "bad id"),
        (b'{"kind":"dance","id":1}', "unknown kind"),
        (b"[]", "header is not an object"),
    ],
)
def test_each_malformed_header_is_named(header: bytes, reason: str) -> None:
    assert Decoder().feed(frame(header)) == [WireFault(reason)]


@pytest.mark.parametrize(
    "prefix",
    [
        struct.pack(">4sII", b"HTTP", 2, 0),
        struct.pack(">4sII", b"ATW1", MAX_HEADER_BYTES + 1, 0),
        struct.pack(">4sII", b"ATW1", 2, MAX_PAYLOAD_BYTES + 1),
    ],
)
def test_a_bad_prefix_is_refused_before_its_body_is_buffered(prefix: bytes) -> None:
    decoder = Decoder()
    (fault,) = decoder.feed(prefix)
    assert isinstance(fault, WireFault)
    assert decoder.feed(encode(Message(Kind.PING, 1))) == []


def test_encode_refuses_what_the_decoder_would() -> None:
    with pytest.raises(ValueError, match="too large"):
        encode(Message(Kind.SPEAK, 1, {"text": "x" * MAX_HEADER_BYTES}))
    with pytest.raises(ValueError):
        encode(Message(Kind.RESULT, 1, {"probability": float("nan")}))


def test_accessors_fall_back_on_a_field_of_another_type() -> None:
    message = Message(Kind.RESULT, 1, {"a": "x", "b": 2, "c": True})
    assert (message.text("a"), message.text("b"), message.text("z", "d")) == ("x", "", "d")
    assert (message.number("b"), message.number("a"), message.number("c", -1.0)) == (2.0, 0.0, -1.0)
    assert (message.flag("c"), message.flag("b", True)) == (True, True)
