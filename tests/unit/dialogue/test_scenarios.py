"""The simulated caller's scenarios, in text: its wordings and the dialogue's must lead to what a scenario expects."""

from datetime import date, timedelta
from random import Random

import pytest

from agent.evals.conversation import Conversation, HangUp, Speak, Transcribe
from agent.evals.draw import OpenTimes, draw
from agent.evals.scenario_file import load
from tests.unit.dialogue.rig import CLINIC, SALES, Call, tenant

TODAY = date(2026, 11, 23)
TICK_MS = 20


class TextCall:
    """A scenario's caller and the dialogue, talking without sound. A sixth of the calendar is taken."""

    def __init__(self, name: str, seed: int) -> None:
        scenario = load(name)
        tenant_name = CLINIC if scenario.dial in tenant(CLINIC).numbers else SALES
        script = draw(scenario, 1, seed, OpenTimes(tenant(tenant_name).hours, TODAY))[0]
        self.call = Call(
            tenant_name,
            caller=script.caller,
            wall=f"{TODAY}T10:00:00",
            model=lambda message: "A dentist should look at it in a check-up.",
        )
        calendar = self.call.calendar
        starts = [start for n in range(25) for start in calendar.free(TODAY + timedelta(days=n))]
        calendar.taken = set(Random(seed).sample(starts, len(starts) // 6))
        self.caller, self.at_ms = Conversation(script, 0), 0

    def run(self) -> None:
        said = " ".join(clause.text for clause in self.call.last.clauses)
        for _ in range(40):
            act = self.caller_does(said)
            if isinstance(act, HangUp):
                return
            said = self.call.say(act.text)
            if self.call.last.transfer or self.call.last.hang_up:
                return

    def caller_does(self, said: str) -> Speak | HangUp:
        for hears in [True] * 10 + [False] * 5_000:
            for act in self.caller.tick(self.at_ms, hears, False):
                if isinstance(act, Transcribe):
                    self.caller.understood(act.token, said, self.at_ms)
                elif isinstance(act, Speak | HangUp):
                    return act
            self.at_ms += TICK_MS
        raise AssertionError("the caller neither speaks nor hangs up")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", ["book", "sales-book", "demo", "ask-hours", "ask-freely", "human"])
def test_a_scenario_reaches_what_it_expects(name, seed):
    talk = TextCall(name, seed)
    talk.run()
    assert talk.call.outcome in load(name).expect
    wanted = talk.caller.wanted
    if wanted:
        booked = talk.call.calendar.booked[-1]
        assert booked["start"] == f"{wanted.day}T{wanted.at:%H:%M}"
        assert (booked["name"], booked["service"]) == (wanted.values["name"], wanted.values["service"])
