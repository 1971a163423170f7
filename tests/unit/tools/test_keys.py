"""One wish, one key; two wishes, two keys."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.tools import canonical, idempotency_key, is_same_request
from agent.tools.keys import appointment_id

texts = st.text(max_size=20)
arguments = st.dictionaries(texts, texts | st.integers() | st.booleans() | st.none(), max_size=5)
PARTS = ("dental", "case-1", "book", {"service": "cleaning", "start": "2026-03-05T10:00", "name": "Jane Doe"})


@given(texts, texts, texts, arguments, st.randoms())
def test_the_order_of_arguments_does_not_matter(
    tenant: str, case_id: str, intent: str, given_arguments: dict[str, Any], chance: Any
) -> None:
    shuffled = list(given_arguments.items())
    chance.shuffle(shuffled)
    assert idempotency_key(tenant, case_id, intent, given_arguments) == idempotency_key(
        tenant, case_id, intent, dict(shuffled)
    )


@given(st.tuples(texts, texts, texts, arguments), st.tuples(texts, texts, texts, arguments))
def test_different_wishes_have_different_keys(a: Any, b: Any) -> None:
    is_same = a[:3] == b[:3] and canonical(a[3]) == canonical(b[3])
    assert (idempotency_key(*a) == idempotency_key(*b)) == is_same


@given(st.text(max_size=8), st.text(max_size=8))
def test_parts_do_not_run_into_each_other(left: str, right: str) -> None:
    whole = idempotency_key(left + right, "", "book", {})
    assert (idempotency_key(left, right, "book", {}) == whole) == (right == "")


def test_how_a_name_was_written_does_not_matter() -> None:
    spoken = {**PARTS[3], "name": " jane  DOE "}
    assert idempotency_key(*PARTS[:3], spoken) == idempotency_key(*PARTS)
    assert is_same_request("calendar.book", spoken, "calendar.book", PARTS[3])


def test_what_was_wished_matters() -> None:
    keys = {
        idempotency_key(*PARTS),
        idempotency_key("sales", *PARTS[1:]),
        idempotency_key("dental", "case-2", *PARTS[2:]),
        idempotency_key("dental", "case-1", "move", PARTS[3]),
        idempotency_key(*PARTS[:3], {**PARTS[3], "start": "2026-03-05T10:30"}),
    }
    assert len(keys) == 5
    assert not is_same_request("calendar.book", PARTS[3], "calendar.cancel", PARTS[3])


def test_the_key_never_changes_between_versions() -> None:
    """Keys are kept for 30 days: another formula would book twice across an upgrade."""
    assert idempotency_key(*PARTS) == "32f18631-dbdd-5533-8fd8-015b0bbad45d"
    assert appointment_id("dental", "k") == appointment_id("dental", "k") != appointment_id("sales", "k")
