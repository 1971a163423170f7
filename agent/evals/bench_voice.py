"""``attendant bench voice-to-voice``: the wait at the caller's ear, ours against our own serial mode.

The same stack, the same models, the same questions; the caller's number decides which way a call is served. Calls
alternate, two at once that take turns, and a question's two waits make a pair. What rules leave to the language model
is the main class; cached and computed answers are asked in calls of their own, of our way only. The order of the
questions differs between the two calls of a block, so that neither finds the other's prompt read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.evals.address import StackAddress
from agent.evals.bench_voice_lines import CACHED, COMPUTED, DIAL, QUESTIONS, VOICES
from agent.evals.bootstrap import paired_ratio
from agent.evals.compare import BenchResult, conditions, has_drifted
from agent.evals.draw import Script, draw
from agent.evals.loop import Turns
from agent.evals.result import CallResult, HeardTurn, percentile
from agent.evals.run import CannotPlaceCalls, open_parts, opening_of, place, profile_of
from agent.evals.scenario import Reaction, Scenario
from agent.profiles import PHRASES

A_CALL = 6
AT_ONCE = 2
"""Of two calls one asks while the other listens to its answer; no two turns are in work at the same time."""
SPARE = 1.35
"""Some questions are misheard, and then it is not the model that answers."""
MOST = int(len(QUESTIONS) / SPARE)
KNOWN_CALLS = 6
KNOWN_EACH = 5
"""Of each class, in each of those calls: 30 in all."""
MORE = ("anything else", "something else", "else i can help", "how can i help")
PERSON = ("front desk", "speak to a colleague", "talk to a person")
STAGES = ("intake_ms", "endpoint_ms", "recognise_ms", "decide_ms", "voice_ms", "queue_ms")


@dataclass(frozen=True, slots=True)
class _Block:
    """The questions of two calls: one served as we do, one serially."""

    ours: tuple[str, ...]
    serial: tuple[str, ...]


async def bench_voice(stack: StackAddress, n: int) -> BenchResult:
    """``n`` model turns a way. Raises CannotPlaceCalls when there are not so many questions."""
    if n > MOST:
        raise CannotPlaceCalls(f"there are questions for --n {MOST} at most")
    before = conditions()
    scripts = [*_scripts(stack, _blocks(n)), *_known_scripts(stack)]
    async with open_parts(stack) as parts:
        calls = (await place(parts, scripts, AT_ONCE, stack.out_dir / "voice-to-voice", turns=Turns())).calls
    filler = profile_of(stack.tenants_dir, DIAL).phrases.get("filler", PHRASES["filler"])
    ours, serial, known = ([call for call in calls if call.scenario == name] for name in ("ours", "serial", "known"))
    result = compared(ours, serial, known, filler)
    load = {"load_average_after": conditions()["load_average"]}
    return replace(result, conditions=before | load | {"calls": len(calls), "at_once": AT_ONCE})


def _blocks(n: int) -> list[_Block]:
    count = -(-round(n * SPARE) // A_CALL)
    asked = [QUESTIONS[place * A_CALL : (place + 1) * A_CALL] for place in range(count)]
    return [_Block(each, (*each[A_CALL // 2 :], *each[: A_CALL // 2])) for each in asked]


def _known() -> list[tuple[str, ...]]:
    """What is asked in the calls whose answers are cached or computed, the two in turn."""
    rounds = [range(place, place + KNOWN_EACH) for place in range(KNOWN_CALLS)]
    return [
        tuple(one for at in each for one in (CACHED[at % len(CACHED)], COMPUTED[at % len(COMPUTED)])) for each in rounds
    ]


def _known_scripts(stack: StackAddress) -> list[Script]:
    open_times = opening_of(stack.tenants_dir, DIAL)
    asked = [
        scenario("known", each, VOICES[number % len(VOICES)], "+1512555####") for number, each in enumerate(_known())
    ]
    return [draw(one, 1, 100 + number, open_times)[0] for number, one in enumerate(asked)]


def _scripts(stack: StackAddress, blocks: Sequence[_Block]) -> list[Script]:
    """Calls in the order they are placed: A B, B A, A B."""
    open_times = opening_of(stack.tenants_dir, DIAL)
    scripts = []
    for number, block in enumerate(blocks):
        voice = VOICES[number % len(VOICES)]
        pair = [
            scenario("ours", block.ours, voice, "+1512555####"),
            scenario("serial", block.serial, voice, stack.serial_caller),
        ]
        scripts += [draw(one, 1, number, open_times)[0] for one in (pair if number % 2 == 0 else pair[::-1])]
    return scripts


def scenario(name: str, questions: Sequence[str], voice: str, caller: str) -> Scenario:
    """A caller who asks ``questions`` one after the other, each when the last was answered."""
    first, *others = questions
    asking = [
        Reaction(f"question {number}", when=MORE, say=(text,), priority=90 - number)
        for number, text in enumerate(others)
    ]
    return Scenario(
        name=name,
        about="Asks many questions.",
        dial=DIAL,
        caller=caller,
        expect=("answered",),
        voices=(voice,),
        reactions=(
            *asking,
            Reaction("wait", when=("one moment",), unless=(*MORE, *PERSON), priority=99, repeat=0),
            Reaction("no person", when=PERSON, unless=MORE, say=("No, thank you.",), priority=95, repeat=0),
            Reaction("goodbye", when=MORE, say=("No, thank you. Goodbye.",), priority=1, hang_up_after_ms=3_000),
        ),
        opening=Reaction("opening", say=(first,)),
        nudge=Reaction("nudge", say=("Hello? Are you there?",), repeat=2),
        lost=Reaction("lost", say=("Sorry, could you say that again?",), repeat=3),
        pause_ms=(100, 400),
        patience_ms=500,
        max_ms=240_000,
    )


def compared(
    ours: Sequence[CallResult], serial: Sequence[CallResult], known: Sequence[CallResult], filler: str
) -> BenchResult:
    """The figures of the calls that were placed; ``filler`` is what is said when the model is slow."""
    by_model, base = _by_question(ours), _by_question(serial)
    pairs = [(by_model[text], base[text]) for text in by_model if text in base]
    found = paired_ratio([(a.voice_to_voice_ms or 0, b.voice_to_voice_ms or 0) for a, b in pairs])
    mine, others = _of(_answered(ours), "model"), _of(_answered(serial), "model")
    results = {
        "streaming": _figures(mine),
        "serial": _figures(others),
        "cached": _figures(_of(_to(_answered(known), CACHED), "cached")),
        "rule": _figures(_of(_to(_answered(known), COMPUTED), "rule")),
        "pairs": len(pairs),
        "not_answered_by_model": {
            name: sum(turn.stages.get("decided_by") != "model" for turn in _to(_answered(calls), QUESTIONS))
            for name, calls in (("streaming", ours), ("serial", serial))
        },
        "edge_gap_difference_ms": _differences(_answered(ours)),
        "prompt_reuse": prompt_reuse(ours),
        "begun_with_filler": {
            name: sum(turn.agent_said.startswith(filler) for turn in turns)
            for name, turns in (("streaming", mine), ("serial", others))
        },
        "without_filler": {
            name: _figures([turn for turn in turns if not turn.agent_said.startswith(filler)])
            for name, turns in (("streaming", mine), ("serial", others))
        },
        "stages_p50_ms": {name: _stages(turns) for name, turns in (("streaming", mine), ("serial", others))},
        "is_void": has_drifted([turn.voice_to_voice_ms or 0 for turn in others]),
    }
    return BenchResult(
        "voice-to-voice", len(pairs), {}, results, found.ratio if found else None, found.ci95 if found else None
    )


def _answered(calls: Iterable[CallResult]) -> list[HeardTurn]:
    return [turn for call in calls for turn in call.turns if turn.voice_to_voice_ms is not None]


def _of(turns: Iterable[HeardTurn], decider: str) -> list[HeardTurn]:
    return [turn for turn in turns if turn.stages.get("decided_by") == decider]


def _to(turns: Iterable[HeardTurn], questions: Sequence[str]) -> list[HeardTurn]:
    """The turns that answer one of ``questions``."""
    return [turn for turn in turns if turn.caller_said in questions]


def _by_question(calls: Iterable[CallResult]) -> dict[str, HeardTurn]:
    """Model turns by what was asked, the first time it was."""
    turns: dict[str, HeardTurn] = {}
    for turn in _of(_answered(calls), "model"):
        turns.setdefault(turn.caller_said, turn)
    return turns


def _figures(turns: Sequence[HeardTurn]) -> dict[str, Any]:
    waits = [turn.voice_to_voice_ms for turn in turns if turn.voice_to_voice_ms is not None]
    return {"n": len(waits), "p50": percentile(waits, 50), "p95": percentile(waits, 95)}


def _differences(turns: Iterable[HeardTurn]) -> dict[str, Any]:
    """What the caller waits more than our own socket knows of: the wire, two Asterisks, the caller's jitter buffer."""
    gaps = [
        (turn.voice_to_voice_ms or 0) - turn.stages["edge_gap_ms"] for turn in turns if "edge_gap_ms" in turn.stages
    ]
    return {"n": len(gaps), "p50": percentile(gaps, 50), "p95": percentile(gaps, 95)}


def _stages(turns: Sequence[HeardTurn]) -> dict[str, float | None]:
    return {name: percentile([t.stages[name] for t in turns if name in t.stages], 50) for name in STAGES}


def prompt_reuse(calls: Iterable[CallResult]) -> dict[str, Any]:
    """Of the prompt tokens after a call's first model turn, the share that was not read again."""
    cached = read = 0
    for call in calls:
        uses = [turn.stages for turn in call.turns if "prompt_cached_tokens" in turn.stages]
        cached += sum(use["prompt_cached_tokens"] for use in uses[1:])
        read += sum(use["prompt_read_tokens"] for use in uses[1:])
    share = round(cached / (cached + read), 4) if cached + read else None
    return {"share": share, "tokens_cached": cached, "tokens_read": read}
