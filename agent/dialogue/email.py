"""E-mail addresses as callers say them and recognisers write them: "jane dot doe at gmail dot com"."""

import re

from agent.dialogue.words import NUMBERS

LONGEST = 254
_TLD = (
    "com|org|net|edu|gov|mil|io|co|uk|us|me|info|biz|de|ca|au|ie|nz|fr|tv|app|dev|ai|care|health|dental|law|online|shop"
)
_WRITTEN = re.compile(
    r"(?<![\w.+\-])[\w+\-]+(?:\.[\w+\-]+)*\s?@\s?[\w\-]+(?:\.[\w\-]+)*\.[a-z]{2,24}(?![\w\-])", re.IGNORECASE
)
_DOT = r"(?:[ ,]*\b(?:dot|period|point)\b[ ,]*|\. ?(?=[a-z0-9]))"
_LABEL = r"(?!(?:at|underscore|is|and|dot)\b)[a-z0-9']+"
_NAME = rf"{_LABEL}(?:(?: |-| dash | hyphen ){_LABEL}){{0,4}}?"
_DOMAIN = re.compile(
    r"(?:[ ,]+at(?: the)?[ ,]+|[ ,]*@[ ,]*|[ ,]+at sign[ ,]+)"
    rf"(?P<domain>{_NAME}(?:{_DOT}{_NAME})??(?:{_DOT}(?:{_TLD}))+)"
    r"(?![\w@])",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\s,;:!?]+|[,;:!?]")
_SIGNS = {
    "dot": ".",
    "period": ".",
    "point": ".",
    "underscore": "_",
    "dash": "-",
    "hyphen": "-",
    "minus": "-",
    "plus": "+",
}
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_SKIPPED = ("um", "uh", "er", "capital", "lowercase", "uppercase", "the", "number", "numeral", "letter")
_STOPS_TEXT = """
    hi hello hey good morning afternoon evening is it's its it be that's thats that email emails email's e-mail
    mail address my me to and at for contact reach use um was would the an so yes yeah sure ok okay no not sorry
    or hi please just under get write send also well right address's addresses mine name's i'm im this here wait
    by on with from of a
"""
_STOPS = frozenset(_STOPS_TEXT.split())
_AS_IN = re.compile(r"(?<![\w'])([a-z]) (?:as in|for|(?<!i )like) [a-z]+\b", re.IGNORECASE)
_THEN = re.compile(r"[ ,]+(?:and )?then[ ,]+", re.IGNORECASE)
_SPELLED_TOO = re.compile(
    r"\b(?:(?P<word>[a-z]{2,})(?P<between>[ ,.]+(?:(?:that's|spelled|spelt)[ ,]+)?))?"
    r"(?<![\w-])(?P<letters>[a-z](?:-[a-z])+)(?![\w-])",
    re.IGNORECASE,
)
_BEGUN_AGAIN = re.compile(
    r"\b([a-z]),? (?=\1 (?:dot|underscore|dash)\b)|\b(\w+ (?:dot|underscore|dash))[ ,]+(?=\2\b)", re.IGNORECASE
)
_JOINED = re.compile(
    r"[ ,]*\b(?:(?:all )?(?:one|1) word|(?:all )?(?:in )?lower ?case|no (?:spaces?|dots?)|1 word)\b[ ,]*", re.IGNORECASE
)


def find_email(text: str) -> tuple[str, str]:
    """The last address in ``text``, in lower case, and the text with every address as a comma; empty without one.

    Words in the place of an address count only before "at" and a domain with a known ending.
    """
    written = list(_WRITTEN.finditer(text))
    if written:
        return written[-1][0].replace(" ", "").lower(), _WRITTEN.sub(" there,", text)
    clean = _THEN.sub(" ", _JOINED.sub(" ", _AS_IN.sub(r"\1", text)))
    clean = _BEGUN_AGAIN.sub("", _SPELLED_TOO.sub(_once, clean))
    found, rest = "", clean
    for match in reversed(list(_DOMAIN.finditer(clean))):
        local, start = _local(clean[: match.start()])
        address = f"{local}@{_domain(match['domain'])}"
        if local and len(address) <= LONGEST:
            found = found or address
            rest = f"{rest[:start]} there,{rest[match.end() :]}"
    return (found, rest) if found else ("", text)


def _once(match: re.Match[str]) -> str:
    """A word that is spelled after it once; letters with hyphens between them as one word."""
    letters = match["letters"].replace("-", "")
    is_same = (match["word"] or "").lower() == letters.lower()
    return f"{match['word']} " if is_same else f"{match['word'] or ''}{match['between'] or ''}{letters}"


def _domain(said: str) -> str:
    """``b t internet dot com`` is ``btinternet.com``."""
    labels = re.split(_DOT, said.lower())
    return ".".join(_run(label.replace("'", "").split()) for label in labels)


def _local(before: str) -> tuple[str, int]:
    """What stands before the at, from its end backwards, and where it begins."""
    words: list[str] = []
    start = len(before)
    tokens = list(_WORD.finditer(before))
    for at in range(len(tokens) - 1, -1, -1):
        word = tokens[at][0].lower().rstrip(".")
        earlier = tokens[at - 1][0].lower() if at else ""
        is_joined = (bool(words) and words[0] in _SIGNS) or earlier in _SIGNS
        if word == ",":
            after = words[0] if words else ""
            if not (earlier in _SIGNS or after in _SIGNS or (_is_part(earlier) and (not after or _is_part(after)))):
                break
            continue
        if not re.fullmatch(r"[\w.+\-']+", word) or (tokens[at][0].endswith(".") and not is_joined):
            break
        if word in _STOPS and not (len(word) == 1 and (is_joined or _is_part(earlier))):
            break
        words.insert(0, word)
        start = tokens[at].start()
    while words and words[0] in _SIGNS:
        words.pop(0)
    return _run(words), start


def _is_part(word: str) -> bool:
    """Whether a word before a comma is a letter or a number: a part of a spelling."""
    return (len(word) == 1 and word.isalnum()) or word in NUMBERS or word in _TIMES


def _run(words: list[str]) -> str:
    """Words, letters, signs and numbers said one after the other, as they are written."""
    out, at = "", 0
    while at < len(words):
        word, after = words[at], words[at + 1] if at + 1 < len(words) else ""
        at += 1
        if word in _TIMES and after and (len(after) == 1 or after in NUMBERS or after in ("oh", "zero")):
            out += _figure(after) * _TIMES[word]
            at += 1
        elif NUMBERS.get(word, 0) >= 20 and 1 <= NUMBERS.get(after, 0) <= 9:
            out += str(NUMBERS[word] + NUMBERS[after])
            at += 1
        elif word == "oh" and (after in NUMBERS or out[-1:].isdigit()):
            out += "0"
        elif word not in _SKIPPED:
            out += _figure(word)
    return out


def _figure(word: str) -> str:
    if word in _SIGNS:
        return _SIGNS[word]
    return str(NUMBERS[word]) if word in NUMBERS else word.replace("'", "")
