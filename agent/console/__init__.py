"""The operators' page in the browser, read-only: live calls, transcript as heard, latency by turn. Its own process."""

from agent.console.reader import CallsReader
from agent.console.server import ConsolePortInUse, serve
from agent.console.site import make_app

__all__ = ["CallsReader", "ConsolePortInUse", "make_app", "serve"]
