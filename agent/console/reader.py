"""What the console needs to know of calls. ``agent.adapters.postgres.calls.CallReader`` is the real one."""

from collections.abc import AsyncIterator
from typing import Protocol

from agent.adapters.postgres.calls import AppointmentRow
from agent.ports.data import Entry
from agent.values.caller import CallRecord
from agent.values.ids import CallId


class CallsReader(Protocol):
    """The read model of calls. Queries raise DatabaseDown or KeyTrouble."""

    async def live_calls(self) -> list[CallRecord]:
        """Calls that were opened and not closed, oldest first."""

    async def recent(self, n: int) -> list[CallRecord]:
        """The ``n`` newest calls, newest first; live ones are among them."""

    async def call(self, call_id: str) -> CallRecord | None:
        """One call's head."""

    async def events(self, call_id: str) -> list[Entry]:
        """The committed journal of a call, in order. Raises CodecError for one this version cannot read."""

    async def appointments_by_case(self, case_id: str) -> list[AppointmentRow]:
        """All appointments a case ever made, newest first."""

    def changes(self) -> AsyncIterator[CallId]:
        """The id of each call that changed, as it is committed, for ever."""
