"""The console as a process: reader, web server, until cancelled."""

import asyncio
import errno
import ipaddress
from pathlib import Path

import structlog
from aiohttp import web

from agent.adapters.postgres.calls import CallReader
from agent.adapters.postgres.crypto import load_cipher
from agent.console.site import make_app

log = structlog.get_logger()


class ConsolePortInUse(RuntimeError):
    """Something else listens on the console's port. The text names the address."""


async def serve(
    dsn: str, key_file: Path, host: str = "127.0.0.1", port: int = 8080, show_numbers: bool = False
) -> None:
    """Serve the console until cancelled.

    Raises ConsolePortInUse, KeyTrouble for an unusable key file, ValueError for a host that is not loopback. A
    database that is away is no error: the page says so and comes back with it.
    """
    reader = CallReader(dsn, load_cipher(key_file))
    try:
        await serve_app(make_app(reader, show_numbers), host, port)
    finally:
        await reader.close()


async def serve_app(app: web.Application, host: str, port: int) -> None:
    """Serve ``app`` until cancelled. Raises ConsolePortInUse, ValueError."""
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"console host {host}: the console has no log-in, it listens on loopback only; use 127.0.0.1")
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise ConsolePortInUse(f"{host}:{port} is in use") from None
        log.info("console is up", url=f"http://{host}:{port}/")
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
