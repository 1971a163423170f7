"""A Postgres of a bench's own, which it may kill. Who starts processes builds one (agent.cli.cluster)."""

from pathlib import Path
from typing import Protocol


class Cluster(Protocol):
    """A running, migrated server with the product's settings. ``folder`` is for the bench's own files."""

    @property
    def dsn(self) -> str:
        """Where it listens; the same after every start."""

    @property
    def folder(self) -> Path:
        """An empty folder, gone with the cluster."""

    def kill(self) -> None:
        """As kill -9 of the whole server: recovery from the write-ahead log follows."""

    def start(self) -> None:
        """Start it again; returns when it answers. From the main thread."""
