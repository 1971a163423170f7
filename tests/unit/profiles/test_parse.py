import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dialogue import fixed_phrases
from agent.profiles import FILES, PHRASES, ProfileError, bundle, parse, parse_bundle
from agent.profiles.errors import line_of
from agent.values.profile import Resume, Tongue
from tests.unit.dialogue.rig import CLINIC, SALES, TENANTS, tenant


def files(name: str = CLINIC) -> dict[str, str]:
    return {file: (TENANTS / name / file).read_text() for file in FILES}


@pytest.mark.parametrize("name", [CLINIC, SALES])
def test_shipped_tenants_parse_and_survive_the_snapshot(name):
    profile = tenant(name)
    assert profile.tenant == name
    assert profile.tasks[0].commit == "calendar.book"
    assert parse_bundle(bundle(name, files(name))) == profile
    assert len(fixed_phrases(profile)) == len(set(fixed_phrases(profile)))
    assert set(profile.phrases) == set(PHRASES)


def test_a_tenant_may_have_patience_with_its_callers():
    texts = files()
    assert tenant(CLINIC).patience.turn_end_percent == 100
    texts["profile.toml"] = texts["profile.toml"].replace("[patience]", "[patience]\nturn_end_percent = 150", 1)
    assert parse(CLINIC, texts).patience.turn_end_percent == 150


def test_a_tenant_says_whether_and_how_a_caller_may_go_on():
    texts = files(SALES)
    assert parse(SALES, texts).resume == Resume(120, "name")
    texts["profile.toml"] += '\n[resume]\nwithin_min = 0\nfactor = "digits"\n'
    assert parse(SALES, texts).resume == Resume(0, "digits")


def test_the_sha_changes_with_any_file():
    changed = files() | {"prompt.txt": "Another manner."}
    assert parse(CLINIC, changed).sha != tenant(CLINIC).sha


def test_a_language_with_a_voice_and_one_without():
    texts = files()
    told = 'voice = "piper-es"\nto_human = "Un momento."'
    head = 'country = "US"\nlanguages = ["en", "es", "it"]'
    texts["profile.toml"] = texts["profile.toml"].replace('country = "US"', head, 1) + f"\n[language.es]\n{told}\n"
    profile = parse(CLINIC, texts)
    assert profile.languages == ("en", "es", "it")
    assert profile.tongues == (Tongue("es", "piper-es", "Un momento."),)
    texts["profile.toml"] = texts["profile.toml"].replace('to_human = "Un momento."', "")
    with pytest.raises(ProfileError, match="to_human"):
        parse(CLINIC, texts)


