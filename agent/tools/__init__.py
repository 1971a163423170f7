"""What the agent may ask of the world: the catalogue of tools, their arguments and their idempotency keys. Pure."""

from agent.tools.arguments import ArgumentError
from agent.tools.catalogue import CATALOGUE, Tool, check, request, tool
from agent.tools.keys import canonical, idempotency_key, is_same_request

__all__ = [
    "CATALOGUE",
    "ArgumentError",
    "Tool",
    "canonical",
    "check",
    "idempotency_key",
    "is_same_request",
    "request",
    "tool",
]
