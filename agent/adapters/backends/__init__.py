"""The systems tools reach. Each backend is a Backends port of its own; ``RoutedBackends`` joins them.

A tenant's own backend (a webhook) goes before the one that all tenants share (the built-in calendar).
"""

from collections.abc import Mapping

from agent.ports.data import Backends
from agent.values.work import ToolCall, ToolResult, ToolStatus


class RoutedBackends:
    """Backends port: sends ``calendar.book`` to what the tenant has for it, else to the backend of ``calendar``."""

    def __init__(self, routes: Mapping[str, Backends], own: Mapping[tuple[str, str], Backends] | None = None) -> None:
        self._routes = dict(routes)
        self._own = dict(own or {})

    async def run(self, tenant: str, call: ToolCall) -> ToolResult:
        """See the port. A name without a backend FAILED."""
        backend = self._backend(tenant, call)
        return _none(call) if backend is None else await backend.run(tenant, call)

    async def ask(self, tenant: str, call: ToolCall) -> ToolResult:
        """See the port. A name without a backend by now is IN_DOUBT: it may have had one."""
        backend = self._backend(tenant, call)
        if backend is None:
            return ToolResult(ToolStatus.IN_DOUBT, {}, f"no backend for {call.name}")
        return await backend.ask(tenant, call)

    def _backend(self, tenant: str, call: ToolCall) -> Backends | None:
        return self._own.get((tenant, call.name)) or self._routes.get(call.name.partition(".")[0])


def _none(call: ToolCall) -> ToolResult:
    return ToolResult(ToolStatus.FAILED, {}, f"no backend for {call.name}")
