"""What a simulated call costs: the real machine and shell between fakes, on virtual time."""

import asyncio
import time
from importlib.resources import as_file, files
from pathlib import Path

from agent.evals.compare import BenchResult, Comparison, compare
from agent.evals.simulate import simulate
from agent.evals.simulated_world import STORMY, Faults
from agent.profiles import FILES, bundle, parse_bundle
from agent.shell.desk import Tenants

_WORLDS = 10


async def bench_simulate(n: int, worlds: int = _WORLDS) -> BenchResult:
    """A lives calls through a storm of faults, B on a fair day, in the same ``worlds`` worlds each round."""
    with as_file(files("agent") / "tenants") as folder:
        tenants = _tenants(folder)
    spent, lived = 0.0, 0

    async def live(place: int, faults: Faults) -> float:
        nonlocal spent, lived
        first, started = (place + 1) * worlds, time.process_time()
        tally = await asyncio.to_thread(simulate, tenants, range(first, first + worlds), faults)
        cost = time.process_time() - started
        spent, lived = spent + cost, lived + tally.calls
        return cost * 1000 / tally.calls

    async def stormy(place: int) -> float:
        return await live(place, STORMY)

    async def fair(place: int) -> float:
        return await live(place, Faults())

    result = await compare(Comparison("simulate", "CPU ms a call", ("stormy", stormy), ("fair", fair)), n)
    result.results["calls"] = lived
    result.results["calls_per_cpu_second"] = round(lived / spent, 1)
    return result


def _tenants(folder: Path) -> Tenants:
    """The shipped tenants."""
    texts = [
        bundle(place.name, {name: (place / name).read_text("utf-8") for name in FILES if (place / name).exists()})
        for place in sorted(folder.iterdir())
        if (place / "profile.toml").exists()
    ]
    profiles = [parse_bundle(text) for text in texts]
    by_number = {number: profile for profile in profiles for number in profile.numbers}
    by_sha = {profile.sha: text for profile, text in zip(profiles, texts, strict=True)}
    return Tenants(by_number, by_sha, parse_bundle)
