"""Work ahead is taken over where it stands, or leaves no trace."""

import asyncio

import pytest

from agent.adapters.fake.system import run_virtual
from agent.ports.models import ModelUnavailable
from agent.shell.ahead import Ahead


class Source:
    """Counts streams begun and ended; a piece every 100 ms."""

    def __init__(self, fails: bool = False) -> None:
        self.begun: list[str] = []
        self.cancelled: list[str] = []
        self.fails = fails

    async def __call__(self, key: str):
        self.begun.append(key)
        try:
            for n in range(3):
                await asyncio.sleep(0.1)
                if self.fails and n == 1:
                    raise ModelUnavailable("gone")
                yield f"{key}{n}"
        except asyncio.CancelledError:
            self.cancelled.append(key)
            raise


async def _taken(source: Source, guess: str, asked: str, after_s: float) -> tuple[list[str], float]:
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        ahead = Ahead(source, group)
        ahead.expect(guess)
        await asyncio.sleep(after_s)
        began = loop.time()
        pieces = [piece async for piece in ahead.stream(asked)]
        took = loop.time() - began
        ahead.expect()
    return pieces, took


def test_a_right_guess_is_taken_over_without_waiting_again():
    source = Source()
    pieces, took_s = run_virtual(_taken(source, "a", "a", after_s=1.0))
    assert pieces == ["a0", "a1", "a2"]
    assert source.begun == ["a"]
    assert took_s == 0.0


def test_a_stream_half_way_goes_on_where_it_stands():
    source = Source()
    pieces, took_s = run_virtual(_taken(source, "a", "a", after_s=0.15))
    assert pieces == ["a0", "a1", "a2"]
    assert source.begun == ["a"]
    assert took_s == pytest.approx(0.15)


async def _dropped(source: Source) -> None:
    async with asyncio.TaskGroup() as group:
        ahead = Ahead(source, group)
        ahead.expect("a")
        await asyncio.sleep(0.05)
        ahead.expect("b")
        await asyncio.sleep(1.0)
        ahead.expect()


def test_a_wrong_guess_is_cancelled() -> None:
    source = Source()
    run_virtual(_dropped(source))
    assert source.begun == ["a", "b"]
    assert source.cancelled == ["a"]


def test_what_was_not_guessed_is_begun_when_it_is_asked_for() -> None:
    source = Source()
    pieces, _ = run_virtual(_taken(source, "a", "b", after_s=0.05))
    assert pieces == ["b0", "b1", "b2"]
    assert source.begun == ["a", "b"]


def test_a_failure_reaches_only_the_one_who_takes_it():
    with pytest.raises(ExceptionGroup) as caught:
        run_virtual(_taken(Source(fails=True), "a", "a", after_s=1.0))
    assert caught.group_contains(ModelUnavailable)
    pieces, _ = run_virtual(_taken_other_after_failure())
    assert pieces == ["b0"]


async def _taken_other_after_failure():
    source = Source(fails=True)
    async with asyncio.TaskGroup() as group:
        ahead = Ahead(source, group)
        ahead.expect("a")
        await asyncio.sleep(1.0)
        pieces = []
        stream = ahead.stream("b")
        async for piece in stream:
            pieces.append(piece)
            break
        await stream.aclose()
        ahead.expect()
    return pieces, 0.0
