"""The tools there are: arguments, effect, deadline. A tool that is not here does not exist."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.tools.arguments import (
    ArgumentError,
    Parameter,
    a_date,
    a_local_minute,
    a_name,
    a_note,
    a_part,
    a_phone,
    a_time,
    an_id,
)
from agent.tools.keys import idempotency_key
from agent.values.ids import CaseId, ToolId
from agent.values.work import Effect, ToolCall


@dataclass(frozen=True, slots=True)
class Tool:
    """One entry of the catalogue. After ``deadline_ms`` the call goes on without an answer."""

    name: str
    effect: Effect
    deadline_ms: int
    parameters: tuple[Parameter, ...]


CATALOGUE: dict[str, Tool] = {
    entry.name: entry
    for entry in (
        Tool(
            "calendar.availability",
            Effect.READ,
            2_000,
            (
                Parameter("service", an_id),
                Parameter("date", a_date),
                Parameter("time", a_time, is_required=False),
                Parameter("part", a_part, is_required=False),
            ),
        ),
        Tool(
            "calendar.book",
            Effect.WRITE,
            8_000,
            (
                Parameter("service", an_id),
                Parameter("start", a_local_minute),
                Parameter("name", a_name),
                Parameter("phone", a_phone),
                Parameter("notes", a_note, is_required=False),
            ),
        ),
    )
}


def tool(name: str) -> Tool:
    """The tool of that name. Raises ArgumentError for one that does not exist."""
    if name not in CATALOGUE:
        raise ArgumentError(f"there is no tool {name!r}; there are {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def check(name: str, arguments: Mapping[str, Any]) -> dict[str, str]:
    """The arguments in canonical form. Raises ArgumentError naming tool, argument and cause."""
    parameters = {p.name: p for p in tool(name).parameters}
    if unknown := sorted(map(str, set(arguments) - set(parameters))):
        raise ArgumentError(f"{name}: unknown argument {unknown[0]!r}")
    checked = {}
    for parameter in parameters.values():
        value = arguments.get(parameter.name)
        if value is None or value == "":
            if parameter.is_required:
                raise ArgumentError(f"{name}: argument {parameter.name!r} is missing")
            continue
        checked[parameter.name] = _checked(name, parameter, value)
    return checked


def request(
    tool_id: ToolId, name: str, arguments: Mapping[str, Any], tenant: str, case_id: CaseId, intent: str
) -> ToolCall:
    """A checked call of a tool under its idempotency key; ``intent`` is the id of the task it serves.

    Raises ArgumentError.
    """
    checked = check(name, arguments)
    key = idempotency_key(tenant, case_id, f"{intent}/{name}", checked)
    return ToolCall(tool_id, name, dict(checked), CATALOGUE[name].effect, key, CATALOGUE[name].deadline_ms)


def _checked(name: str, parameter: Parameter, value: Any) -> str:
    if not isinstance(value, str):
        raise ArgumentError(f"{name}: argument {parameter.name!r}: expected text, not {type(value).__name__}")
    try:
        return parameter.check(value)
    except ValueError as error:
        raise ArgumentError(f"{name}: argument {parameter.name!r}: {error}") from None
