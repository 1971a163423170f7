"""What is sent to a tenant's endpoint, and what its answers mean."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.tools import webhook
from agent.tools.webhook import Answer, found, outcome
from agent.values.ids import ToolId
from agent.values.work import Effect, ToolCall, ToolResult, ToolStatus

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECRET = b"sixteen characters"
WRITE = ToolCall(
    ToolId("w1"), "calendar.book", {"start": "2026-03-02T10:00", "name": "Zoë"}, Effect.WRITE, "k-1", 8_000
)
READ = replace(WRITE, name="calendar.availability", effect=Effect.READ)
DOUBT, FAILED, DONE = ToolStatus.IN_DOUBT, ToolStatus.FAILED, ToolStatus.DONE


def answer(said: object, status: int = 200, **more: object) -> Answer:
    return Answer(status, "application/json; charset=utf-8", json.dumps(said).encode(), **more)  # type: ignore[arg-type]


def test_the_request_says_what_is_wanted_and_for_whom() -> None:
    assert json.loads(webhook.request_body("dental", WRITE)) == {
        "tenant": "dental",
        "tool": "calendar.book",
        "effect": "write",
        "key": "k-1",
        "arguments": {"start": "2026-03-02T10:00", "name": "Zoë"},
    }
    wanted = json.loads(webhook.find_body("dental", WRITE, ("start", "phone")))
    assert wanted["arguments"] == {"start": "2026-03-02T10:00", "phone": ""}


def test_the_signature_is_the_documented_one() -> None:
    expected = hmac.new(SECRET, b"1772366400.k-1.{}", hashlib.sha256).hexdigest()
    assert webhook.signature(SECRET, 1772366400, "k-1", b"{}") == f"t=1772366400,v1={expected}"


@pytest.mark.parametrize(
    ("key", "body", "now_s"), [("k-2", b"{}", 1000), ("k-1", b"{ }", 1000), ("k-1", b"{}", 1301), ("k-1", b"{}", 699)]
)
def test_a_request_that_was_altered_or_kept_is_not_ours(key: str, body: bytes, now_s: int) -> None:
    header = webhook.signature(SECRET, 1000, "k-1", b"{}")
    assert webhook.is_signed(SECRET, header, "k-1", b"{}", 1300)
    assert not webhook.is_signed(SECRET, header, key, body, now_s)
    assert not webhook.is_signed(b"another secret....", header, "k-1", b"{}", 1000)


@given(st.text())
def test_no_header_raises(header: str) -> None:
    assert not webhook.is_signed(SECRET, header, "k", b"", 0)


@pytest.mark.parametrize(
    ("given", "status", "error", "again_ms"),
    [
        (answer({"status": "done", "value": {"appointment_id": "a-1"}}), DONE, "", None),
        (answer({"status": "done"}, 201), DONE, "", None),
        (answer({"status": "failed", "error": "taken"}), FAILED, "taken", None),
        (answer({"status": "failed"}), DOUBT, "the answer says neither done nor failed", None),
        (answer({"status": "pending"}, 202), DOUBT, "the answer says neither done nor failed", None),
        (answer({"ok": True}), DOUBT, "the answer says neither done nor failed", None),
        (answer(["done"]), DOUBT, "the answer is not an object", None),
        (answer({"status": "done", "value": []}), DOUBT, "the answer's value does not fit the tool", None),
        (
            answer({"status": "done", "value": {"start": "soon"}}),
            DOUBT,
            "the answer's value does not fit the tool",
            None,
        ),
        (answer({"status": "done"}, is_whole=False), DOUBT, "the answer is too long or broke off", None),
        (Answer(200, "text/html", b'{"status": "done"}'), DOUBT, "the answer is not JSON", None),
        (Answer(200, "application/json", b'{"status": "do'), DOUBT, "the answer is not JSON", None),
        (Answer(200, "application/json", b"[" * 60_000), DOUBT, "the answer is not JSON", None),
        (
            Answer(200, "application/json", b'{"status": "done", "value": {"x": NaN}}'),
            DOUBT,
            "the answer is not JSON",
            None,
        ),
        (answer({}, 500), DOUBT, "answered 500", None),
        (answer({}, 504), DOUBT, "answered 504", None),
        (answer({}, 409), DOUBT, "answered 409", None),
        (answer({}, 302), DOUBT, "answered 302", None),
        (answer({}, 307), FAILED, "refused (307)", None),
        (answer({}, 401), FAILED, "refused (401)", None),
        (answer({}, 422), FAILED, "key reused", None),
        (answer({}, 503), FAILED, "busy (503)", 0),
        (answer({}, 429, retry_after="7"), FAILED, "busy (429)", 7_000),
        (answer({}, 429, retry_after="Sun, 01 Mar 2026 12:00:09 GMT"), FAILED, "busy (429)", 9_000),
        (answer({}, 429, retry_after="Sun, 01 Mar 2026 11:00:00 GMT"), FAILED, "busy (429)", 0),
        (answer({}, 429, retry_after="99999999999999"), FAILED, "busy (429)", 600_000),
        (answer({}, 429, retry_after="-3"), FAILED, "busy (429)", 0),
    ],
)
def test_what_an_answer_to_a_write_means(given: Answer, status: ToolStatus, error: str, again_ms: int | None) -> None:
    result = outcome(WRITE, given, NOW)
    assert (result.status, result.error, result.again_ms) == (status, error, again_ms)


def test_a_read_that_is_not_answered_clearly_has_failed() -> None:
    for unclear in (answer({}, 500), answer({"status": "done", "value": {"slots": ["soon"]}}), answer({}, 302)):
        assert outcome(READ, unclear, NOW).status is FAILED


def test_what_an_answer_to_a_lookup_means() -> None:
    assert found(WRITE, answer({}, 404), 38_000, NOW) == ToolResult(FAILED, {}, "not there", 38_000)
    assert found(WRITE, answer({"status": "done", "value": {"x": 1}}), 0, NOW) == ToolResult(DONE, {"x": 1})
    assert found(WRITE, answer({"status": "failed", "error": "taken"}), 0, NOW) == ToolResult(FAILED, {}, "taken")
    busy = found(WRITE, answer({}, 503, retry_after="4"), 0, NOW)
    assert (busy.status, busy.again_ms) == (DOUBT, 4_000)
    for unclear in (answer({}, 401), answer({}, 500), answer({"status": "pending"}), answer({}, 301)):
        assert found(WRITE, unclear, 0, NOW).status is DOUBT


@given(
    st.integers(100, 599),
    st.sampled_from(["application/json", "application/problem+json", "text/html", ""]),
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text(), lambda x: st.dictionaries(st.text(), x)).map(
        lambda said: json.dumps(said).encode()
    ),
    st.text(max_size=20),
)
def test_no_answer_raises_and_nothing_is_done_unless_it_says_so(
    status: int, kind: str, body: bytes, retry_after: str
) -> None:
    result = outcome(WRITE, Answer(status, kind, body, retry_after), NOW)
    assert result.status is not DONE or (json.loads(body)["status"] == "done" and 200 <= status < 300)
    assert found(WRITE, Answer(status, kind, body, retry_after), 0, NOW).status in ToolStatus
