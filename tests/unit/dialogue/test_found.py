"""What rules find in a turn: names, numbers, yes and no, services, answers."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dialogue import answers
from agent.dialogue.claims import speakable, violation
from agent.dialogue.facts import find_answer, find_service, hours_summary
from agent.dialogue.people import find_name
from agent.dialogue.phone import find_phone, to_e164
from agent.policy.wording import plain
from tests.unit.dialogue.rig import CLINIC, SALES, tenant

NOW = datetime.fromisoformat("2026-11-24T10:00")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My name is Anna Lee.", "Anna Lee"),
        ("my name is anna lee and I need a cleaning", "Anna Lee"),
        ("Hi, this is Maria Garcia, I'd like to book", "Maria Garcia"),
        ("John Smith speaking", "John Smith"),
        ("I am Sam", "Sam"),
        ("The name's Tom O'Brien.", "Tom O'Brien"),
        ("This is Julie's Adam.", "Julie's Adam"),
        ("my name is, um, Clara Bell", "Clara Bell"),
        ("my first name is Anna and my last name is Lee", "Anna Lee"),
        ("My name is Jean-Luc Picard, please", "Jean-Luc Picard"),
        ("my name is David spelled D as in David, A V I D", "David"),
        ("I'm looking for a cleaning", ""),
        ("I'm good thanks", ""),
        ("I'm a new patient", ""),
        ("This is going to take a while", ""),
        ("Anna Lee", ""),
    ],
)
def test_a_name_is_found_anywhere_when_it_is_announced(text, name):
    assert find_name(text, is_expected=False) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Anna Lee.", "Anna Lee"),
        ("anna lee", "Anna Lee"),
        ("It's Anna Lee.", "Anna Lee"),
        ("Yes, sure. Tom O'Brien.", "Tom O'Brien"),
        ("Lee, L-E-E", "Lee"),
        ("Anna Leigh, that's L E I G H.", "Anna Leigh"),
        ("A N N A", "Anna"),
        ("Mrs. Lee", "Mrs Lee"),
        ("for tomorrow", ""),
        ("Could you repeat that?", ""),
        ("I'd rather not say", ""),
        ("yes", ""),
        ("Friday", ""),
        ("two thirty", ""),
    ],
)
def test_a_bare_name_counts_when_it_was_asked_for(text, name):
    assert find_name(text, is_expected=True) == name


def test_spelled_letters_mend_the_part_that_sounds_like_them():
    assert find_name("no, it's L E I G H", True, "Anna Lee") == "Anna Leigh"
    assert find_name("Jon Smith, S M Y T H", True) == "Jon Smyth"


@pytest.mark.parametrize(
    "text",
    [
        "512-555-0123",
        "(512) 555-0123.",
        "5125550123",
        "+1 512 555 0123",
        "1-512-555-0123",
        "five one two five five five oh one two three",
        "five one two, triple five, zero one twenty three",
        "my number is 512 555 01 23 and my name is Anna",
        "area code 512, then 555, 0123",
    ],
)
def test_a_number_is_heard_in_any_form(text):
    found, _ = find_phone(plain(text), "US", is_expected=False)
    assert found is not None
    assert found.number == "+15125550123"


@pytest.mark.parametrize("text", ["at 2:30 on the 24th of November", "two", "12/3/2026", "in 2 weeks at 10 30"])
def test_times_and_dates_are_no_numbers(text):
    assert find_phone(plain(text), "US", is_expected=False)[0] is None


def test_a_number_of_the_wrong_length_is_not_dialable():
    assert to_e164("5550123", "US") == ""
    assert to_e164("anonymous", "US") == ""
    assert to_e164("6001", "US") == ""
    assert to_e164("020 7946 0958", "GB") == "+442079460958"


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "yep",
        "Yes, please.",
        "That's right.",
        "correct",
        "No, that's fine.",
        "no problem",
        "Sure, go ahead.",
        "uh huh",
        "mm-hmm",
        "You can use the number I'm calling from.",
        "Sounds good",
        "That works for me.",
    ],
)
def test_yes(text):
    assert answers.yes_or_no(plain(text)) == "yes"


@pytest.mark.parametrize(
    "text",
    [
        "No.",
        "nope",
        "No, thanks",
        "That's not right",
        "That is wrong",
        "not correct",
        "no, not really",
        "Incorrect.",
        "No, I'd rather not.",
        "that isn't right",
        "not today",
    ],
)
def test_no(text):
    assert answers.yes_or_no(plain(text)) == "no"


@pytest.mark.parametrize("text", ["Tuesday", "yes and no", "It is Anna Leigh with g h", "maybe", "", "Thank you."])
def test_neither_yes_nor_no(text):
    assert answers.yes_or_no(plain(text)) == ""


@pytest.mark.parametrize(
    "text", ["Goodbye.", "bye bye", "No, that's all, thanks.", "Nothing else, thank you", "have a nice day"]
)
def test_goodbye(text):
    assert answers.is_goodbye(plain(text))


@pytest.mark.parametrize("text", ["", "um", "Uh, hmm.", "Thank you.", "you", "..."])
def test_noise(text):
    assert answers.is_noise(plain(text))


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("a clean ing please", "cleaning"),
        ("I need a check up", "checkup"),
        ("checkup", "checkup"),
        ("I'd like a check-up", "checkup"),
        ("teeth cleanings", "cleaning"),
        ("can someone whiten my teeth", "whitening"),
        ("I have a tooth ache", "emergency"),
        ("not a cleaning, a filling", "filling"),
        ("a cleaning, no, a check-up", "checkup"),
        ("a fillin", "filling"),
        ("my name is Anna Brown", ""),
    ],
)
def test_a_service_is_known_by_the_words_callers_use(text, service):
    found = find_service(plain(text), tenant(CLINIC).services)
    assert (found.id if found else "") == service


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (CLINIC, "What are your opening hours?", "Monday to Thursday from 8 am to 5 pm and Friday from 8 am to 4 pm"),
        (CLINIC, "When are you open?", "Monday to Thursday"),
        (
            CLINIC,
            "Are you open on Saturday?",
            "No, we are closed on Saturday, November 28th. The next open day is Monday",
        ),
        (CLINIC, "how late are you open tomorrow", "Wednesday, November 25th, we are open from 8 am to 5 pm"),
        (CLINIC, "Are you open right now?", "Yes, we are open now, until 5 pm"),
        (CLINIC, "do you work weekends", "No, we are closed on weekends"),
        (CLINIC, "How much is a clean ing?", "A cleaning costs 120 dollars"),
        (CLINIC, "what does a check up cost", "A check-up costs 95 dollars"),
        (CLINIC, "What are your prices?", "a filling, 180 dollars"),
        (CLINIC, "How long does a filling take?", "A filling takes one hour"),
        (CLINIC, "Do you do whitening?", "Yes, we do. A whitening treatment takes one hour and costs 350 dollars"),
        (CLINIC, "What services do you offer?", "a check-up, a cleaning"),
        (CLINIC, "Do you take Delta Dental?", "We accept Delta Dental"),
        (CLINIC, "what is your adress", "240 Maple Street"),
        (CLINIC, "where are you located", "240 Maple Street"),
        (CLINIC, "is there any par king", "free parking"),
        (SALES, "How much is the internet?", "Basic costs 40 dollars"),
        (SALES, "are you open on Saturday", "from 10 am to 2 pm"),
        (SALES, "what does a demo cost", "A product demonstration is free of charge"),
        (SALES, "can I keep my number", "keep your telephone number"),
    ],
)
def test_questions_are_answered_from_the_profile(name, text, said):
    answer = find_answer(plain(text), tenant(name), NOW, "")
    assert answer is not None
    assert said in answer.text


@pytest.mark.parametrize(
    "text", ["do you have any openings on Friday", "asdf qwer", "what is the meaning of life", "Anna Lee"]
)
def test_no_answer_is_invented(text):
    assert find_answer(plain(text), tenant(CLINIC), NOW, "") is None


def test_the_service_spoken_of_before_is_meant():
    answer = find_answer("how much is it", tenant(CLINIC), NOW, "filling")
    assert answer is not None
    assert "180 dollars" in answer.text


FACTS = "- We accept Delta Dental and Cigna.\n- A check-up costs 95 dollars.\n- We are open Monday from 8 am to 5 pm."


@pytest.mark.parametrize(
    "text",
    [
        "Yes, we accept Delta Dental.",
        "A check-up costs 95 dollars.",
        "A check-up costs ninety-five dollars.",
        "We open at 8 am on Monday.",
    ],
)
def test_what_the_facts_carry_may_be_said(text):
    assert violation(text, FACTS) == ""


@pytest.mark.parametrize(
    "text",
    [
        "You are booked for Monday.",
        "Your appointment is confirmed.",
        "I have scheduled you.",
        "All set!",
        "See you on Monday!",
        "A check-up costs 90 dollars.",
        "It costs one hundred dollars.",
        "We open at 9 am.",
        "Call 512 555 0100.",
        "We are open on Sunday.",
        "Visit www.example.com",
        "I don't know.",
        "",
        "x" * 400,
        "I've sent you an email.",
        "Your cleaning has been cancelled.",
        "We're open until 6:30 pm.",
        "I am transferring you now.",
    ],
)
def test_what_the_facts_do_not_carry_is_refused(text):
    assert violation(text, FACTS)


DENIED = "- If your gums bleed when you brush, it is not normal.\n- We do not take Medicaid."


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("Yes, it is normal for your gums to bleed.", True),
        ("It isn't normal for your gums to bleed.", False),
        ("Yes, we take Medicaid.", True),
        ("If your gums bleed,", False),
    ],
)
def test_what_the_facts_deny_is_not_affirmed(text, is_refused):
    assert bool(violation(text, DENIED)) is is_refused


def test_nothing_is_denied_that_the_facts_do_not_deny():
    assert violation("We do not accept Cigna.", FACTS)


def test_a_sentence_cut_off_by_the_token_limit_is_dropped():
    assert speakable("Yes, we do. It costs 9.50 dollars. And then we wi") == "Yes, we do. It costs 9.50 dollars."


def test_equal_days_are_told_together():
    assert hours_summary(tenant(SALES).hours) == (
        "We are open Monday to Friday from 9 am to 6 pm and Saturday from 10 am to 2 pm."
    )


@given(st.text(max_size=120))
def test_reading_is_total(text):
    words = plain(text)
    assert plain(words) == words
    assert answers.yes_or_no(words) in ("yes", "no", "")
    find_name(text, True, "Anna Lee")
    find_phone(words, "US", True)
    find_answer(words, tenant(CLINIC), NOW, "cleaning")
    violation(text, FACTS)
    speakable(text)
