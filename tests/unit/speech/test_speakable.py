"""Written text as it is said."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.speech.speakable import cardinal, ordinal, spoken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Tuesday, March 24th at 2:30 pm", "Tuesday, March twenty-fourth at two thirty p m"),
        ("2:00 PM", "two p m"),
        ("at 10:30 am for", "at ten thirty in the morning for"),
        ("at 12:30 am.", "at twelve thirty a m."),
        ("at 9:05", "at nine oh five"),
        ("at 10:00 or 14:00", "at ten o'clock or two p m"),
        ("from 8 a.m. to 5 p.m. We", "from eight in the morning to five p m. We"),
        ("open 9-5", "open nine to five"),
        ("It is $120, or $45.50.", "It is one hundred twenty dollars, or forty-five dollars and fifty cents."),
        ("£1 or €1,250", "one pound or one thousand two hundred fifty euros"),
        ("Call 555-123-4567.", "Call five five five, one two three, four five six seven."),
        ("(212) 555-0199", "two one two, five five five, zero one nine nine"),
        ("+15551234567", "plus one, five five five, one two three, four five six seven"),
        ("5551234567", "five five five, one two three, four five six seven"),
        ("jo.7@example.com", "J, O, dot, seven, at example dot com"),
        ("see www.example.com", "see example dot com"),
        ("120 Main St., 62704", "one hundred twenty Main Street, six two seven zero four"),
        ("St. Mary and Dr. Lee", "Saint Mary and Doctor Lee"),
        ("2026-03-24", "March twenty-fourth, twenty twenty-six"),
        ("code 0042", "code zero zero four two"),
        ("3.5 hours, 20% off", "three point five hours, twenty percent off"),
        ("**Great**, 1 & 2", "Great, one and two"),
        ("Nothing to change here, it's fine.", "Nothing to change here, it's fine."),
    ],
)
def test_spoken(text: str, said: str) -> None:
    assert spoken(text) == said


@pytest.mark.parametrize(
    ("number", "rank"), [(1, "first"), (12, "twelfth"), (20, "twentieth"), (24, "twenty-fourth"), (31, "thirty-first")]
)
def test_ordinal(number: int, rank: str) -> None:
    assert ordinal(number) == rank


_VALUES = {cardinal(n): n for n in range(1_000)}


@given(st.integers(0, 999_999))
def test_cardinals_are_distinct_and_compose(number: int) -> None:
    said = cardinal(number)
    assert re.fullmatch(r"[a-z]+([ -][a-z]+)*", said)
    thousands, _, rest = said.rpartition(" thousand") if "thousand" in said else ("", "", said)
    value = 1_000 * _VALUES[thousands] if thousands else 0
    assert value + (_VALUES[rest.strip()] if rest.strip() else 0) == number


@given(st.text(max_size=80))
def test_any_text_can_be_said_and_holds_no_figures(text: str) -> None:
    said = spoken(text)
    assert said == " ".join(said.split())


@given(st.from_regex(r"\A[a-z ]{0,20}[$]?[0-9]{1,9}(\.[0-9]{2})?[a-z ,.]{0,10}\Z"))
def test_figures_become_words(text: str) -> None:
    if re.search(r"\d[a-z]|[a-z]\d", text):
        return
    assert not re.search(r"\d", spoken(text)), spoken(text)
