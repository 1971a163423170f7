"""A slice of ``attendant bench exactly-once``: every wish that was committed has its effect once, or a person knows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.adapters.postgres.keys import ensure_cipher
from agent.cli.cluster import OwnCluster, own_cluster
from agent.evals import bench_exactly_once as bench
from agent.evals.exactly_once_parts import BLIND, FOUND, KEYED, Plan, tenant_of, wish
from agent.setup.paths import Home

pytestmark = pytest.mark.db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnCluster]:
    with own_cluster(Home(ROOT, tmp_path_factory.mktemp("exactly-once")), "slice") as made:
        yield made


async def test_kills_at_random_moments_make_no_duplicate_and_lose_nothing(cluster: OwnCluster) -> None:
    results = (await bench.bench_exactly_once(5, cluster, seed=3, has_blind=False)).results
    assert {name: results[name] for name in ("kills", "duplicates", "losses")} == {
        "kills": 5,
        "duplicates": 0,
        "losses": 0,
    }
    for half in results["halves"]:
        assert half["effects"] == half["fates"]["done"] > 0
        assert half["wishes"] == sum(half["fates"].values())


async def test_the_bench_finds_a_write_that_is_sent_again_without_asking(cluster: OwnCluster) -> None:
    key_file = cluster.folder / "keys.json"
    cipher = ensure_cipher(cluster.dsn, key_file)
    # Nor can it look before it writes.
    plan = Plan(cluster.dsn, str(key_file), 4, knows_keys=False, tenants=(BLIND,), is_forgetful=True)
    tally = await bench.Half(cluster, cipher, plan).run(2)
    assert tally.duplicates > 0


def test_each_wish_is_its_own_and_the_same_whoever_asks() -> None:
    plan = Plan("", "", 1, False, (FOUND, BLIND))
    keys = {wish(plan, number).key for number in range(1_000)}
    assert len(keys) == 1_000
    assert wish(plan, 7) == wish(Plan("x", "y", 2, False, (FOUND, BLIND), first=9), 7)
    assert (tenant_of(plan, 7), tenant_of(Plan("", "", 1, True, (KEYED,)), 7)) == (BLIND, KEYED)


@pytest.mark.parametrize(
    ("status", "is_listed", "effects", "fate"),
    [
        ("done", False, 1, "done"),
        ("done", False, 0, "done without effect"),
        ("in_doubt", True, 1, "listed"),
        ("claimed", True, 0, "listed"),
        ("in_doubt", False, 1, "forgotten"),
        ("requested", False, 0, "forgotten"),
    ],
)
def test_what_the_books_call_a_loss(cluster: OwnCluster, status: str, is_listed: bool, effects: int, fate: str) -> None:
    half = bench.Half(cluster, None, Plan("", "", 1, True, (KEYED,)))  # type: ignore[arg-type]
    assert half._fate({"key": "k", "status": status, "is_listed": is_listed}, effects) == fate
