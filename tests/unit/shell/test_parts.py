"""The small parts of the shell, each alone on virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest
import structlog

from agent.adapters.fake.media import FakeMedia
from agent.adapters.fake.system import LoopClock, run_virtual
from agent.call import commands as cmd
from agent.call import events as ev
from agent.ports.telephony import TelephonyError
from agent.shell.lanes import COMMIT_WITHIN_S, CommitLate, DurableLane
from agent.shell.media_loop import MEDIA_LOST_MS, Lateness, LineTick, MediaLoop
from agent.shell.outbox import as_event
from agent.shell.recover import leftovers
from agent.shell.timers import Timers
from agent.shell.watch import Stopwatch
from agent.values.audio import FRAME_MS, SILENCE
from agent.values.ids import CallId, ToolId
from agent.values.talk import PromptUse
from agent.values.work import ToolResult, ToolStatus


class Lane:
    """A lane whose deeds are kept; ``refuses`` are commands the outside refuses."""

    def __init__(self, *refuses: type[cmd.Command]) -> None:
        self.done: list[cmd.Command] = []
        self.reported: list[tuple[cmd.Command, str]] = []
        self.lane = DurableLane(self._perform, lambda command, error: self.reported.append((command, str(error))))
        self._refuses = refuses

    async def _perform(self, command: cmd.Command) -> None:
        if isinstance(command, self._refuses):
            raise TelephonyError("404")
        self.done.append(command)

    def start(self) -> asyncio.Task[None]:
        return asyncio.ensure_future(self.lane.run((TelephonyError, OSError)))


def commits_in(seconds: float) -> Awaitable[None]:
    return asyncio.ensure_future(asyncio.sleep(seconds))


def virtually(story: Callable[[], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        return await story()

    return run_virtual(run())


class TestDurableLane:
    def test_a_command_waits_for_its_cause_and_keeps_its_place(self) -> None:
        async def story() -> None:
            lane = Lane()
            running = lane.start()
            lane.lane.put(commits_in(1.0), cmd.Answer())
            lane.lane.put(commits_in(0.1), cmd.OpenMedia())
            await asyncio.sleep(0.9)
            assert lane.done == []
            await lane.lane.drained()
            assert lane.done == [cmd.Answer(), cmd.OpenMedia()]
            running.cancel()

        virtually(story)

    def test_a_refusal_is_reported_and_the_lane_goes_on(self) -> None:
        async def story() -> None:
            lane = Lane(cmd.OpenMedia)
            running = lane.start()
            for command in (cmd.Answer(), cmd.OpenMedia(), cmd.Hangup("bye")):
                lane.lane.put(commits_in(0), command)
            await lane.lane.drained()
            assert lane.done == [cmd.Answer(), cmd.Hangup("bye")]
            assert lane.reported == [(cmd.OpenMedia(), "404")]
            running.cancel()

        virtually(story)

    @pytest.mark.parametrize("command", [cmd.Answer(), cmd.OpenMedia(), cmd.Transfer("desk", "human")])
    def test_a_cause_that_does_not_commit_ends_the_lane(self, command: cmd.Command) -> None:
        async def story() -> None:
            lane = Lane()
            running = lane.start()
            lane.lane.put(commits_in(COMMIT_WITHIN_S + 60), command)
            with pytest.raises(CommitLate, match=type(command).__name__):
                await asyncio.wait_for(running, COMMIT_WITHIN_S + 0.1)
            assert lane.done == []

        virtually(story)

    @pytest.mark.parametrize("command", [cmd.Hangup("bye"), cmd.CloseCall("answered", "bye")])
    def test_the_end_of_a_call_does_not_wait_for_ever(self, command: cmd.Command) -> None:
        async def story() -> None:
            lane = Lane()
            running = lane.start()
            lane.lane.put(commits_in(COMMIT_WITHIN_S + 60), command)
            await asyncio.wait_for(lane.lane.drained(), COMMIT_WITHIN_S + 0.1)
            assert lane.done == [command]
            running.cancel()

        virtually(story)


class TestTimers:
    def test_set_again_it_starts_again_and_cancelled_it_is_forgotten(self) -> None:
        async def story() -> list[tuple[float, str]]:
            loop, fired = asyncio.get_running_loop(), []
            async with asyncio.TaskGroup() as group:
                timers = Timers(LoopClock(), group, lambda name: fired.append((round(loop.time(), 3), name)))
                timers.set("silence", 1000)
                timers.set("filler", 800)
                timers.set("keys", 500)
                await asyncio.sleep(0.5 - 0.001)
                timers.set("silence", 1000)
                timers.cancel("keys")
                timers.cancel("never set")
            return fired

        assert virtually(story) == [(0.8, "filler"), (1.499, "silence")]

    def test_cancel_all_leaves_none(self) -> None:
        async def story() -> list[str]:
            fired: list[str] = []
            async with asyncio.TaskGroup() as group:
                timers = Timers(LoopClock(), group, fired.append)
                timers.set("a", 10)
                timers.set("b", 20)
                timers.cancel_all()
            return fired

        assert virtually(story) == []


class _Mouth:
    def pop(self) -> bytes:
        return SILENCE


class _Ear:
    def __init__(self) -> None:
        self.frames: list[Any] = []

    def push(self, frame: Any) -> None:
        self.frames.append(frame)


def test_a_line_without_rtp_is_told_once() -> None:
    async def story() -> list[int]:
        lost: list[int] = []
        line = await FakeMedia(lambda _: iter([SILENCE])).open()
        tick = LineTick(line, _Mouth(), _Ear(), lost.append)  # type: ignore[arg-type]
        for _ in range(3 * MEDIA_LOST_MS // FRAME_MS):
            tick.tick()
        return lost

    assert len(virtually(story)) == 1


def test_the_loop_ticks_what_is_added_every_20_ms_until_it_is_removed() -> None:
    class Counter:
        ticks = 0

        def tick(self) -> None:
            self.ticks += 1

    async def story() -> tuple[int, int]:
        loop, counter = MediaLoop(LoopClock()), Counter()
        running = asyncio.ensure_future(loop.run())
        loop.add("call", counter)
        await asyncio.sleep(1.0 + 0.001)
        at_removal = counter.ticks
        loop.remove("call")
        loop.remove("call")
        await asyncio.sleep(1.0)
        running.cancel()
        return at_removal, counter.ticks

    assert virtually(story) == (50, 50)


class OwnClock:
    """Stands still but for what is spent on purpose; sleeping spends."""

    def __init__(self) -> None:
        self.at_ms = 0.0

    def now_ms(self) -> float:
        return self.at_ms

    def wall(self) -> datetime:
        raise NotImplementedError

    async def sleep(self, delay_ms: float) -> None:
        if delay_ms > 0:
            self.at_ms += delay_ms
            await asyncio.sleep(0)


async def test_a_tick_that_takes_longer_than_a_frame_leaves_the_others_their_turn() -> None:
    clock, turns = OwnClock(), 0
    loop = MediaLoop(clock)

    class Slow:
        def tick(self) -> None:
            clock.at_ms += 2 * FRAME_MS
            assert clock.at_ms < 1_000 * FRAME_MS, "nobody else had a turn"

    loop.add("call", Slow())
    running = asyncio.ensure_future(loop.run())
    while turns < 100 and not running.done():
        await asyncio.sleep(0)
        turns += 1
    assert not running.done(), running.exception()
    running.cancel()


def test_lateness_is_told_once_a_minute_with_its_worst() -> None:
    late = Lateness()
    with structlog.testing.capture_logs() as lines:
        for due_ms, late_ms in ((0, 5), (100, 25), (200, 30), (300, 90), (60_200, 40)):
            late.note(due_ms, due_ms + late_ms)
    assert [(line["ticks"], line["worst_ms"]) for line in lines] == [(1, 25), (3, 90)]


@pytest.mark.parametrize(
    ("result", "event"),
    [
        (ToolResult(ToolStatus.DONE, {"a": 1}), ev.ToolSucceeded(7, ToolId("w1"), {"a": 1})),
        (ToolResult(ToolStatus.FAILED, {"b": 2}, "taken"), ev.ToolFailed(7, ToolId("w1"), "taken", {"b": 2})),
        (ToolResult(ToolStatus.IN_DOUBT, {}, "lost"), ev.ToolInDoubt(7, ToolId("w1"), "lost")),
    ],
)
def test_a_stored_result_is_its_event(result: ToolResult, event: ev.Event) -> None:
    assert as_event(ToolId("w1"), result, 7) == event


def test_what_a_crash_left_is_known_by_its_name() -> None:
    live = {CallId("call-b")}
    channels = ("1700000000.1", "call-a-media", "call-b-media")
    assert leftovers(channels, ("call-c-bridge", "somebody-elses"), live) == {CallId("call-a"), CallId("call-c")}


def test_the_stages_of_a_turn_add_up_and_are_told_once() -> None:
    watch = Stopwatch(intake_ms=lambda: 40)
    assert watch.stages(5) == {}
    watch.turn_ended(speech_ended_ms=1000, at_ms=1400, recognised_in_ms=120)
    watch.decided(1450)
    watch.voiced(1500)
    watch.voiced(1600)
    stages = watch.stages(1520)
    assert stages == {
        "intake_ms": 40,
        "endpoint_ms": 400,
        "recognise_ms": 120,
        "decide_ms": 50,
        "voice_ms": 50,
        "queue_ms": 20,
        "edge_gap_ms": 560,
    }
    parts = ("intake_ms", "endpoint_ms", "decide_ms", "voice_ms", "queue_ms")
    assert sum(stages[part] for part in parts) == stages["edge_gap_ms"]
    assert watch.stages(1540) == {}


def test_what_a_prompt_cost_is_told_once_also_behind_a_filler() -> None:
    watch = Stopwatch()
    watch.turn_ended(speech_ended_ms=1000, at_ms=1400, recognised_in_ms=120)
    assert "prompt_read_tokens" not in watch.stages(2100)
    watch.prompt(PromptUse(495, 18))
    assert watch.stages(2500) == {"prompt_cached_tokens": 495, "prompt_read_tokens": 18}
    assert watch.stages(2600) == {}
