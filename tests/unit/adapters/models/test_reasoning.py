"""What is sent to a language model server, and what is read from it."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.adapters.models.reasoning import Endpoint, piece, request_body
from agent.adapters.models.specs import KINDS, worker_specs
from agent.ports.models import ModelUnavailable
from agent.values.talk import ModelRequest, ModelTask, PromptUse

REQUEST = ModelRequest(
    ModelTask.SPANS, "Be brief.", (("user", "Hi"), ("assistant", "Hello")), 'root ::= "a"', 20, ("\n",)
)


def test_the_body_is_a_greedy_streamed_chat() -> None:
    body = request_body(Endpoint("m"), REQUEST)
    assert body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello"},
        ],
        "max_tokens": 20,
        "temperature": 0,
        "stream": True,
        "stop": ["\n"],
    }


def test_each_dialect_takes_its_grammar_in_its_own_way() -> None:
    llama = request_body(Endpoint("m", dialect="llama"), REQUEST)
    assert (llama["grammar"], llama["cache_prompt"]) == (REQUEST.grammar, True)
    assert request_body(Endpoint("m", dialect="vllm"), REQUEST)["structured_outputs"] == {"grammar": REQUEST.grammar}


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b'data: {"choices":[{"delta":{"content":"Yes"}}]}\n', "Yes"),
        (b'data: {"choices":[{"delta":{"role":"assistant","content":null}}]}\n', ""),
        (b'data: {"choices":[]}\n', ""),
        (b"data: [DONE]\n", ""),
        (b": keep-alive\n", ""),
        (b"\n", ""),
    ],
)
def test_a_line_of_the_stream_has_its_text(line: bytes, text: str) -> None:
    assert piece(line) == (text, None)


def test_what_a_prompt_cost_is_told_beside_the_text() -> None:
    line = b'data: {"choices":[{"delta":{"content":"Yes"}}],"timings":{"cache_n":431,"prompt_n":22}}\n'
    assert piece(line) == ("Yes", PromptUse(431, 22))


@pytest.mark.parametrize(
    "line", [b'data: {"error":{"message":"x"}}', b"data: {", b"data: []", b'data: {"choices":[1]}']
)
def test_an_error_in_the_stream_is_unavailability(line: bytes) -> None:
    with pytest.raises(ModelUnavailable):
        piece(line)


@given(st.binary(max_size=80))
def test_no_line_raises_anything_else(noise: bytes) -> None:
    with contextlib.suppress(ModelUnavailable):
        assert isinstance(piece(b"data: " + noise)[0], str)


def test_every_kind_has_a_command_line_and_a_socket_of_its_own() -> None:
    specs = worker_specs(Path("/models"), Path("/run"))
    assert [spec.kind for spec in specs] == list(KINDS)
    assert len({spec.socket for spec in specs}) == len(specs)
    for spec in specs:
        assert spec.argv[1:4] == ("-m", "agent.workers", spec.kind)
        assert str(spec.socket) in spec.argv
    with pytest.raises(KeyError):
        worker_specs(Path("/models"), Path("/run"), ["llm"])
