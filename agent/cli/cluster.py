"""The embedded Postgres as a bench has it: fresh, of its own, and free to be killed."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.adapters.postgres.migrate import migrate
from agent.setup import postgres
from agent.setup.paths import Home


class OwnCluster:
    """See agent.evals.cluster; in a home of its own below ``var``."""

    def __init__(self, own: Home) -> None:
        self._own = own
        self._server = postgres.start_embedded(own)

    @property
    def dsn(self) -> str:
        """See the protocol."""
        return self._server.dsn

    @property
    def folder(self) -> Path:
        """See the protocol."""
        return self._own.var

    def kill(self) -> None:
        """See the protocol."""
        assert self._server.child is not None
        os.kill(self._server.child.pid, signal.SIGKILL)
        self.stop()

    def start(self) -> None:
        """See the protocol."""
        self._server = postgres.start_embedded(self._own)

    def stop(self) -> None:
        """End it, and what is left of its processes."""
        self._server.stop()


@contextmanager
def own_cluster(here: Home, name: str) -> Iterator[OwnCluster]:
    """A migrated cluster for the block; nothing of it is left."""
    own = Home(here.root, here.var / "bench" / name)
    shutil.rmtree(own.var, ignore_errors=True)
    cluster = OwnCluster(own)
    try:
        migrate(cluster.dsn)
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(own.var, ignore_errors=True)
