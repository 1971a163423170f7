"""A thousand simulated calls a run: the real machine and shell on virtual time, with seeded faults."""

import pytest

from agent.evals.simulate import simulate
from agent.evals.simulated_world import STORMY, Faults
from agent.setup.tenants import SHIPPED, read_tenants


@pytest.fixture(scope="module")
def tenants():
    return read_tenants(SHIPPED)


def test_on_a_fair_day_callers_get_what_they_came_for(tenants):
    tally = simulate(tenants, range(60), Faults())
    assert tally.calls == 120
    assert tally.outcomes["error"] == 0
    assert tally.bookings > 10


def test_in_a_storm_every_invariant_holds(tenants):
    tally = simulate(tenants, range(1000, 1450), STORMY)
    assert tally.calls == 900
    assert tally.crashes > 40
    assert tally.bookings > 50


def test_a_line_that_the_pbx_refuses_is_closed(tenants):
    """Controllers that die often, and a PBX that refuses often: some line is opened in vain."""
    tally = simulate(tenants, range(2000, 2015), Faults(refused=10.0, crash=2.0, silence=1.0))
    assert tally.calls == 30
    assert tally.crashes > 20
