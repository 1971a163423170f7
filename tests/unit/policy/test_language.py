"""Which language a caller asks for or speaks: every way to say it, and what must not be taken for it."""

import pytest

from agent.policy.language import LANGUAGES, MIN_SPEECH_MS, SURE, asked_for, spoken


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Español, por favor.", "es"),
        ("Do you speak Spanish?", "es"),
        ("Do you speak any Spanish", "es"),
        ("¿Habla usted español?", "es"),
        ("Hablas español?", "es"),
        ("Quiero hablar en español", "es"),
        ("Could we do this in Spanish, please?", "es"),
        ("Is there somebody who speaks German?", "de"),
        ("Do you speak German?", "de"),
        ("Sprechen Sie Deutsch?", "de"),
        ("Auf Deutsch, bitte", "de"),
        ("Deutsch bitte", "de"),
        ("Parlez-vous français ?", "fr"),
        ("Est-ce que vous parlez français", "fr"),
        ("En français, s'il vous plaît", "fr"),
        ("Parla italiano?", "it"),
        ("In italiano, per favore", "it"),
        ("Italian please", "it"),
        ("Do you speak English?", "en"),
        ("Can we speak in English", "en"),
    ],
)
def test_a_language_is_asked_for(text: str, code: str) -> None:
    assert asked_for(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I would like to book a cleaning",
        "I do not speak Spanish",
        "I'm sorry, I don't speak German",
        "No hablo inglés",
        "Do you treat French bulldogs",
        "My name is Frances German",
        "I live in the German quarter",
        "Are you in Spanish Town",
        "Is the Italian place next door",
        "The office on French Street",
        "I know a German dentist in town",
    ],
)
def test_and_what_is_no_such_wish(text: str) -> None:
    assert asked_for(text) == ""


def test_every_language_can_be_asked_for_by_its_english_name() -> None:
    for code, (name, _) in LANGUAGES.items():
        assert asked_for(f"Do you speak {name}?") == code


def test_only_what_is_sure_and_long_enough_counts_as_spoken() -> None:
    assert spoken("es", SURE, MIN_SPEECH_MS) == "es"
    assert spoken("ru", 1.0, 5_000) == "ru", "also one that no profile can name"
    assert spoken("es", SURE - 0.01, MIN_SPEECH_MS) == ""
    assert spoken("es", 1.0, MIN_SPEECH_MS - 1) == ""
    assert spoken("en", 1.0, 5_000) == ""
    assert spoken("it", 0.97, 2_500, "Non sarei in the morning") == "", "half past nine, with an accent"
    assert spoken("it", 0.97, 2_500, "Vorrei prenotare per domani") == "it"
    assert spoken("", 0.0, 5_000) == ""
