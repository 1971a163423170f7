"""The systems tools reach. Each backend is a Backends port of its own; ``RoutedBackends`` joins them by name."""

from collections.abc import Mapping

from agent.ports.data import Backends
from agent.values.work import ToolCall, ToolResult, ToolStatus


class RoutedBackends:
    """Backends port: sends ``calendar.book`` to the backend of ``calendar``."""

    def __init__(self, routes: Mapping[str, Backends]) -> None:
        self._routes = dict(routes)

    async def run(self, tenant: str, call: ToolCall) -> ToolResult:
        """See the port. A name without a backend FAILED."""
        backend = self._routes.get(call.name.partition(".")[0])
        if backend is None:
            return ToolResult(ToolStatus.FAILED, {}, f"no backend for {call.name}")
        return await backend.run(tenant, call)
