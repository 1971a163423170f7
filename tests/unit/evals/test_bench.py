"""The benches: pairs in turn, a fuzz that finds what it should, and the promised JSON."""

from random import Random

import pytest

from agent.evals import bench
from agent.evals.bench_rtp import Receiver, bench_rtp, fuzz, hostile
from agent.evals.bench_simulate import bench_simulate
from agent.evals.compare import Comparison, compare


async def test_pairs_are_interleaved_and_the_warm_up_does_not_count() -> None:
    order: list[tuple[str, int]] = []

    async def a(place: int) -> float:
        order.append(("a", place))
        return 1.0

    async def b(place: int) -> float:
        order.append(("b", place))
        return 2.0

    result = await compare(Comparison("try", "ms", ("ours", a), ("theirs", b)), 4)
    assert [arm for arm, _ in order] == list("ababbaabba")
    assert [place for _, place in order] == [-1, -1, 0, 0, 1, 1, 2, 2, 3, 3]
    whole = result.as_json()
    assert set(whole) == {"name", "n", "conditions", "results", "ratio", "ci95"}
    assert (whole["ratio"], whole["ci95"]) == (0.5, [0.5, 0.5])
    assert whole["results"]["ours"]["n"] == 4
    assert {"cpu", "cores", "load_average", "python", "versions"} <= set(whole["conditions"])


async def test_a_run_whose_reference_drifted_is_void() -> None:
    async def steady(_place: int) -> float:
        return 1.0

    async def drifting(place: int) -> float:
        return 1.0 if place < 4 else 2.0

    assert (await compare(Comparison("try", "ms", ("a", steady), ("b", drifting)), 8)).results["is_void"] is True
    assert (await compare(Comparison("try", "ms", ("a", drifting), ("b", steady)), 8)).results["is_void"] is False


def test_the_fuzz_raises_nothing_and_lets_the_good_stream_play() -> None:
    counts = fuzz(20_000, seed=3)
    assert counts["packets"] == 20_000
    assert counts["exceptions"] == 0


def test_the_fuzz_would_count_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Receiver, data: bytes) -> bool:
        if len(data) < 12:
            raise IndexError
        return True

    monkeypatch.setattr(Receiver, "receive", broken)
    assert fuzz(2_000, seed=3)["exceptions"] > 0


def test_hostile_packets_are_of_every_kind() -> None:
    good = bytes([0x80, 118]) + bytes(650)
    lengths = {len(hostile(Random(seed), good)) for seed in range(200)}
    assert min(lengths) < 12
    assert max(lengths) > len(good)


async def test_the_rtp_bench_compares_with_its_floor() -> None:
    result = await bench_rtp(3, fuzzed=2_000)
    assert result.results["fuzz"]["packets"] == 2_000
    assert result.ratio is not None
    assert result.ratio > 1


async def test_the_simulation_bench_lives_calls() -> None:
    result = await bench_simulate(1, worlds=2)
    assert result.results["calls"] >= 8
    assert result.results["calls_per_cpu_second"] > 0


def test_a_bench_of_models_needs_a_stack() -> None:
    alone = set(bench.NAMES) - set(bench.NEED_STACK) - set(bench.NEED_CLUSTER)
    assert alone == {"escalation", "rtp", "simulate", "slots"}
    with pytest.raises(ValueError, match="stack"):
        bench.run("stt", 1, None)
