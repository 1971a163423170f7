"""A thousand simulated calls a run: the real machine and shell on virtual time, with seeded faults."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from agent.adapters.fake.data import FakeOutbox
from agent.call import moves
from agent.evals.simulate import InvariantBroken, simulate
from agent.evals.simulated_world import STORMY, Faults
from agent.setup.tenants import SHIPPED, read_tenants
from agent.shell import outbox, runner
from agent.shell.desk import Desk
from agent.shell.runner import Runner
from agent.values.work import Effect, ToolResult, ToolStatus


@pytest.fixture(scope="module")
def tenants():
    return read_tenants(SHIPPED)


def test_on_a_fair_day_callers_get_what_they_came_for(tenants):
    tally = simulate(tenants, range(60), Faults())
    assert tally.calls == 120
    assert tally.outcomes["error"] == 0
    assert tally.bookings > 10


def test_in_a_storm_every_invariant_holds(tenants):
    tally = simulate(tenants, range(1000, 1430), STORMY)
    assert tally.calls >= 860
    assert tally.crashes > 60
    assert tally.bookings > 80


def test_callers_who_are_cut_off_and_ring_again_go_on(tenants):
    """All hang up somewhere and ring again; some of them have told enough to go on in the same case."""
    drops = Faults(tool_slow=0.3, tool_lost=0.1, early_hangup=1.0, redial=1.0, twice=0.05, late=0.05)
    tally = simulate(tenants, range(3000, 3080), drops)
    assert tally.calls > 180
    assert tally.resumed >= 3
    assert tally.bookings > 20


def test_a_line_that_the_pbx_refuses_is_closed(tenants):
    """Controllers that die often, and a PBX that refuses often: some line is opened in vain."""
    tally = simulate(tenants, range(2000, 2015), Faults(refused=10.0, crash=2.0, silence=1.0))
    assert tally.calls == 30
    assert tally.crashes > 20


# Defects that are planted, and what the checks must say of them. Each has a fault that brings it to light.

Plant = Callable[[pytest.MonkeyPatch], None]


def asked_for_twice(patch: pytest.MonkeyPatch) -> None:
    """The machine wants each booking two times: harmless, for the key is that of the wish."""
    once = moves._run_tool

    def twice(call, intent):
        call, commands = once(call, intent)
        if call.work and call.work[-1].call.effect is Effect.WRITE:
            call, more = once(call, intent)
            commands += more
        return call, commands

    patch.setattr(moves, "_run_tool", twice)


def a_key_from_the_tool_calls_id(patch: pytest.MonkeyPatch) -> None:
    asked_for_twice(patch)
    request = moves.request

    def keyed(tool_id, *wish):
        tool = request(tool_id, *wish)
        return replace(tool, key=f"{tool.key}-{tool_id}")

    patch.setattr(moves, "request", keyed)


def sent_again_without_asking(patch: pytest.MonkeyPatch) -> None:
    async def blind(*_):
        return ToolResult(ToolStatus.FAILED, {}, "not there, it is said", again_ms=0)

    patch.setattr(outbox, "_asked", blind)


def sent_before_it_is_committed(patch: pytest.MonkeyPatch) -> None:
    def hasty(self, event, commands=()):
        for command in commands:
            if isinstance(command, runner.RunTool):
                asyncio.get_running_loop().create_task(self._ports.backends.run(self.record.tenant, command.call))
        return journal(self, event, commands)

    journal = Runner._journal
    patch.setattr(Runner, "_journal", hasty)


def a_write_is_claimed_once_only(patch: pytest.MonkeyPatch) -> None:
    claim = FakeOutbox._claim

    def forgetful(self):
        job = claim(self)
        return job if job is None or job.settled or job.attempt == 1 else None

    patch.setattr(FakeOutbox, "_claim", forgetful)


def a_lease_of_half_a_minute(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(runner, "LEASE_S", 30)


def no_word_while_a_tool_works(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(moves, "TOOL_FILLER_MS", 60_000)


def every_arrival_is_a_call(patch: pytest.MonkeyPatch) -> None:
    arrived = Desk._arrived

    async def careless(self, event, group):
        known, self._runners = self._runners, {}
        await arrived(self, event, group)
        known.update(self._runners)
        self._runners = known

    patch.setattr(Desk, "_arrived", careless)


@dataclass(frozen=True)
class Defect:
    plant: Plant
    faults: Faults
    found: str
    first_seed: int = 5000


DEFECTS = [
    Defect(a_key_from_the_tool_calls_id, Faults(), "an effect happened twice"),
    Defect(sent_again_without_asking, Faults(tool_lost=0.5), "an effect happened twice"),
    Defect(sent_before_it_is_committed, Faults(), "sent before it was committed"),
    Defect(a_write_is_claimed_once_only, Faults(crash=1.2, tool_slow=0.6), "writes were never finished", 5014),
    Defect(a_lease_of_half_a_minute, Faults(crash=3.0), "was left alone"),
    Defect(no_word_while_a_tool_works, Faults(tool_slow=0.9), "was left waiting"),
    Defect(every_arrival_is_a_call, Faults(twice=0.9), "has two runners"),
]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.plant.__name__)
def test_a_planted_defect_is_found(tenants, defect: Defect, monkeypatch: pytest.MonkeyPatch):
    defect.plant(monkeypatch)
    with pytest.raises(InvariantBroken, match=defect.found):
        simulate(tenants, range(defect.first_seed, defect.first_seed + 100), defect.faults)


def test_a_wish_that_is_asked_for_twice_is_carried_out_once(tenants, monkeypatch: pytest.MonkeyPatch):
    asked_for_twice(monkeypatch)
    assert simulate(tenants, range(5000, 5010), Faults()).bookings > 2
