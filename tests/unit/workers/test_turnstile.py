"""Finals before partials; of each stream only the newest partial; nothing is lost or served twice."""

from hypothesis import given
from hypothesis import strategies as st

from agent.workers.turnstile import Turnstile

requests = st.lists(st.tuples(st.sampled_from(["", "a", "b"]), st.booleans(), st.booleans()), max_size=40)


def test_finals_go_first_in_their_order() -> None:
    turnstile: Turnstile[str] = Turnstile()
    for job, is_final in (("p1", False), ("f1", True), ("p2", False), ("f2", True)):
        assert turnstile.put(job, "", is_final) is None
    assert [turnstile.take() for _ in range(5)] == ["f1", "f2", "p1", "p2", None]


def test_a_newer_partial_or_final_replaces_the_waiting_partial() -> None:
    turnstile: Turnstile[str] = Turnstile()
    turnstile.put("p1", "a", False)
    assert turnstile.put("other", "b", False) is None
    assert turnstile.put("p2", "a", False) == "p1"
    assert turnstile.put("f", "a", True) == "p2"
    assert turnstile.put("p3", "a", False) is None
    assert [turnstile.take() for _ in range(4)] == ["f", "other", "p3", None]


def test_a_newer_partial_takes_the_place_of_the_older_in_the_queue() -> None:
    turnstile: Turnstile[str] = Turnstile()
    turnstile.put("p1", "a", False)
    turnstile.put("other", "b", False)
    assert turnstile.put("p2", "a", False) == "p1"
    assert [turnstile.take() for _ in range(3)] == ["p2", "other", None]


@given(st.integers(1, 5), st.integers(1, 200))
def test_a_call_that_sends_many_partials_neither_starves_nor_crowds_out(calls: int, rounds: int) -> None:
    turnstile: Turnstile[int] = Turnstile()
    served = dict.fromkeys(range(calls), 0)
    for _ in range(rounds):
        # More is heard than there is room to recognise.
        for call in range(calls):
            turnstile.put(call, str(call), False)
        if (call := turnstile.take()) is not None:
            served[call] += 1
    assert max(served.values()) - min(served.values()) <= 1


def test_a_partial_that_was_taken_is_not_replaced() -> None:
    turnstile: Turnstile[str] = Turnstile()
    turnstile.put("p1", "a", False)
    assert turnstile.take() == "p1"
    assert turnstile.put("p2", "a", False) is None


def test_a_place_kept_for_finals_takes_no_partial() -> None:
    turnstile: Turnstile[str] = Turnstile()
    turnstile.put("p", "a", False)
    assert turnstile.take(finals_only=True) is None
    turnstile.put("f", "b", True)
    assert turnstile.take(finals_only=True) == "f"
    assert turnstile.take() == "p"


@given(requests)
def test_every_job_leaves_exactly_once(sent: list[tuple[str, bool, bool]]) -> None:
    turnstile: Turnstile[int] = Turnstile()
    left: list[int] = []
    for job, (stream, is_final, take_after) in enumerate(sent, start=1):
        left += [out for out in (turnstile.put(job, stream, is_final),) if out is not None]
        left += [out for out in (turnstile.take() if take_after else None,) if out is not None]
    while (out := turnstile.take()) is not None:
        left.append(out)
    assert sorted(left) == list(range(1, len(sent) + 1))
