"""A name that nothing announces, in an utterance whose question is not known: "Rosa Delgado, Tuesday at ten".

It stands between pauses, values or the ends of the utterance, and is written like a name or begins with a given name.
"""

import re
from collections.abc import Iterable

from agent.dialogue.given_names import GIVEN
from agent.dialogue.people import NOT_NAMES, STOP, TITLES, capitalised, in_full, is_cased
from agent.dialogue.words import MONTHS, NUMBERS, ORDINALS, WEEKDAYS

_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019\-][^\W\d_]+)*\.?|\S")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019\-][^\W\d_]+)*\.?")
_VALUE_TEXT = """
    tomorrow today tonight noon midday am pm oclock o'clock half quarter past morning afternoon evening this next the
    at on for in a an around about st nd rd th mon tue tues wed weds thu thur thurs fri sat sun jan feb mar apr jun jul
    aug sep sept oct nov dec
"""
_NAMES_TOO = frozenset(("april", "may", "june", "august"))
_VALUE = frozenset((*WEEKDAYS, *NUMBERS, *ORDINALS, *MONTHS, *_VALUE_TEXT.split())) - _NAMES_TOO
_COURTESY_TEXT = """
    yes yeah yep yup hi hello hey oh ok okay sure well so um uh er and it's its that's thats is name please thanks
    thank you that'd would be here calling speaking ringing no right alright sorry again it i'm im i am this under
    my with of name's
"""
_COURTESY = frozenset(_COURTESY_TEXT.split())
_PARTICLES_TEXT = "de da di del della der den van von la le el al bin ibn du dos das st mc o'"
_PARTICLES = frozenset(_PARTICLES_TEXT.split())
_NO_PERSON_TEXT = """
    delta blue cross shield aetna cigna metlife united healthcare humana medicaid medicare austin texas san
    antonio round rock north south east west happy new year day eve boxing good great yes no book phone re text
    sir maam ma'am madam love hon honey darling dear mate thanksgiving christmas easter god lord jesus check smile
    bright oak elm avenue road
"""
_NO_PERSON = frozenset(_NO_PERSON_TEXT.split())
_ALSO_WORDS_TEXT = """
    will may mark grant april june rose grace hope faith joy art bill pat sue dawn chase drew frank jack rich rob
    ray gene dean guy miles page penny ruby angel christian sandy daisy hazel lance kent clay amber ivy carol ken
    don tony grant gus ava ali an lin bob see pearl
"""
_ALSO_WORDS = frozenset(_ALSO_WORDS_TEXT.split())
_LONGEST = 4
_DOCTORS = ("dr", "doctor")
_KIN = "wife|husband|son|daughter|mom|mum|mother|dad|father|partner|brother|sister|kid|boy|girl|grandson|granddaughter"
_WEAK = r"it'?s|that'?s|it is|for|from|with|me,|hi,?|hello,?"
_FOR = re.compile(
    rf"\b(?:(?:for|bring|book|get|have|is|can|could|and) (?:\w+ )?my (?:{_KIN})"
    rf"|(?P<weak>{_WEAK})|put|book|schedule|add|this is|i'?m|i am|under|her name|his name|name"
    rf"|my (?:{_KIN})(?= [a-z]+(?: [a-z]+)?(?:'s)? (?:needs|has|wants|would|could|is|broke|lost|chipped|cracked)\b)"
    r")[ ,]+(?:is )?(?=(?P<rest>.+))",
    re.IGNORECASE,
)
"""What a name may follow; after a weak word only a known given name or one of two words is taken for one."""


def bare_name(text: str, values: Iterable[str], agent: str = "") -> str:
    """The name in ``text``, from which addresses and figures were taken out, or empty.

    ``values`` are words of other values, which end a name; ``agent`` is our own name, with which callers address us.
    """
    ends = _VALUE | frozenset(values)
    cased = is_cased(text)
    for match in _FOR.finditer(text):
        words = _leading(match["rest"], ends, cased)
        if match["weak"] and words and _low(words[0]) in _DOCTORS:
            continue  # whom the caller wants to see
        is_named = bool(words) and _low(match[0].split()[0]) in ("under", "name", "her", "his") and not cased
        if words and (is_named or _is_person(words, cased, bool(match["weak"]))) and words[0].lower() != agent.lower():
            return in_full(_written(words), match["rest"])
    for words in _chunks(text, ends):
        if (
            _low(words[0]) not in _DOCTORS
            and words[0].lower() != agent.lower()
            and _is_person(words, cased, is_bare=True)
        ):
            return in_full(_written(words), text)
    return ""


def _written(words: list[str]) -> str:
    return capitalised([word.rstrip(".") for word in words])


def _leading(text: str, ends: frozenset[str], cased: bool) -> list[str]:
    words: list[str] = []
    for token in _TOKEN.findall(text):
        low = _low(token)
        if not _WORD.fullmatch(token) or low in ends or (low in NOT_NAMES or low in STOP):
            break
        if cased and token[0].islower() and low not in _PARTICLES:
            break
        words.append(token)
        if token.endswith(".") and low not in TITLES and len(low) > 1:
            break
    return words if len(words) <= _LONGEST else []


def _chunks(text: str, ends: frozenset[str]) -> list[list[str]]:
    """The runs of words between pauses and values, without the courtesy around them."""
    runs: list[list[str]] = [[]]
    for token in _TOKEN.findall(text):
        low = _low(token)
        if not _WORD.fullmatch(token) or (low in ends and low not in TITLES):
            runs.append([])
            continue
        runs[-1].append(token)
        if token.endswith(".") and low not in TITLES and len(low) > 1:
            runs.append([])
    return [core for run in runs if (core := _core(run))]


def _core(run: list[str]) -> list[str]:
    while run and _low(run[0]) in _COURTESY:
        run = run[1:]
    while run and _low(run[-1]) in _COURTESY:
        run = run[:-1]
    return run


def _is_person(words: list[str], cased: bool, is_bare: bool) -> bool:
    low = [_low(word) for word in words]
    has_title = bool(low) and low[0] in TITLES
    while low and low[0] in TITLES:
        low, words = low[1:], words[1:]
    if not words or len(words) > _LONGEST or any(word in _NO_PERSON or len(word) < 2 for word in low[:1]):
        return False
    if low and low[-1].endswith("'s"):
        return False  # whose mother, husband, office
    if any(word in NOT_NAMES or word in STOP or word in _NO_PERSON for word in low):
        return False
    if cased and not all(word[0].isupper() or word.lower() in _PARTICLES for word in words):
        return False
    if low[0] in GIVEN and (cased or len(words) > 1 or low[0] not in _ALSO_WORDS):
        return True
    return cased and (len(words) > 1 or has_title or not is_bare)


def _low(word: str) -> str:
    return word.lower().rstrip(".").replace("\u2019", "'")
