"""Replies cut into clauses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.speech.clauses import HARD_WORDS, ClauseStream, split_clauses, voiced


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("", ()),
        ("Yes.", ("Yes.",)),
        ("We open at 8 a.m. on Monday.", ("We open at 8 a.m.", "on Monday.")),
        ("Dr. Lee is in. Dr. Brown is not.", ("Dr. Lee is in.", "Dr. Brown is not.")),
        ("Of course, I can do that.", ("Of course,", "I can do that.")),
        (
            "I have an opening on Tuesday and another one on Friday.",
            ("I have an opening on Tuesday", "and another one on Friday."),
        ),
        ("It costs $4.50. Fine?", ("It costs $4.50.", "Fine?")),
        (
            "Yes, there is free parking for patients behind the building in Austin.",
            ("Yes, there is free parking", "for patients behind the building in Austin."),
        ),
        ('He said "yes." Then he left!', ('He said "yes."', "Then he left!")),
    ],
)
def test_cuts(text: str, clauses: tuple[str, ...]) -> None:
    assert split_clauses(text) == clauses


tokens = st.sampled_from(["and", "so,", "one", "two", "three.", "Dr.", "4.5", "why?", "ok;", "long-word", "—"])


@given(st.lists(tokens, max_size=80).map(" ".join), st.lists(st.integers(1, 9), max_size=80))
def test_chunks_make_no_difference_and_nothing_is_lost(text: str, sizes: list[int]) -> None:
    stream = ClauseStream()
    made: list[str] = []
    at = 0
    for size in sizes:
        made += stream.feed(text[at : at + size])
        at += size
    made += stream.feed(text[at:])
    made += stream.finish()
    assert tuple(made) == split_clauses(text)
    assert " ".join(made) == " ".join(text.split())
    assert all(len(clause.split()) <= HARD_WORDS for clause in made)


def test_a_clause_comes_as_soon_as_it_is_whole() -> None:
    stream = ClauseStream()
    assert stream.feed("Sure thing, I") == ("Sure thing,",)
    assert stream.feed(" can help.") == ()
    assert stream.feed(" ") == ("I can help.",)
    assert stream.finish() == ()


@pytest.mark.parametrize(("clause", "text"), [("there is parking", "there is parking,"), ("Yes.", "Yes."), ("", "")])
def test_a_clause_in_mid_sentence_keeps_the_voice_up(clause: str, text: str) -> None:
    assert voiced(clause) == text
