"""What callers who ring again may go on with. A case is offered in one call at a time."""

from datetime import timedelta

import structlog

from agent.call.state import Call
from agent.policy.resume import is_told
from agent.ports import Journal, JournalDown
from agent.values.caller import CallRecord
from agent.values.case import OpenCase
from agent.values.ids import CallId, CaseId
from agent.values.profile import AgentProfile

log = structlog.get_logger()


class Cases:
    """The look for what earlier calls left; knows what the live calls of this controller were offered."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._offered: dict[CallId, frozenset[CaseId]] = {}

    async def of(self, record: CallRecord, profile: AgentProfile) -> tuple[OpenCase, ...]:
        """What this caller left unfinished, the newest first; nothing for a withheld number, or when it cannot be read.

        Until ``over`` no other call is offered it.
        """
        number, within = record.caller.number, timedelta(minutes=profile.resume.within_min)
        if not within or record.direction != "inbound" or not is_told(number):
            return ()
        try:
            found = await self._journal.open_cases(record.tenant, number, record.started_at - within)
        except JournalDown as error:
            log.warning("earlier cases cannot be read, the call begins anew", call_id=record.call_id, cause=str(error))
            return ()
        taken = frozenset().union(*self._offered.values())
        free = tuple(case for case in found if case.case_id not in taken)
        self._offered[record.call_id] = frozenset(case.case_id for case in free)
        return free

    def adopt(self, call: Call) -> None:
        """A call of an earlier controller goes on, and what it was offered stays its own."""
        if call.dialogue is not None:
            self._offered[call.call_id] = frozenset(case.case_id for case in call.dialogue.open_cases)

    def over(self, call_id: CallId) -> None:
        """The call has ended: what it left may be offered."""
        self._offered.pop(call_id, None)
