"""Connections to a stack's model workers, for as long as a bench needs them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent.adapters.models.connection import WorkerConnection
from agent.evals.address import StackAddress


@asynccontextmanager
async def connected(stack: StackAddress, *kinds: str) -> AsyncIterator[dict[str, WorkerConnection]]:
    """A connection per kind of worker (vad, stt, tts, caller), closed at the end."""
    connections = {kind: WorkerConnection(stack.workers_dir / f"{kind}.sock") for kind in kinds}
    try:
        yield connections
    finally:
        for connection in connections.values():
            await connection.close()
