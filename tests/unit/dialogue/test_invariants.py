"""What must hold whatever is said: random callers over real tenants, adversarial model and calendar."""

from datetime import date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from agent import dialogue as dlg
from agent.dialogue import Decision, Dialogue
from agent.values.caller import Outcome
from agent.values.work import ToolResult, ToolStatus
from tests.unit.dialogue.rig import CLINIC, SALES, tenant

NOW = datetime.fromisoformat("2026-11-24T10:00")
TURNS = st.sampled_from(
    [
        "yes",
        "no",
        "Yes, please.",
        "I'd like to book an appointment",
        "a cleaning",
        "a demo please",
        "Tuesday",
        "next Friday at two",
        "today at nine",
        "yesterday",
        "Friday the 26th",
        "half past three",
        "the first one",
        "any time",
        "anything later?",
        "Anna Lee",
        "my name is Tom Ray",
        "L E I G H",
        "five one two five five five oh one two three",
        "555",
        "no, Thursday",
        "the name is wrong",
        "start over",
        "What are your opening hours?",
        "how much is it",
        "are you a robot",
        "never mind",
        "this number is fine",
        "some other thing entirely that nobody knows",
        "what is the weather like",
        "in the morning",
        "as soon as possible",
        "next week",
        "on Sunday",
        "",
        "um",
        "say that again",
        "one moment please",
        "yes but",
        "I want to cancel my appointment",
        "8",
        "hello",
    ]
)
NOISE = st.text(max_size=60)
MODEL = st.sampled_from(
    [
        "",
        "You are booked for Friday at 3 pm.",
        '{"name":"Robert Foster"}',
        '{"intent":"book"}',
        '{"intent":"human"}',
        '{"intent":"question"}',
        '{"date":"Friday"}',
        '{"service":"cleaning"}',
        '{"time":"two"}',
        "{",
        "[1]",
        '{"name":5}',
        "Yes, we do.",
        '{"date":"next"}',
    ]
)
STARTS = ["2026-11-20T09:00", "2026-11-24T15:00", "2026-11-27T09:00", "2026-12-04T14:00", "rubbish", None]
RESULTS = st.builds(
    ToolResult,
    st.sampled_from(list(ToolStatus)),
    st.fixed_dictionaries(
        {},
        optional={
            "slots": st.one_of(st.lists(st.sampled_from(STARTS), max_size=5), st.none(), st.just("x")),
            "is_free": st.booleans(),
            "closed": st.booleans(),
            "next_open": st.sampled_from(["", "2026-11-30", "2020-01-01", "never"]),
            "start": st.just("2026-12-04T14:00"),
            "name": st.just("Anna Lee"),
        },
    ),
    st.sampled_from(["", "taken", "closed", "past", "boom"]),
)
EVENTS = st.one_of(
    st.tuples(st.just("hear"), TURNS),
    st.tuples(st.just("hear"), TURNS),
    st.tuples(st.just("hear"), NOISE),
    st.tuples(st.just("silence"), st.integers(1, 3)),
)


class Watch:
    """Follows a dialogue and checks each decision against what came before it."""

    def __init__(self, name: str) -> None:
        self.profile = tenant(name)
        self.fixed = set(dlg.fixed_phrases(self.profile))
        self.read_back: dict[str, str] | None = None
        self.may_claim = False
        self.check(dlg.opening(dlg.start(self.profile, NOW.isoformat(), "+15125554567"), self.profile), None)

    def check(self, decision: Decision, before: Dialogue | None) -> None:
        assert sum(map(bool, (decision.model, decision.tool, decision.transfer, decision.hang_up))) <= 1
        for clause in decision.clauses:
            assert clause.text.strip()
            assert not clause.fixed or clause.text in self.fixed
            assert self.may_claim or "You are booked" not in clause.text
        self.check_slots(decision)
        if decision.tool and decision.tool.name == "calendar.book":
            self.check_commit(decision)
        if decision.dialogue.asked == "confirm":
            self.read_back = dlg.slots(decision.dialogue)
        self.decision = decision

    def check_slots(self, decision: Decision) -> None:
        slots = dlg.slots(decision.dialogue)
        assert "date" not in slots or date.fromisoformat(slots["date"]) >= NOW.date()
        if "date" in slots and "time" in slots and dlg.outcome(decision.dialogue) is not Outcome.BOOKED:
            assert f"{slots['date']}T{slots['time']}" > "2026-11-24T10:00"

    def check_commit(self, decision: Decision) -> None:
        assert decision.tool is not None
        arguments = decision.tool.arguments
        assert self.read_back is not None
        assert {k: self.read_back[k] for k in ("service", "name", "phone")} == {
            k: arguments[k] for k in ("service", "name", "phone")
        }
        assert arguments["start"] == f"{self.read_back['date']}T{self.read_back['time']}"
        assert arguments["start"] > "2026-11-24T10:00"
        assert self.decision.dialogue.asked == "confirm"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([CLINIC, SALES]), st.lists(EVENTS, max_size=14), st.data())
def test_any_conversation_keeps_the_promises(name, events, data):
    watch = Watch(name)
    for kind, value in events:
        d = watch.decision.dialogue
        watch.may_claim = False
        if kind == "hear":
            watch.check(dlg.hear(d, watch.profile, value), d)
        else:
            watch.check(dlg.silence(d, watch.profile, value), d)
        _follow(watch, data)


def _follow(watch: Watch, data: st.DataObject) -> None:
    for _ in range(6):
        decision, d = watch.decision, watch.decision.dialogue
        if decision.tool:
            result = data.draw(RESULTS)
            watch.may_claim = decision.tool.name == "calendar.book" and result.status is ToolStatus.DONE
            watch.check(dlg.tool_done(d, watch.profile, decision.tool.name, result), d)
        elif decision.model:
            text = data.draw(MODEL)
            watch.check(
                dlg.model_failed(d, watch.profile, decision.model)
                if not text
                else dlg.model_said(d, watch.profile, decision.model, text),
                d,
            )
        else:
            return


BOOKING = ("I'd like to book", "cleaning", "Friday at two", "Anna Lee", "yes", "yes")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), TURNS), max_size=4))
def test_a_booking_with_interjections_commits_only_what_was_read_back(interjections):
    watch = Watch(CLINIC)
    for step, text in enumerate(BOOKING):
        for _, extra in [pair for pair in interjections if pair[0] == step]:
            _turn(watch, extra)
        _turn(watch, text)


def _turn(watch: Watch, text: str) -> None:
    d = watch.decision.dialogue
    watch.may_claim = False
    watch.check(dlg.hear(d, watch.profile, text), d)
    for _ in range(6):
        decision, d = watch.decision, watch.decision.dialogue
        if decision.tool and decision.tool.name == "calendar.book":
            watch.may_claim = True
            row = {k: decision.tool.arguments[k] for k in ("service", "start", "name")}
            watch.check(dlg.tool_done(d, watch.profile, "calendar.book", ToolResult(ToolStatus.DONE, row)), d)
        elif decision.tool:
            arguments = decision.tool.arguments
            start = f"{arguments['date']}T{arguments.get('time', '15:00')}"
            value = {"slots": [start], "is_free": True, "closed": False, "next_open": ""}
            watch.check(dlg.tool_done(d, watch.profile, decision.tool.name, ToolResult(ToolStatus.DONE, value)), d)
        elif decision.model:
            watch.check(dlg.model_failed(d, watch.profile, decision.model), d)
        else:
            return
