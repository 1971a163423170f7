"""How much silence ends a turn: what must never be cut, and what need not wait."""

from hypothesis import example, given
from hypothesis import strategies as st

from agent.speech.patience import LEAST_MS, SILENCE_MS, EndpointSettings, Evidence, needed_ms
from agent.speech.shape import DENIALS, Expected, Shape

S = EndpointSettings()
PATIENT_MS = 800
"""No shorter silence ends what is clearly not whole."""
probabilities = st.floats(0.0, 1.0)
digits = st.text("0123456789", min_size=1, max_size=9)
words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=9)


def needed(text: str | None, expects: Expected | None, complete: float | None) -> int:
    return needed_ms(Evidence(900, text, complete=complete, expects=expects), S)


@given(digits, probabilities)
def test_half_a_phone_number_is_never_cut(number: str, complete: float) -> None:
    grouped = "-".join(number[at : at + 3] for at in range(0, len(number), 3))
    for text in (number, f"{grouped}.", " ".join(number)):
        if len(number) < 7:
            assert needed(text, "phone", complete) >= PATIENT_MS
            assert needed(f"It's {text}" if len(number) > 1 else text, "phone", complete) >= PATIENT_MS
        # Seven digits are a number in the same area: more may come, so it is no whole answer either.
        assert needed(text, "phone", complete) > needed("512-555-0123", "phone", complete)


@given(words, words, probabilities)
@example("aaa", "noa", 1.0)
def test_an_address_is_never_cut_before_its_end(user: str, host: str, complete: float) -> None:
    if {user, host} & {"not", "don", "none", "never", "without", "same", "skip", "why", "what"}:
        return
    whole = f"{user.capitalize()}@{host}.com"
    for end in range(1, len(whole) - 3):
        if whole[:end].lower() in DENIALS:
            continue  # "No." is an answer, whatever it might have become
        assert needed(whole[:end] + ".", "email", complete) >= PATIENT_MS
    assert needed(f"{user} dot {host}", "email", complete) >= PATIENT_MS
    assert needed(f"{user} at {host}.", "email", complete) >= PATIENT_MS
    assert needed(f"{whole}.", "email", complete) < PATIENT_MS
    assert needed(f"{user} at {host} dot com", "email", complete) < PATIENT_MS


@given(st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=3, max_size=9), probabilities)
def test_a_name_is_never_cut_while_it_is_spelled(letters: list[str], complete: float) -> None:
    name = "".join(letters)
    for end in range(2, len(letters)):
        if name[:end] == name[end:]:
            continue
        for sign in ("-", " ", ", "):
            spelled = sign.join(letters[:end]).upper()
            assert needed(spelled, "person_name", complete) >= PATIENT_MS
            assert needed(f"{name}, {spelled}.", "person_name", complete) >= PATIENT_MS
    assert needed(f"{name}, {'-'.join(letters).upper()}.", "person_name", complete) < PATIENT_MS


@given(
    st.sampled_from(["I want to", "At the", "My name is", "On Tuesday or", "Um", "I need", "Let me see"]), probabilities
)
def test_a_sentence_is_never_cut_in_its_middle(text: str, complete: float) -> None:
    assert needed(text, None, complete) >= PATIENT_MS
    assert needed(f"{text}.", None, complete) >= PATIENT_MS, "a recogniser's full stop says little"


@given(st.sampled_from(sorted(Shape)), probabilities, probabilities)
def test_the_surer_the_sound_the_shorter_the_wait(shape: Shape, one: float, other: float) -> None:
    texts = {Shape.FINISHED: "What are your hours?", Shape.UNKNOWN: "the blue one", Shape.UNFINISHED: "I want to"}
    text = texts.get(shape, "Yes.")
    low, high = sorted((one, other))
    assert needed(text, None, low) >= needed(text, None, high)


def test_whole_answers_wait_least() -> None:
    waits = [SILENCE_MS[shape] for shape in (Shape.ANSWERED, Shape.FINISHED, Shape.UNKNOWN, Shape.UNFINISHED)]
    assert waits == sorted(waits)
    assert all(sure <= unsure for sure, unsure in SILENCE_MS.values())


@given(st.floats(1.0, 1.5), st.floats(0.7, 2.0))
def test_scale_stretches_what_is_above_the_least_and_pace_all_of_it(pace: float, scale: float) -> None:
    evidence = Evidence(900, "the blue one", complete=0.5, pace=pace)
    above = needed("the blue one", None, 0.5) - LEAST_MS
    stretched = needed_ms(evidence, EndpointSettings(scale=scale))
    assert abs(stretched - min(S.max_silence_ms, (LEAST_MS + above * scale) * pace)) <= 2


@given(st.sampled_from(["Yes.", "the blue one", "I want to", ""]), probabilities, st.floats(0.0, 5.0))
def test_no_patience_is_less_than_the_least(text: str, complete: float, scale: float) -> None:
    waits = needed_ms(Evidence(900, text, complete=complete), EndpointSettings(scale=scale))
    assert LEAST_MS <= waits <= S.max_silence_ms
