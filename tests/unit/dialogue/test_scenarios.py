"""The simulated caller's scenarios, in text: its wordings and the dialogue's must lead to what a scenario expects."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import pytest

from agent.evals.conversation import Conversation, HangUp, PressKeys, Speak, Transcribe
from agent.evals.draw import OpenTimes, draw
from agent.evals.scenario_file import load
from tests.unit.dialogue.rig import CLINIC, SALES, Call, tenant

TODAY = date(2026, 11, 23)
TICK_MS = 20


class TextCall:
    """A scenario's caller and the dialogue, talking without sound. A sixth of the calendar is taken."""

    def __init__(self, name: str, seed: int, hears: Callable[[str], str] = str) -> None:
        self.hears = hears
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
            said = (
                self.call.key(act.digits.rstrip("#"))
                if isinstance(act, PressKeys)
                else self.call.say(self.hears(act.text))
            )
            if self.call.last.transfer or self.call.last.hang_up:
                return

    def caller_does(self, said: str) -> Speak | PressKeys | HangUp:
        for hears in [True] * 10 + [False] * 5_000:
            for act in self.caller.tick(self.at_ms, hears, False):
                if isinstance(act, Transcribe):
                    self.caller.understood(act.token, said, self.at_ms)
                elif isinstance(act, Speak | PressKeys | HangUp):
                    return act
            self.at_ms += TICK_MS
        raise AssertionError("the caller neither speaks nor hangs up")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", ["book", "book-keyed", "sales-book", "demo", "ask-hours", "ask-freely", "human"])
def test_a_scenario_reaches_what_it_expects(name, seed):
    talk = TextCall(name, seed)
    talk.run()
    assert talk.call.outcome in load(name).expect
    wanted = talk.caller.wanted
    if wanted:
        booked = talk.call.calendar.booked[-1]
        assert booked["start"] == f"{wanted.day}T{wanted.at:%H:%M}"
        assert (booked["name"], booked["service"]) == (wanted.values["name"], wanted.values["service"])


SLIPS = {
    "every time": (
        r"(?i)half past \w+|\b\w+ (?:thirty|o'clock)\b|\b\w+(?= (?:a\.m\.|p\.m\.|in the (?:morning|afternoon)))",
        "well",
    ),
    "half past": (r"(?i)half past (\w+)", r"I have that one"),
    "thirty": (r"(?i)(ten|eleven|nine|eight|one|two|three) thirty", r"\1 Saturday"),
    "every day": (r"(?i)\b(?:monday|tuesday|wednesday|thursday|friday|november|december|tomorrow)\b", "some day"),
    "the month": (r"(?i)\b(?:november|december)\b", "the number"),
    "another weekday": (r"(?i)\b(?:tuesday|thursday)\b", "Friday"),
}


@pytest.mark.parametrize("seed", range(20, 26))
@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("name", ["book", "sales-book"])
def test_a_caller_who_is_misheard_in_the_same_way_all_along_still_books_what_was_wanted(name, slip, seed):
    pattern, heard = SLIPS[slip]
    talk = TextCall(name, seed, lambda text: re.sub(pattern, heard, text))
    talk.run()
    wanted = talk.caller.wanted
    assert wanted is not None
    assert [row["start"] for row in talk.call.calendar.booked] == [f"{wanted.day}T{wanted.at:%H:%M}"]
