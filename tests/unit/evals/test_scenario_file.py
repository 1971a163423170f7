"""Scenario files: the shipped ones load, and what is wrong is said with its place and a remedy."""

import pytest

from agent.evals.scenario_file import ScenarioError, load, parse, shipped

GOOD = """\
name = "try"
about = "A try."
dial = "+15125550100"
expect = ["answered"]
voices = ["jf_alpha"]

[opening]
say = ["Hello, {name} here."]

[draw.name]
one_of = ["Anna", { say = "John C.", is = "John" }]

[[react]]
when = ["which day"]
say = ["{name}"]
"""


@pytest.mark.parametrize("name", shipped())
def test_shipped_scenarios_load_under_their_own_name(name: str) -> None:
    scenario = load(name)
    assert scenario.name == name
    assert scenario.expect


def test_the_scenarios_that_the_commands_name_are_shipped() -> None:
    wanted = {"ask-hours", "book", "human", "dtmf-0", "barge-in", "silent", "hangup-early", "demo", "sales-book"}
    assert wanted | {"cough-only", "ask-freely"} <= set(shipped())


def test_values_are_taken_over() -> None:
    scenario = parse(GOOD, "try.toml")
    assert [choice.says for choice in scenario.choices["name"]] == ["Anna", "John C."]
    assert [choice.value for choice in scenario.choices["name"]] == ["Anna", "John"]
    assert scenario.opening is not None
    assert scenario.reactions[0].when == ("which day",)


@pytest.mark.parametrize(
    ("old", "new", "line", "word"),
    [
        ('dial = "+15125550100"', "dial = 5", 3, "dial"),
        ('expect = ["answered"]', 'expect = ["happy"]', 4, "happy"),
        ('voices = ["jf_alpha"]', "voices = []", 5, "voices"),
        ('say = ["{name}"]', 'say = ["{nam}"]', 15, "nam"),
        ('say = ["{name}"]', 'say = ["{name"]', 15, "name"),
        ('when = ["which day"]', 'when = ["which day"]\nsays = ["x"]', 15, "says"),
        ('when = ["which day"]\n', "", 14, "when"),
        ('when = ["which day"]', 'when = ["which day"]\ntakes = "all"', 15, "takes"),
        ('when = ["which day"]', 'when = ["which day"]\ncheck = "read_back"', 16, "correct"),
        ('when = ["which day"]', 'when = ["which day"]\nrepeat = true', 16, "repeat"),
        ('about = "A try."', 'about = "A try."\npause_ms = [9, 1]', 3, "pause_ms"),
        ('about = "A try."', 'about = "A try."\nmax_ms = -1', 3, "max_ms"),
        ('about = "A try."', "about = A try.", 2, "TOML"),
    ],
)
def test_an_error_names_file_line_cause_and_remedy(old: str, new: str, line: int, word: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        parse(GOOD.replace(old, new), "try.toml")
    message = str(raised.value)
    assert message.startswith("try.toml:")
    assert abs(int(message.split(":")[1]) - line) <= 1
    assert word in message
    assert ";" in message


def test_an_unknown_scenario_is_refused_with_those_there_are() -> None:
    with pytest.raises(ScenarioError, match="ask-hours"):
        load("no-such")


def test_a_scenario_extends_a_shipped_one_and_replaces_what_it_names() -> None:
    text = 'extends = "book"\nname = "book-elsewhere"\nexpect = ["booked", "message"]\n[noise]\nkind = "babble"\n'
    book, extended = load("book"), parse(text, "f.toml")
    assert (extended.name, extended.expect) == ("book-elsewhere", ("booked", "message"))
    assert extended.noise.kind == "babble"
    assert (extended.reactions, extended.choices, extended.slot) == (book.reactions, book.choices, book.slot)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "x"\nextends = "no-such"\n', r"f\.toml:2: extends = 'no-such'; choose one of "),
        ('name = "x"\nextends = "book-lossy"\n', r"f\.toml:2: book-lossy extends book itself; extend book"),
        ('name = "x"\nextends = "book"\ncolour = "red"\n', r"f\.toml:3: unknown key 'colour'"),
    ],
)
def test_what_cannot_be_extended_is_told(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        parse(text, "f.toml")


def test_a_scenario_is_another_one_but_for_what_it_says_itself() -> None:
    book, hard, sales = load("book"), load("book-hard"), load("sales-book")
    assert hard.reactions == book.reactions
    assert hard.voices == ("jf_alpha",)
    assert [one.id for one in sales.reactions] == [*(one.id for one in book.reactions), "recording"]
    service = {one.id: one for one in sales.reactions}["service"]
    assert "demonstration consultation" in service.when
    assert sales.choices["name"] == book.choices["name"]
    assert sales.choices["service"] != book.choices["service"]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('dtmf = "{mmdd}"', "mmdd"),
        ('wrong = "hour"', "wrong"),
        ("rephrase = []", "rephrase"),
        ('extends = "x"', "extends"),
    ],
)
def test_what_cannot_be_keyed_or_extended_is_refused(line: str, word: str) -> None:
    text = (
        f"{line}\n{GOOD}"
        if word == "extends"
        else GOOD.replace('when = ["which day"]', f'when = ["which day"]\n{line}')
    )
    with pytest.raises(ScenarioError, match=word):
        parse(text, "try.toml")
