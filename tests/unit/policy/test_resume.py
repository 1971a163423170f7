"""A number that stands for somebody, and what networks send in place of one."""

import pytest

from agent.policy.resume import is_told


@pytest.mark.parametrize("number", ["+15125554567", "0049 30 12345", "1000", "112"])
def test_a_number_that_was_told_is_somebodys(number: str) -> None:
    assert is_told(number)


@pytest.mark.parametrize("number", ["", "anonymous", "Restricted", "unknown", "+266696687", "12", "asterisk1000", "--"])
def test_a_withheld_number_is_nobodys(number: str) -> None:
    assert not is_told(number)
