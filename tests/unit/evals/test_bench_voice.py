"""The bench of voice to voice: what is asked, who answers, and what is made of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.dialogue import hear, start
from agent.evals.bench_voice import MOST, _blocks, _known, bench_voice, compared, prompt_reuse, scenario
from agent.evals.bench_voice_lines import CACHED, COMPUTED, DIAL, QUESTIONS
from agent.evals.result import CallResult, HeardTurn
from agent.evals.run import CannotPlaceCalls
from agent.setup.tenants import SHIPPED, read_tenants
from agent.values.talk import ModelTask

CLINIC = read_tenants(SHIPPED).by_number[DIAL]
WALL = "2026-11-24T10:00:00-06:00"


def decision(question: str):
    return hear(replace(start(CLINIC, WALL, "+15125554567"), asked="more"), CLINIC, question)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_model_answers_the_main_questions(question: str) -> None:
    request = decision(question).model
    assert request is not None
    assert request.task is ModelTask.ANSWER


@pytest.mark.parametrize(("question", "decided_by"), [(q, "cached") for q in CACHED] + [(q, "rule") for q in COMPUTED])
def test_the_others_are_of_their_class(question: str, decided_by: str) -> None:
    assert decision(question).decided_by == decided_by


def test_no_question_is_asked_twice_of_one_way_and_no_two_calls_begin_alike() -> None:
    blocks = _blocks(MOST)
    for way in ("ours", "serial"):
        asked = [q for block in blocks for q in getattr(block, way)]
        assert len(asked) == len(set(asked)) == len(QUESTIONS)
    assert all(block.ours[0] != block.serial[0] for block in blocks)
    assert len(scenario("ours", blocks[0].ours, "jm_kumo", "+1").reactions) == len(blocks[0].ours) + 2


def test_thirty_of_each_class_are_asked() -> None:
    assert sum(len(block.ours) for block in _blocks(30)) >= 40, "some are misheard"
    asked = [question for call in _known() for question in call]
    assert sum(question in CACHED for question in asked) == sum(question in COMPUTED for question in asked) == 30
    assert all(len(set(call)) == len(call) for call in _known()), "who asks twice is somebody else's test"


async def test_more_than_there_are_questions_is_refused() -> None:
    with pytest.raises(CannotPlaceCalls, match=f"--n {MOST} at most"):
        await bench_voice(None, MOST + 1)  # type: ignore[arg-type]


def turn(question: str, waited_ms: int | None, decided_by: str = "model", cached: int = 0) -> HeardTurn:
    tokens = {"prompt_cached_tokens": cached, "prompt_read_tokens": 20} if cached else {}
    stages = {"edge_gap_ms": (waited_ms or 0) - 60, "decided_by": decided_by, **tokens}
    said = "One moment, please. It is soft." if question == "slow" else "It is soft."
    return HeardTurn(0, question, said, said, question, waited_ms, stages, False)


def call(name: str, *turns: HeardTurn) -> CallResult:
    where = Path("call.wav")
    return CallResult(
        "c", "k", name, "answered", ("answered",), None, None, None, turns, "done", "jm_kumo", "+1", where, where
    )


def test_the_same_question_is_compared_and_the_classes_are_told_apart() -> None:
    ours = call(
        "ours",
        turn(QUESTIONS[0], 900, "rule"),
        turn("a", 600),
        turn("b", 700),
        turn("slow", 900),
    )
    known = call("known", turn(CACHED[0], 400, "cached"), turn("no", 300, "rule"))
    serial = call("serial", turn("b", 2_000), turn("a", 1_500), turn("other", None))
    result = compared([ours], [serial], [known], "One moment, please.")
    assert result.ratio == pytest.approx((0.4 + 0.35) / 2)
    assert result.n == 2
    assert result.results["streaming"] == {"n": 3, "p50": 700.0, "p95": 880.0}
    assert result.results["without_filler"]["streaming"] == {"n": 2, "p50": 650.0, "p95": 695.0}
    assert result.results["serial"]["n"] == 2
    assert result.results["cached"]["p50"] == 400.0
    assert result.results["rule"] == {"n": 0, "p50": None, "p95": None}
    assert result.results["edge_gap_difference_ms"]["p50"] == 60.0
    assert result.results["not_answered_by_model"] == {"streaming": 1, "serial": 0}
    assert result.results["begun_with_filler"] == {"streaming": 1, "serial": 0}


def test_a_prompt_is_read_once_a_call() -> None:
    calls = [call("ours", turn("a", 600, cached=100), turn("b", 600, cached=460), turn("c", 600, cached=480))]
    assert prompt_reuse(calls) == {"share": 0.9592, "tokens_cached": 940, "tokens_read": 40}
    assert prompt_reuse([call("ours", turn("a", 600))])["share"] is None
