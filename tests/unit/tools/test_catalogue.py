"""Arguments are checked before anything is asked of the world."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.tools import CATALOGUE, ArgumentError, check, request, tool
from agent.values.ids import CaseId, ToolId
from agent.values.work import Effect

BOOK = {"service": "cleaning", "start": "2026-03-05T10:00", "name": "Jane Doe", "phone": "+1 (212) 555-0199"}


def test_arguments_come_back_in_canonical_form() -> None:
    asked = {**BOOK, "name": "  Jane   Doe ", "start": "2026-03-05T10:00:00"}
    assert check("calendar.book", asked) == {**BOOK, "phone": "+12125550199"}
    question = {"service": "cleaning", "date": "2026-03-05", "time": "", "part": None}
    assert check("calendar.availability", question) == {"service": "cleaning", "date": "2026-03-05"}


@pytest.mark.parametrize(
    ("name", "change", "cause"),
    [
        ("calendar.drop", {}, "there is no tool 'calendar.drop'; there are calendar.availability"),
        ("calendar.book", {"colour": "red"}, "unknown argument 'colour'"),
        ("calendar.book", {"name": ""}, "argument 'name' is missing"),
        ("calendar.book", {"name": None}, "argument 'name' is missing"),
        ("calendar.book", {"name": "x" * 121}, "argument 'name': expected 1 to 120 characters"),
        ("calendar.book", {"name": "12 34"}, "argument 'name': expected a name"),
        ("calendar.book", {"name": "Jane\x00"}, "argument 'name': expected a name"),
        ("calendar.book", {"name": 5}, "argument 'name': expected text, not int"),
        ("calendar.book", {"phone": "call me"}, "argument 'phone': expected 3 to 15 digits"),
        ("calendar.book", {"start": "2026-02-30T10:00"}, "argument 'start'"),
        ("calendar.book", {"start": "2026-03-05"}, "argument 'start': expected YYYY-MM-DDTHH:MM"),
        ("calendar.book", {"start": "2026-03-05T10:00:30"}, "argument 'start': expected a local time"),
        ("calendar.book", {"start": "2026-03-05T10:00Z"}, "argument 'start': expected a local time"),
        ("calendar.book", {"service": "'; DROP TABLE"}, "argument 'service': expected an id"),
        ("calendar.book", {"notes": "a\x07b"}, "argument 'notes': expected at most"),
        ("calendar.availability", {"date": "20260305"}, "argument 'date': expected YYYY-MM-DD"),
        ("calendar.availability", {"time": "25:00"}, "argument 'time'"),
        ("calendar.availability", {"time": "9:00"}, "argument 'time': expected HH:MM"),
        ("calendar.availability", {"part": "evening"}, "argument 'part': expected morning or afternoon"),
    ],
)
def test_a_wrong_argument_is_named(name: str, change: dict[str, Any], cause: str) -> None:
    fitting = {"calendar.book": BOOK, "calendar.availability": {"service": "cleaning", "date": "2026-03-05"}}
    with pytest.raises(ArgumentError) as error:
        check(name, {**fitting.get(name, {}), **change})
    assert cause in str(error.value)


@given(st.sampled_from(sorted(CATALOGUE)), st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_any_arguments_are_checked_or_refused(name: str, arguments: dict[str, Any]) -> None:
    try:
        checked = check(name, arguments)
    except ArgumentError:
        return
    assert check(name, checked) == checked


@given(st.text())
def test_checking_twice_changes_nothing(text: str) -> None:
    try:
        checked = check("calendar.book", {**BOOK, "name": text, "notes": text})
    except ArgumentError:
        return
    assert check("calendar.book", checked) == checked


def test_a_request_carries_effect_deadline_and_key_of_its_wish() -> None:
    first = request(ToolId("w1"), "calendar.book", BOOK, "dental", CaseId("case-1"), "book")
    again = request(ToolId("w9"), "calendar.book", {**BOOK, "name": "jane doe"}, "dental", CaseId("case-1"), "book")
    assert (first.effect, first.deadline_ms) == (Effect.WRITE, tool("calendar.book").deadline_ms)
    assert first.key == again.key
    other = request(
        ToolId("w1"), "calendar.book", {**BOOK, "start": "2026-03-05T10:30"}, "dental", CaseId("case-1"), "book"
    )
    assert other.key != first.key


def test_a_read_is_a_read() -> None:
    assert tool("calendar.availability").effect is Effect.READ
