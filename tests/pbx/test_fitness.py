"""The running PBX against what the code believes of it."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from agent.adapters.asterisk import AriClient, check_pbx
from agent.adapters.system.priority import may_take_realtime
from agent.setup.pbx_pair import PbxPair
from scripts.generate_ari_operations import OUTPUT, operations, render
from tests.pbx.pair import carrier_ari, pbx_ari

pytestmark = pytest.mark.pbx


async def test_both_instances_are_fit(pair: PbxPair) -> None:
    for config in (pbx_ari(pair), carrier_ari(pair)):
        async with AriClient(config) as ari:
            assert await check_pbx(ari) == []


def test_both_started_without_a_word_of_complaint(pair: PbxPair) -> None:
    for process in (pair.pbx, pair.carrier):
        started = process.log.read_text().split("Asterisk Ready")[0]
        assert "ERROR" not in started
        assert "WARNING" not in started


def test_both_run_before_others_where_the_system_allows_it(pair: PbxPair) -> None:
    """Every thread: the one that moves the audio is not the first."""
    wanted = os.SCHED_RR if may_take_realtime() else os.SCHED_OTHER
    for process in (pair.pbx, pair.carrier):
        threads = [int(entry.name) for entry in Path(f"/proc/{process.pid}/task").iterdir()]
        assert {os.sched_getscheduler(thread) for thread in threads} == {wanted}


def test_the_table_of_operations_is_this_asterisks(pair: PbxPair) -> None:
    rest_api = pair.pbx.install.data_dir / "rest-api"
    assert render(operations(rest_api)) == OUTPUT.read_text(), "run scripts/generate_ari_operations.py"


async def test_a_wrong_password_is_one_finding(pair: PbxPair) -> None:
    async with AriClient(replace(pbx_ari(pair), password="not-the-password")) as ari:
        (finding,) = await check_pbx(ari)
    assert "password" in finding
