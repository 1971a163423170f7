"""A caller for the dialogue without a telephone: shipped tenants, a calendar in a few lines, and a transcript."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from agent import dialogue as dlg
from agent.dialogue import Decision
from agent.profiles import FILES, parse
from agent.values.case import OpenCase
from agent.values.profile import AgentProfile, Resume
from agent.values.work import Effect, ToolResult, ToolStatus

CLINIC, SALES = "bright-smile-dental", "northwind-sales"
TENANTS = Path(__file__).parents[3] / "agent" / "tenants"
TUESDAY = "2026-11-24T10:00:00-06:00"


@cache
def tenant(name: str) -> AgentProfile:
    folder = TENANTS / name
    return parse(name, {file: (folder / file).read_text() for file in FILES})


@dataclass
class Calendar:
    """Half-hour starts within the profile's hours; ``book_result`` overrides what a booking answers."""

    profile: AgentProfile
    taken: set[str] = field(default_factory=set)
    book_result: ToolResult | None = None
    booked: list[dict] = field(default_factory=list)

    def free(self, day: date) -> list[str]:
        hours = [h for h in self.profile.hours if h.weekday == day.weekday()]
        starts = [f"{day}T{m // 60:02d}:{m % 60:02d}" for h in hours for m in range(h.opens_min, h.closes_min, 30)]
        return [start for start in starts if start not in self.taken]

    def run(self, name: str, arguments: dict) -> ToolResult:
        if name == "calendar.book":
            if self.book_result:
                return self.book_result
            self.booked.append(arguments)
            row = {"appointment_id": "a1", "minutes": 30} | {k: arguments[k] for k in ("service", "start", "name")}
            return ToolResult(ToolStatus.DONE, row)
        day = date.fromisoformat(arguments["date"])
        free = self.free(day)
        after = next((d for n in range(60) if self.free(d := day + timedelta(days=n))), None)
        return ToolResult(
            ToolStatus.DONE,
            {
                "slots": free,
                "is_free": f"{day}T{arguments.get('time')}" in free,
                "closed": day.weekday() not in {h.weekday for h in self.profile.hours},
                "next_open": after.isoformat() if after else "",
            },
        )


class Call:
    """One conversation. Tools run at once; ``model`` answers what the language model is asked."""

    def __init__(
        self,
        tenant_name: str = CLINIC,
        caller: str = "+15125554567",
        wall: str = TUESDAY,
        model: Callable[[str], str] | None = None,
        open_cases: tuple[OpenCase, ...] = (),
        factor: str = "name",
    ) -> None:
        resume = Resume(factor=factor)  # type: ignore[arg-type]
        self.profile = replace(tenant(tenant_name), resume=resume)
        self.calendar = Calendar(self.profile)
        self.model = model
        self.decisions: list[Decision] = []
        self.tools: list[tuple[str, dict]] = []
        self._follow(dlg.opening(dlg.start(self.profile, wall, caller, open_cases), self.profile))

    @property
    def last(self) -> Decision:
        return self.decisions[-1]

    @property
    def slots(self) -> dict[str, str]:
        return dlg.slots(self.last.dialogue)

    @property
    def outcome(self):
        return dlg.outcome(self.last.dialogue)

    def say(self, *texts: str) -> str:
        """Say each text as a turn; what the agent answered to the last one."""
        heard = ""
        for text in texts:
            heard = self._follow(dlg.hear(self.last.dialogue, self.profile, text))
        return heard

    def key(self, *entries: str) -> str:
        """Type each entry as one; what the agent answered to the last one."""
        heard = ""
        for keys in entries:
            heard = self._follow(dlg.keyed(self.last.dialogue, self.profile, keys))
        return heard

    def _follow(self, decision: Decision) -> str:
        said = []
        while True:
            self.decisions.append(decision)
            said += [clause.text for clause in decision.clauses]
            d = decision.dialogue
            if decision.tool:
                tool = decision.tool
                assert tool.effect is (Effect.WRITE if tool.name == "calendar.book" else Effect.READ)
                self.tools.append((tool.name, tool.arguments))
                decision = dlg.tool_done(d, self.profile, tool.name, self.calendar.run(tool.name, tool.arguments))
            elif decision.model and self.model:
                text = self.model(decision.model.messages[-1][1])
                decision = dlg.model_said(d, self.profile, decision.model, text)
            elif decision.model:
                decision = dlg.model_failed(d, self.profile, decision.model)
            else:
                return " ".join(said)