@pytest.mark.parametrize(
    ("file", "old", "new", "line_has", "cause"),
    [
        ("profile.toml", 'voice = "piper-joe"', 'voise = "piper-joe"', "", "'voice' is missing"),
        ("profile.toml", "[patience]", 'colour = "red"\n[patience]', "colour", "unknown key 'colour'"),
        ("profile.toml", "reprompt_ms = 8000", "reprompt_ms = 8", "reprompt_ms", "'reprompt_ms' is 8"),
        ("profile.toml", "[patience]", "[patience]\nturn_end_percent = 300", "turn_end_percent", "is 300"),
        ("profile.toml", 'factor = "name"', 'factor = "shoe"', "factor", "'factor' is 'shoe'"),
        ("profile.toml", "within_min = 120", "within_min = 9999", "within_min", "is 9999"),
        ("profile.toml", "reprompt_ms = 8000", "reprompt_ms = true", "reprompt_ms", "not a whole number"),
        ("profile.toml", 'timezone = "America/Chicago"', 'timezone = "Mars/Base"', "timezone", "unknown time zone"),
        ("profile.toml", 'country = "US"', 'country = "XX"', "country", "unknown country"),
        ("profile.toml", 'country = "US"', 'languages = ["en", "xx"]', "languages", "unknown language 'xx'"),
        ("profile.toml", 'country = "US"', 'languages = ["es", "en"]', "languages", "the agent itself speaks 'en'"),
        ("profile.toml", 'country = "US"', 'languages = ["en", "es", "es"]', "languages", "'es' twice"),
        ("profile.toml", "[patience]", "[language.fr]\nvoice = 'v'\n[patience]", "fr", "unknown key 'fr'"),
        ("profile.toml", 'recording = "off"', 'recording = "always"', "recording", "'recording' is 'always'"),
        ("profile.toml", 'opens = "08:00"', 'opens = "8"', "opens", "not a time"),
        ("profile.toml", 'closes = "16:00"', 'closes = "07:00"', "closes", "closes before it opens"),
        ("profile.toml", '"thursday"]', '"thirsday"]', "days", "not a weekday"),
        ("profile.toml", 'type = "person_name"', 'type = "nickname"', "type", "'type' is 'nickname'"),
        ("profile.toml", "{phone_end}.", "{phone_tail}.", "read_back", "unknown field {phone_tail}"),
        ("profile.toml", "{time}, {name}.", "{time}, {name.", "done", "broken template"),
        ("profile.toml", 'id = "cleaning"', 'id = "checkup"', "", "'checkup' twice"),
        ("profile.toml", "I am an automated AI assistant", "I am Joy", "disclosure", "does not tell that a machine"),
        ("profile.toml", "minutes = 45", "minutes = 4.5", "minutes", "not a whole number"),
        ("profile.toml", "[phrases]", "[phrases]\nhowdy = 'x'", "howdy", "unknown key 'howdy'"),
        ("profile.toml", "[patience]", "[patience", "[patience", "not TOML"),
        ("facts.toml", 'id = "parking"', 'id = "address"', "", "'address' twice"),
        ("facts.toml", 'ask = [["park"], ', "ask = [[], ", "ask", "not a list of word groups"),
        ("prompt.txt", files()["prompt.txt"], "  ", "", "the prompt is empty"),
    ],
)
def test_a_mistake_has_file_line_cause_and_remedy(file, old, new, line_has, cause):
    texts = files()
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new, 1)
    with pytest.raises(ProfileError) as caught:
        parse(CLINIC, texts)
    error = caught.value
    assert error.file == f"{CLINIC}/{file}"
    assert cause in error.cause
    assert error.remedy
    assert line_has in texts[file].splitlines()[error.line - 1]
    assert str(error).startswith(f"{CLINIC}/{file}:{error.line}: ")


def test_missing_and_unknown_files():
    with pytest.raises(ProfileError, match="the file is missing"):
        parse(CLINIC, {"profile.toml": ""})
    with pytest.raises(ProfileError, match="unknown file"):
        parse(CLINIC, files() | {"notes.md": ""})
    with pytest.raises(ProfileError, match="not a profile snapshot"):
        parse_bundle("[]")


TOML = """a = 1

[[tasks]]
id = "x"
[[tasks.slots]]
name = "one"
[[tasks.slots]]
name = "two"   # here
type = "z"
[[tasks]]
[[tasks.slots]]
type = "y"
[patience]
"quoted" = 1
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 1),
        (("tasks", 0, "id"), 4),
        (("tasks", 0, "slots", 1, "name"), 8),
        (("tasks", 0, "slots", 1, "missing"), 7),
        (("tasks", 1, "slots", 0, "type"), 12),
        (("patience", "quoted"), 14),
        (("nowhere", "at", "all"), 1),
    ],
)
def test_the_line_of_a_value(path, line):
    assert line_of(TOML, path) == line


@given(st.sampled_from(["profile.toml", "facts.toml"]), st.integers(0, 200), st.text(max_size=20))
def test_a_spoilt_file_is_a_profile_or_a_clear_error(file, line, text):
    texts = files()
    lines = texts[file].splitlines()
    lines.insert(line % len(lines), text)
    texts[file] = "\n".join(lines)
    outcome = _parsed(texts)
    if isinstance(outcome, ProfileError):
        assert 1 <= outcome.line <= len(texts[file].splitlines()) + 1
    else:
        assert outcome == CLINIC


def _parsed(texts: dict[str, str]) -> str | ProfileError:
    try:
        return parse(CLINIC, texts).tenant
    except ProfileError as error:
        return error
