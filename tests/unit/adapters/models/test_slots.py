"""Who gets which slot of the language model server."""

from agent.adapters.models.slots import Slots


def once(slots: Slots, system: str, call: str) -> int:
    slot = slots.take(system, call)
    slots.release(slot)
    return slot.id


def warmed(*systems: str) -> Slots:
    slots = Slots(len(systems))
    for system in systems:
        slots.next().system = system
    return slots


def test_a_call_comes_back_to_its_own_slot() -> None:
    slots = warmed("a", "b", "a", "b")
    mine = once(slots, "a", "call-1")
    other = once(slots, "a", "call-2")
    assert other != mine
    assert [once(slots, "a", "call-1"), once(slots, "a", "call-2")] == [mine, other]


def test_a_prompt_that_is_read_is_worth_more_than_an_empty_slot() -> None:
    slots = warmed("a", "b")
    assert [once(slots, "a", f"call-{n}") for n in range(3)] == [0, 0, 0]
    assert once(slots, "b", "call-9") == 1


def test_of_two_that_fit_the_idle_one_is_lent() -> None:
    slots = warmed("a", "a")
    busy = slots.take("a", "call-1")
    assert slots.take("a", "call-2").id != busy.id


def test_a_call_without_a_name_owns_nothing() -> None:
    slots = warmed("a", "a")
    assert once(slots, "a", "") != once(slots, "a", "")
