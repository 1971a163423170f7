"""``attendant bench exactly-once``: kill -9 of controller, outbox and Postgres at random moments, and then the books.

Real Postgres, the real journal and outbox in processes of their own, a real HTTP endpoint that counts its effects by
itself: by the caller's number, which is one per wish. In the first half of the kills the endpoint keeps our keys, in
the second it ignores them; half of its wishes can be found there by their arguments, of the others nobody can tell.

A *duplicate* is an effect beyond the first of one wish. A *loss* is a committed wish that in the end is neither done,
nor failed with a reason, nor on the list for people; or one whose fate is told wrongly: done without an effect, failed
with one.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg.rows import dict_row

from agent.adapters.postgres.crypto import Cipher
from agent.adapters.postgres.keys import ensure_cipher
from agent.evals import exactly_once_parts as parts
from agent.evals.cluster import Cluster
from agent.evals.compare import BenchResult, conditions
from agent.evals.exactly_once_parts import BLIND, FOUND, KEYED, Plan

MOMENT_S = (0.02, 0.8)
SETTLED_S = 240.0
UP_S = 60.0
VICTIMS = ("controller", "outbox", "postgres", "all")
_FATES = """
SELECT a.tenant, a.key, a.status, a.result_sealed, p.key IS NOT NULL AS is_listed
FROM actions a LEFT JOIN actions_for_people p ON p.tenant = a.tenant AND p.key = a.key
"""


@dataclass(slots=True)
class Tally:
    """What one half came to. ``fates`` counts the committed wishes by how they stand in the end."""

    knows_keys: bool
    kills: Counter[str] = field(default_factory=Counter)
    wishes: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    effects: int = 0
    requests: int = 0
    duplicates: int = 0
    losses: int = 0

    def as_json(self) -> dict[str, Any]:
        """As it is printed."""
        return {name: getattr(self, name) for name in self.__slots__}


async def bench_exactly_once(n: int, cluster: Cluster, seed: int = 1, has_blind: bool = True) -> BenchResult:
    """``n`` kills. ``has_blind`` False leaves out what must wait a minute to be listed."""
    before = conditions()
    key_file = cluster.folder / "keys.json"
    cipher = ensure_cipher(cluster.dsn, key_file)
    tallies: list[Tally] = []
    for knows_keys, kills in ((True, n - n // 2), (False, n // 2)):
        tenants = (KEYED,) if knows_keys else (FOUND, BLIND) if has_blind else (FOUND,)
        plan = Plan(cluster.dsn, str(key_file), seed + len(tallies), knows_keys, tenants)
        tallies.append(await Half(cluster, cipher, plan).run(kills))
    results = {
        "kills": sum(t.kills.total() for t in tallies),
        "duplicates": sum(t.duplicates for t in tallies),
        "losses": sum(t.losses for t in tallies),
        "seed": seed,
        "halves": [t.as_json() for t in tallies],
    }
    after = {"load_average_after": conditions()["load_average"]}
    return BenchResult("exactly-once", n, before | after, results, None, None)


class Part:
    """One process, and what it says."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.said: list[str] = []
        self.port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._is_up = asyncio.Event()

    async def start(self, cluster: Cluster, plan: Plan) -> None:
        """Start it; returns when it works. RuntimeError when it ends before."""
        self._is_up.clear()
        argv = ("setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-m", parts.__name__, self.role, plan.dumps())
        with (cluster.folder / f"{self.role}.log").open("ab") as log:
            pipe = asyncio.subprocess.PIPE
            self._process = await asyncio.create_subprocess_exec(*argv, stdout=pipe, stderr=log, limit=2**24)
        self._listening = asyncio.create_task(self._listen())
        up = asyncio.create_task(self._is_up.wait())
        await asyncio.wait({up, self._listening}, timeout=UP_S, return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        if not self._is_up.is_set():
            raise RuntimeError(f"the bench's {self.role} did not start: see {cluster.folder / self.role}.log")

    async def end(self, *, is_killed: bool = True) -> None:
        """Kill it, or ask it to end; returns when it is gone and its last word was read."""
        if self._process is None or self._listening is None:
            return
        if self._process.returncode is None:
            (self._process.kill if is_killed else self._process.terminate)()
        await self._process.wait()
        await self._listening
        self._process = None

    async def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            words = line.decode().rstrip("\n")
            if not line.endswith(b"\n"):
                continue  # cut by the kill
            if words.startswith("up"):
                self.port = int(words[2:] or 0)
                self._is_up.set()
            else:
                self.said.append(words)


class Half:
    """One endpoint, one plan, and its kills."""

    def __init__(self, cluster: Cluster, cipher: Cipher, plan: Plan) -> None:
        self._cluster = cluster
        self._cipher = cipher
        self._plan = plan
        self._chance = random.Random(plan.seed)
        self._parts = {role: Part(role) for role in ("endpoint", "outbox", "controller")}
        self._lives = 0
        self._tally = Tally(plan.knows_keys)

    async def run(self, kills: int) -> Tally:
        """Kill, start again, and at last do the books."""
        with psycopg.connect(self._cluster.dsn) as connection:
            connection.execute("TRUNCATE cases, calls, journal, actions, tool_calls")
        try:
            await self._parts["endpoint"].start(self._cluster, self._plan)
            self._plan = replace(self._plan, port=self._parts["endpoint"].port)
            await self._start("outbox", "controller")
            for _ in range(kills):
                await asyncio.sleep(self._chance.uniform(*MOMENT_S))
                await self._kill(self._chance.choice(VICTIMS))
            await self._parts["controller"].end()
            await self._settled()
            await asyncio.sleep(parts.LATE_S * 2)  # what the endpoint still had in hand, it has done
            await self._parts["outbox"].end()
            await self._parts["endpoint"].end(is_killed=False)
        finally:
            for part in self._parts.values():
                await part.end()
        return self._books()

    async def _start(self, *roles: str) -> None:
        self._lives += "controller" in roles
        plan = replace(self._plan, first=1_000 * self._lives)
        await asyncio.gather(*(self._parts[role].start(self._cluster, plan) for role in roles))

    async def _kill(self, victim: str) -> None:
        self._tally.kills[victim] += 1
        roles = [role for role in ("controller", "outbox") if victim in (role, "all")]
        is_postgres = victim in ("postgres", "all")
        if is_postgres:
            self._cluster.kill()
        await asyncio.gather(*(self._parts[role].end() for role in roles))
        if is_postgres:
            await asyncio.sleep(self._chance.uniform(0, 0.3))
            self._cluster.start()
        await self._start(*roles)

    async def _settled(self) -> None:
        """Return when every wish is known, or listed for people; or when that takes too long, which the books tell."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + SETTLED_S
        while loop.time() < ends:
            if all(row["is_listed"] or row["status"] in ("done", "failed") for row in self._rows()):
                return
            await asyncio.sleep(0.2)

    def _rows(self) -> list[dict[str, Any]]:
        with psycopg.connect(self._cluster.dsn, row_factory=dict_row) as connection:
            return connection.execute(_FATES).fetchall()

    def _books(self) -> Tally:
        tally = self._tally
        did = json.loads(next(line[4:] for line in self._parts["endpoint"].said if line.startswith("did ")))
        effects = Counter(did["effects"])
        rows = {row["key"]: row for row in self._rows()}
        acknowledged = {line[4:] for line in self._parts["controller"].said if line.startswith("ack ")}
        phones = self._phones()
        tally.wishes, tally.requests, tally.effects = len(rows), did["requests"], effects.total()
        tally.duplicates = sum(times - 1 for times in effects.values())
        tally.fates = Counter(self._fate(row, effects[phones[key]]) for key, row in rows.items())
        tally.fates["gone"] += len(acknowledged - set(rows))
        tally.losses = sum(times for fate, times in tally.fates.items() if fate not in ("done", "failed", "listed"))
        return tally

    def _phones(self) -> Mapping[str, str]:
        """The caller's number of each key that can have been asked for."""
        numbers = (1_000 * life + n for life in range(1, self._lives + 1) for n in range(1_000))
        wishes = (parts.wish(self._plan, number) for number in numbers)
        return {call.key: call.arguments["phone"] for call in wishes}

    def _fate(self, row: Mapping[str, Any], effects: int) -> str:
        if row["status"] == "done":
            return "done" if effects else "done without effect"
        if row["status"] == "failed":
            place = f"actions.result_sealed:{row['key']}"
            has_reason = bool(json.loads(self._cipher.open(row["result_sealed"], place))["error"])
            return "failed with effect" if effects else "failed" if has_reason else "failed without reason"
        return "listed" if row["is_listed"] else "forgotten"
