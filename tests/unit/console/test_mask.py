import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.console.mask import mask_keys, mask_number, mask_speech


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+12025550142", "••••42"), ("100", "••••00"), ("", "unknown"), ("anonymous", "unknown"), ("42", "••••42")],
)
def test_a_number_keeps_its_last_two_digits(number: str, shown: str) -> None:
    assert mask_number(number) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("my number is 202 555 0142, thanks", "my number is ••••42, thanks"),
        ("call (202) 555-0142.", "call (••••42."),
        ("it is two oh two, five five five, zero one four two", "it is ••••42"),
        ("Five 5 five 0 one 4 2", "••••42"),
        ("Tuesday at 3 PM, 1200 Main Street", "Tuesday at 3 PM, 1200 Main Street"),
        ("one or two people, someone at seven", "one or two people, someone at seven"),
    ],
)
def test_spoken_numbers_are_masked_and_other_words_are_not(text: str, shown: str) -> None:
    assert mask_speech(text) == shown


@given(st.text(alphabet="0123456789 ,.-", min_size=0, max_size=40))
def test_no_seven_digits_of_a_number_survive(text: str) -> None:
    shown = mask_speech(f"it is {text} I think")
    assert sum(c.isdigit() for c in shown) <= max(6, sum(c.isdigit() for c in text) // 7 * 2 + 6)


def test_a_typed_choice_is_shown_and_a_typed_number_is_not() -> None:
    assert (mask_keys("0"), mask_keys("5550142"), mask_keys("1234")) == ("0", "••••42", "••••34")
