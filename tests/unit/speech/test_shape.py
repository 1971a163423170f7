"""What a transcript at a pause looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.speech.shape import Expected, Shape, digit_count, text_shape

CASES: list[tuple[str, Expected | None, Shape]] = [
    ("", None, Shape.EMPTY),
    (" ... ", None, Shape.EMPTY),
    ("I'd like to book an appointment.", None, Shape.FINISHED),
    ("What time do you open?", None, Shape.QUESTION),
    ("I'd like to book an appointment", None, Shape.UNKNOWN),
    ("I'd like to book an appointment for.", None, Shape.UNFINISHED),
    ("I want to come on Tuesday at", None, Shape.UNFINISHED),
    ("My name is", "person_name", Shape.UNFINISHED),
    ("I need it because", None, Shape.UNFINISHED),
    ("Yes, and", "yes_no", Shape.UNFINISHED),
    ("Well, um...", None, Shape.UNFINISHED),
    ("On Tuesday,", "date", Shape.UNFINISHED),
    ("When can I come in?", None, Shape.QUESTION),
    ("Yes.", "yes_no", Shape.ANSWERED),
    ("Yes, please.", "yes_no", Shape.ANSWERED),
    ("No thanks", "yes_no", Shape.ANSWERED),
    ("That’s right.", "yes_no", Shape.ANSWERED),
    ("yes", None, Shape.FINISHED),
    ("No.", "yes_no", Shape.FINISHED),
    ("Hello.", None, Shape.UNFINISHED),
    ("Good morning.", None, Shape.UNFINISHED),
    ("I'd like to cancel.", None, Shape.UNFINISHED),
    ("Do you have?", None, Shape.UNFINISHED),
    ("Could you tell me how much a cleaning is?", None, Shape.QUESTION),
    ("What are?", None, Shape.UNFINISHED),
    ("Sorry?", None, Shape.QUESTION),
    ("I'd like.", None, Shape.UNFINISHED),
    ("That is what I'd like for Tuesday.", None, Shape.FINISHED),
    ("I was told that.", None, Shape.UNFINISHED),
    ("I can do that.", None, Shape.FINISHED),
    ("Let me see.", "date", Shape.UNFINISHED),
    ("December 2nd.", "date", Shape.ANSWERED),
    ("Tomorrow.", "date", Shape.ANSWERED),
    ("Tomorrow morning", "date", Shape.ANSWERED),
    ("This Friday", "date", Shape.ANSWERED),
    ("On Tuesday", "date", Shape.UNKNOWN),
    ("On Tuesday, 24 November.", "date", Shape.ANSWERED),
    ("The 3rd of December.", "date", Shape.ANSWERED),
    ("Maybe 10-30.", "time", Shape.ANSWERED),
    ("At half past two", "time", Shape.ANSWERED),
    ("Three", "time", Shape.UNKNOWN),
    ("Yes, I would like a cleaning.", "yes_no", Shape.FINISHED),
    ("A cleaning, please", "service", Shape.CLOSED),
    ("No thank you. Goodbye", None, Shape.CLOSED),
    ("That's all, thank you.", None, Shape.CLOSED),
    ("On Monday at, please, um", "date", Shape.UNFINISHED),
    ("555.", "phone", Shape.COUNTING),
    ("It's 555-123.", "phone", Shape.COUNTING),
    ("five five five one two three", "phone", Shape.COUNTING),
    ("555-1234.", "phone", Shape.UNKNOWN),
    ("555-123-4567.", "phone", Shape.ANSWERED),
    ("1 555 123 456", "phone", Shape.UNKNOWN),
    ("+1 555 123 4567", "phone", Shape.ANSWERED),
    ("1.", "phone", Shape.COUNTING),
    ("555, 123,", "phone", Shape.UNFINISHED),
    ("My number is", "phone", Shape.UNFINISHED),
    ("I don't have one.", "phone", Shape.FINISHED),
    ("My number is 555 123", None, Shape.COUNTING),
    ("five five five", None, Shape.COUNTING),
    ("On the 24th at 2:30.", None, Shape.FINISHED),
    ("S-M-I-T", "person_name", Shape.SPELLING),
    ("Anna, A N N.", "person_name", Shape.SPELLING),
    ("Anna Smith.", "person_name", Shape.ANSWERED),
    ("My name is Anna Smith", "person_name", Shape.ANSWERED),
    ("Anna.", "person_name", Shape.UNKNOWN),
    ("My name is Anna.", "person_name", Shape.UNKNOWN),
    ("My name", "person_name", Shape.UNKNOWN),
    ("One moment.", "person_name", Shape.UNFINISHED),
    ("Smith, S-M-I", "person_name", Shape.SPELLING),
    ("Smith, S-M-I-T-H.", "person_name", Shape.ANSWERED),
    ("Anna Smith, S M I T H", "person_name", Shape.ANSWERED),
    ("Smith, SMI", "person_name", Shape.SPELLING),
    ("Smith. SMITH.", "person_name", Shape.ANSWERED),
    ("R-U-S-S", "person_name", Shape.SPELLING),
    ("J-O-N", None, Shape.SPELLING),
    ("john.smith@gmail.com.", "email", Shape.ANSWERED),
    ("john dot smith at gmail dot com", "email", Shape.ANSWERED),
    ("John Smith.", "email", Shape.SPELLING),
    ("john.smith@", "email", Shape.SPELLING),
    ("I don't have one.", "email", Shape.FINISHED),
    ("john dot smith at gmail", "email", Shape.SPELLING),
    ("j o h n", "email", Shape.SPELLING),
    ("I have no email.", "email", Shape.FINISHED),
]


@pytest.mark.parametrize(("text", "expects", "shape"), CASES, ids=[f"{t}|{e}" for t, e, _ in CASES])
def test_shape(text: str, expects: Expected | None, shape: Shape) -> None:
    assert text_shape(text, expects) is shape


@pytest.mark.parametrize(
    ("text", "count"),
    [("555 1", 4), ("five five double two", 4), ("oh seven", 2), ("twenty-one", 2), ("no digits", 0), ("ten", 2)],
)
def test_digit_count(text: str, count: int) -> None:
    assert digit_count(text) == count


@given(st.text(max_size=60), st.sampled_from([None, "phone", "email", "person_name", "yes_no"]))
def test_any_text_has_a_shape(text: str, expects: Expected | None) -> None:
    assert text_shape(text, expects) in Shape


@pytest.mark.parametrize(
    "text",
    [
        "The first one is fine",
        "That works for me",
        "Any time would be great",
        "I'll take the second one",
        "That's fine",
    ],
)
def test_what_agrees_ends_as_turns_end(text: str) -> None:
    assert text_shape(text) is Shape.CLOSED


@pytest.mark.parametrize("text", ["What are you?", "What is your", "How much is"])
def test_a_question_without_its_object_goes_on(text: str) -> None:
    assert text_shape(text) is Shape.UNFINISHED


@pytest.mark.parametrize("text", ["Tell me how much a cleaning is.", "How much is it?", "The day after.", "How much?"])
def test_a_question_may_end_in_a_small_word(text: str) -> None:
    assert text_shape(text) in (Shape.FINISHED, Shape.QUESTION)
