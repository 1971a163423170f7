"""``attendant bench NAME``: the benches by name."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from agent.evals.address import StackAddress
from agent.evals.bench_bargein import bench_bargein
from agent.evals.bench_commit import bench_commit
from agent.evals.bench_endpointing import bench_endpointing
from agent.evals.bench_escalation import on_audio, on_text
from agent.evals.bench_exactly_once import bench_exactly_once
from agent.evals.bench_languages import bench_languages
from agent.evals.bench_media import bench_media
from agent.evals.bench_models import bench_turn
from agent.evals.bench_rtp import bench_rtp
from agent.evals.bench_simulate import bench_simulate
from agent.evals.bench_slots import bench_slots
from agent.evals.bench_stt import bench_stt
from agent.evals.bench_voice import bench_voice
from agent.evals.bench_wish import ClipsWish
from agent.evals.cluster import Cluster
from agent.evals.compare import BenchResult

_WITH_STACK: dict[str, Callable[[StackAddress, int], Awaitable[BenchResult]]] = {
    "turn": bench_turn,
    "media": bench_media,
    "voice-to-voice": bench_voice,
}
_ALONE: dict[str, Callable[[int], Awaitable[BenchResult]]] = {"rtp": bench_rtp, "simulate": bench_simulate}
_ON_CLIPS: dict[str, Callable[[StackAddress, ClipsWish], Awaitable[BenchResult]]] = {
    "endpointing": bench_endpointing,
    "stt": bench_stt,
    "bargein": bench_bargein,
    "languages": bench_languages,
}
_ON_CLUSTER: dict[str, Callable[[int, Cluster], Awaitable[BenchResult]]] = {
    "commit": bench_commit,
    "exactly-once": bench_exactly_once,
}
NEED_STACK = (*_WITH_STACK, *_ON_CLIPS)
"""Benches that need a running stack's model workers."""
NEED_CLUSTER = tuple(_ON_CLUSTER)
"""Benches that need a Postgres of their own."""
NAMES = (*_ALONE, "escalation", "slots", *NEED_CLUSTER, *NEED_STACK)
DEFAULT_N = {"commit": 500, "exactly-once": 200}
"""How often, where 30 pairs are not what is meant."""


def run(name: str, n: int, stack: StackAddress | None, clips: ClipsWish | None = None) -> dict[str, Any]:
    """Run one bench of NAMES with ``n`` pairs; ``stack`` is for those of NEED_STACK. The object that is printed.

    Those on labelled clips run once on all ``clips``; escalation's lines are spoken, too, where there is a stack.
    Raises ClipError for a clip that cannot be used.
    """
    if name == "escalation":
        own = clips.folder if clips else None
        return (on_text(own) if stack is None else asyncio.run(_awaited(on_audio(stack, own)))).as_json()
    if name == "slots":
        return bench_slots(clips.folder if clips else None, clips.profile if clips else "").as_json()
    if name in _ALONE:
        return asyncio.run(_awaited(_ALONE[name](n))).as_json()
    if stack is None:
        raise ValueError(f"bench {name} needs a running stack")
    if name in _ON_CLIPS:
        return asyncio.run(_awaited(_ON_CLIPS[name](stack, clips or ClipsWish()))).as_json()
    return asyncio.run(_awaited(_WITH_STACK[name](stack, n))).as_json()


def run_on_cluster(name: str, n: int, cluster: Cluster) -> dict[str, Any]:
    """Run one bench of NEED_CLUSTER, on the event loop of the service. The object that is printed."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_awaited(_ON_CLUSTER[name](n, cluster))).as_json()


async def _awaited(result: Awaitable[BenchResult]) -> BenchResult:
    return await result
