"""Recognition and voice are another host's: the host is lost in the middle of a real call, and the call goes on."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.adapters.models.specs import worker_specs
from agent.call import events as ev
from agent.setup.paths import home
from agent.setup.ports import free_tcp_port
from agent.setup.stack import Stack, StackWish, start_stack
from tests.contract.model_workers import Running
from tests.pbx.stack import nothing_left, place_mixed, reader
from tests.relay import HOST, RunningRelay, make_relay

pytestmark = pytest.mark.pbx

FAR = ("stt", "tts")


@pytest.fixture
def far_host(tmp_path: Path) -> Iterator[RunningRelay]:
    """Workers with a relay before them: all that a controller sees of a GPU host."""
    started = [Running(spec) for spec in worker_specs(home().models, tmp_path, FAR)]
    relay = make_relay(tmp_path / "pki", tmp_path, FAR, free_tcp_port())
    for one in (*started, relay):
        one.start()
    yield relay
    relay.stop()
    for worker in started:
        worker.stop()


@pytest.fixture
def stack(far_host: RunningRelay) -> Iterator[Stack]:
    models = dict.fromkeys(FAR, f"{HOST}:{far_host.port}")
    models |= {"tls": str(far_host.pki / "controller"), "fallback": "tiny"}
    running = start_stack(home(), StackWish("far", models=models), print)
    yield running
    running.stop()


async def journal(stack: Stack) -> list[ev.Event]:
    """The events of the latest call so far."""
    async with reader(stack) as calls:
        recent = await calls.recent(1)
        return [entry.event for entry in await calls.events(recent[0].call_id)] if recent else []


async def test_a_call_goes_on_when_the_other_host_is_lost(stack: Stack, far_host: RunningRelay, tmp_path: Path) -> None:
    placing = asyncio.create_task(place_mixed(stack, [("book", 11)], 1, tmp_path))
    async with asyncio.timeout(60):
        while not [e for e in await journal(stack) if isinstance(e, ev.TurnEnded) and e.utterance.text]:
            assert not placing.done(), placing.result()
            await asyncio.sleep(0.1)
    await asyncio.to_thread(far_host.stop)
    (result,) = await placing
    assert result.outcome == "booked"
    events = await journal(stack)
    stepped = [e for e in events if isinstance(e, ev.ModelStepped)]
    assert {(e.model, e.is_far) for e in stepped} == {(kind, False) for kind in FAR}, "both served until then"
    lost = events.index(stepped[0])
    heard = [e for e in events[lost:] if isinstance(e, ev.TurnEnded) and e.utterance.text]
    assert len(heard) >= 2, "the words after the loss were recognised here"
    await nothing_left(stack)
