"""The line drops and the caller rings again: real shell, virtual time, a database that outlives the calls."""

import asyncio
from dataclasses import replace

from agent.adapters.fake.system import run_virtual
from agent.call import events as ev
from agent.call.codec import loads
from agent.evals.simulated_world import arrival
from agent.ports.telephony import ChannelArrived
from agent.shell.desk import Tenants
from agent.values.caller import CallRecord, Outcome
from tests.unit.shell.story import DENTAL, Story

CALLER = "+15125554567"
BOOK = "I'd like a check-up next Tuesday at 2 p.m."


class Caller(Story):
    """One caller, who may ring more than once."""

    def __init__(self, caller: str = CALLER, within_min: int | None = None) -> None:
        super().__init__()
        if within_min is not None:
            self._with_window(within_min)
        self.number = caller
        self.world.telephony.lose(self.channel.channel_id)
        self.rings()

    def _with_window(self, within_min: int) -> None:
        tenants = self.world._desk._tenants  # type: ignore[union-attr]
        profile = tenants.by_number[DENTAL]
        changed = replace(profile, resume=replace(profile.resume, within_min=within_min))
        self.world._desk._tenants = Tenants(  # type: ignore[union-attr]
            {DENTAL: changed}, tenants.texts, tenants.parse
        )

    def rings(self) -> ChannelArrived:
        self.channel = arrival(self.world, DENTAL, self.number)
        return self.channel

    def drops(self) -> None:
        self.world.telephony.lose(self.channel.channel_id)

    async def talks(self, *turns: str) -> None:
        for words in turns:
            await self.listening()
            await self.says(words)
        await self.listening()

    async def to_the_read_back(self) -> None:
        await self.talks(BOOK, "My name is Anna Lee.", "Yes, please.")
        assert self.asked == "confirm"

    @property
    def asked(self) -> str:
        return self.runner.call.dialogue.asked

    async def closed(self) -> None:
        """All calls are over and in the books."""
        await self.until(lambda: all(head.ended_at for head in self.world.store.heads.values()), 60)

    def head(self) -> CallRecord:
        """The latest call's."""
        return max(self.world.store.heads.values(), key=lambda head: (head.started_at, head.call_id))

    def arrived(self) -> ev.CallArrived:
        first = loads(self.world.store.journal[self.head().call_id][1])
        assert isinstance(first, ev.CallArrived)
        return first


def lived(story, **wishes) -> Caller:  # type: ignore[no-untyped-def]
    async def live() -> Caller:
        one = Caller(**wishes)
        await story(one)
        await one.closed()
        one.world.check_alive()
        await one.world.stop_controller()
        return one

    return run_virtual(live())


def test_a_booking_goes_on_after_a_drop_and_is_one_row_of_one_case() -> None:
    async def story(one: Caller) -> None:
        await one.to_the_read_back()
        one.drops()
        await one.closed()
        one.rings()
        await one.talks("Yes, we were cut off.", "Anna Lee.", "Yes, please.")
        assert one.asked == "confirm"
        await one.talks("Yes.")
        one.drops()

    one = lived(story)
    *_, first, second = sorted(one.world.store.heads.values(), key=lambda head: head.started_at)
    assert (first.outcome, second.outcome) == (Outcome.DROPPED, Outcome.BOOKED)
    assert first.case_id == second.case_id
    assert len(one.world.calendar.appointments) == len(one.world.store.actions) == 1
    assert all(row.left is None for row in one.world.store.cases.values())


def test_what_was_booked_while_the_line_was_down_is_told() -> None:
    async def story(one: Caller) -> None:
        await one.to_the_read_back()
        await one.says("Yes.")
        one.drops()
        await one.until(lambda: len(one.world.calendar.appointments) == 1)
        one.rings()
        await one.talks("Yes.", "My name is Anna Lee.")
        assert one.runner.call.outcome is None
        assert any("You are booked" in text for who, text in one.runner.call.dialogue.history if who == "agent")
        one.drops()

    one = lived(story)
    assert one.head().outcome is Outcome.BOOKED
    assert len(one.world.calendar.appointments) == len(one.world.store.actions) == 1


def test_a_case_is_not_offered_on_two_lines_at_once() -> None:
    async def story(one: Caller) -> None:
        await one.to_the_read_back()
        one.drops()
        await one.closed()
        one.rings()
        await one.listening()
        assert one.asked == "again"
        first = one.channel
        one.rings()
        await one.listening()
        assert one.asked == "start"
        one.drops()
        one.world.telephony.lose(first.channel_id)
        await one.closed()
        one.rings()
        await one.listening()
        assert one.asked == "again"
        one.drops()

    lived(story)


def test_while_one_call_has_the_case_another_does_not_see_it() -> None:
    async def story(one: Caller) -> None:
        await one.to_the_read_back()
        one.rings()
        await one.listening()
        assert one.asked == "start"
        one.drops()
        for runner in one.world._desk.runners.values():  # type: ignore[union-attr]
            one.world.telephony.lose(runner.record.channel_id)  # type: ignore[arg-type]

    lived(story)


def test_without_a_window_or_a_number_nothing_is_offered() -> None:
    async def story(one: Caller) -> None:
        await one.to_the_read_back() if one.number == CALLER else await one.talks(BOOK, "My name is Anna Lee.")
        one.drops()
        await one.closed()
        one.rings()
        await one.listening()
        assert one.asked == "start"
        assert one.arrived().open_cases == ()
        one.drops()

    lived(story, within_min=0)
    lived(story, caller="anonymous")
    lived(story, caller="+266696687")


def test_after_the_window_nothing_is_offered() -> None:
    async def story(one: Caller) -> None:
        await one.to_the_read_back()
        one.drops()
        await asyncio.sleep(121 * 60)
        one.rings()
        await one.listening()
        assert one.asked == "start"
        one.drops()

    lived(story)


def test_a_killed_controllers_case_is_offered_by_the_next_one() -> None:
    async def story(one: Caller) -> None:
        await one.to_the_read_back()
        await one.world.kill_controller()
        one.drops()
        await asyncio.sleep(5)
        one.world.start_controller()
        one.world.telephony.restore_link()
        await one.closed()
        one.rings()
        await one.talks("Yes.", "Anna Lee.", "Yes.")
        assert one.asked == "confirm"
        one.drops()

    one = lived(story)
    *_, first, second = sorted(one.world.store.heads.values(), key=lambda head: head.started_at)
    assert first.case_id == second.case_id
