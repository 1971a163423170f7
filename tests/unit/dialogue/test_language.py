"""A caller of another language is told so once and put through; an English one is never sent away for an accent."""

from dataclasses import replace

import pytest

from agent.dialogue import Dialogue, fixed_phrases, hear, opening, start
from agent.dialogue.language import other_language
from agent.values.profile import AgentProfile, Tongue
from agent.values.talk import Utterance
from tests.unit.dialogue.rig import tenant

DENTAL = tenant("bright-smile-dental")
SPANISH = "Lo siento, no hablo inglés. ¿Le paso con un compañero?"


def said(text: str, language: str = "", probability: float = 0.0, ms: int = 2_000) -> Utterance:
    return Utterance("u1", 0, ms, text, 1.0, language, probability)


def after_the_greeting(profile: AgentProfile) -> Dialogue:
    return opening(start(profile, "2026-11-23T10:00:00", "+15125550142"), profile).dialogue


def test_who_speaks_another_language_hears_one_sentence_and_goes_to_a_person() -> None:
    decision = other_language(after_the_greeting(DENTAL), DENTAL, said("Quisiera pedir una cita", "es", 0.97))
    assert decision is not None
    assert [clause.text for clause in decision.clauses] == [DENTAL.phrases["language"]]
    assert decision.transfer == "language: es"


def test_in_a_language_with_a_voice_the_sentence_is_in_it() -> None:
    profile = replace(DENTAL, languages=("en", "es"), tongues=(Tongue("es", "piper-es", SPANISH),))
    decision = other_language(after_the_greeting(profile), profile, said("Español, por favor"))
    assert decision is not None
    assert [clause.text for clause in decision.clauses] == [SPANISH]
    assert decision.transfer == "language: es"
    assert SPANISH not in fixed_phrases(profile), "our own voice must not speak it"


@pytest.mark.parametrize(
    "utterance",
    [
        said("I would like to book a cleaning", "en", 0.99),
        said("I would like to book a cleaning", "de", 0.7),
        said("Hello?", "es", 0.99, ms=600),
        said("I would like to book a cleaning"),
        said(""),
    ],
)
def test_an_accent_a_short_word_or_silence_changes_nothing(utterance: Utterance) -> None:
    assert other_language(after_the_greeting(DENTAL), DENTAL, utterance) is None


def test_who_asks_for_english_gets_it_and_the_question_again() -> None:
    dialogue = hear(after_the_greeting(DENTAL), DENTAL, "I would like to book a cleaning").dialogue
    decision = other_language(dialogue, DENTAL, said("Do you speak English?"))
    assert decision is not None
    assert decision.transfer is None
    assert [clause.text for clause in decision.clauses] == [
        DENTAL.phrases["english"],
        *(clause.text for clause in dialogue.prompt),
    ]
