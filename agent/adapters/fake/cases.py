"""Cases in memory: the part of the fake journal that other calls go on from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from agent.call.codec import dumps_case, loads_case
from agent.ports.data import JournalDown
from agent.values.caller import CallRecord
from agent.values.case import OpenCase
from agent.values.ids import CallId, CaseId

CASES_MOST = 3


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case; ``left`` is None while a call has it, and when nothing is left to do."""

    tenant: str
    number: str
    left: bytes | None = None
    left_at: datetime | None = None


class Store(Protocol):
    """The committed state that cases are part of."""

    heads: dict[CallId, CallRecord]
    cases: dict[CaseId, CaseRow]
    is_down: bool


class FakeCases:
    """The journal port's methods about cases, over a store; ``_put`` queues a commit."""

    _put: Callable[[Callable[[], None]], Awaitable[None]]

    def __init__(self, store: Store) -> None:
        self._kept = store

    async def open_cases(self, tenant: str, number: str, since: datetime) -> list[OpenCase]:
        """See the port."""
        if self._kept.is_down:
            raise JournalDown("the store is away")
        rows = [
            (row.left_at, case_id, row.left)
            for case_id, row in self._kept.cases.items()
            if (row.tenant, row.number) == (tenant, number) and row.left and row.left_at and row.left_at >= since
        ]
        return [loads_case(left) for _, _, left in sorted(rows, reverse=True)[:CASES_MOST]]

    def leave_case(self, call_id: CallId, case_id: CaseId, left: OpenCase | None, at: datetime) -> Awaitable[None]:
        """See the port."""

        def commit() -> None:
            own = self._kept.heads[call_id]
            later = ((head.started_at, head.call_id) for head in self._kept.heads.values() if head.case_id == case_id)
            if own.case_id == case_id and max(later) == (own.started_at, own.call_id):
                row = self._kept.cases[case_id]
                body = dumps_case(left) if left else None
                self._kept.cases[case_id] = replace(row, left=body, left_at=at if left else None)

        return self._put(commit)

    def join_case(self, call_id: CallId, case_id: CaseId) -> Awaitable[None]:
        """See the port."""

        def commit() -> None:
            self._kept.heads[call_id] = replace(self._kept.heads[call_id], case_id=case_id)
            self._close(case_id)

        return self._put(commit)

    def close_case(self, call_id: CallId, case_id: CaseId) -> Awaitable[None]:  # noqa: ARG002
        """See the port."""
        return self._put(lambda: self._close(case_id))

    def _close(self, case_id: CaseId) -> None:
        if case_id in self._kept.cases:
            self._kept.cases[case_id] = replace(self._kept.cases[case_id], left=None, left_at=None)
