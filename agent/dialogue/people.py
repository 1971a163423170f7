"""Person names: "my name is ...", a bare answer, and spelled letters.

A name is what the caller said, in the caller's words; nothing is looked up.
"""

import re
from collections.abc import Callable

from agent.dialogue.words import MONTHS, NUMBERS, ORDINALS, WEEKDAYS, distance

_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019\-][^\W\d_]+)*\.?|[,;.!?]|\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019\-][^\W\d_]+)*\.?")
_STOP_TEXT = """
    and for my the a an on at from with to in i i'd i'm i'll it it's its is was are calling here speaking please
    thanks thank you but so because who that's that which phone number telephone cell mobile would like want
    need have can could or just by as spelled spelt spelling if of me we they he she last first name this there
    not
"""
_NOT_NAMES_TEXT = """
    years year months month days hours minutes office practice secretary assistant team company needs wants wanted
    broke broken lost chipped cracked goes says said already totally absolutely literally basically generally
    normally pretty quite rather super totally kinda sorta honestly currently nearby local tired curious unsure
    certain sure desperate anxious terrified hopeless useless early mid almost nearly barely hardly even ever
    again overdue allergic insured uninsured bleeding swollen sore numb ok bad worse better best missing moving
    traveling travelling driving sitting standing stuck lost wanting planning about under over between from within
    without during because such terrible awful lovely nice wonderful horrible great amazing down up due in on yes
    yeah yep no nope okay ok sure hello hi hey well um uh er mm hmm good fine great right correct sorry what why
    how when where who pardon looking trying wondering hoping interested happy afraid going about available free
    new late early sick ill busy still also very really not now then tomorrow today tonight morning afternoon
    evening noon week next back booking appointment calling ringing phoning having getting coming thinking asking
    cleaning filling checkup whitening emergency demo nothing anything something time day date same different
    wrong bye goodbye later earlier only maybe perhaps actually exactly perfect wait done ready unable able
    supposed confused asap soon whatever anytime the a an i you we don't dont can't won't didn't never none
    neither either both all any some one two human person operator agent representative cancel help stop repeat
    again think know let get make take give see change monday gonna gotta wanna kind sort id im ill its thats
    whats dont cant wont ive retired home out off old dental insurance clinic street bright your somebody someone
    everybody nobody everything mine yours ours theirs okay alright all set hurting hurts hurt tooth teeth pain
    urgent whiten exam hygienist appointments tuesdays central eastern pacific mountain spelled email address
    number my do does did has had were been being if when while after before until since then than more less most
    least much many few lot lots bit little big small long short hold hang scared nervous worried pregnant
    diabetic deaf disabled driving working away around near far patient customer caller dentist doctor nurse
    husband wife son daughter mom mother dad father mum brother sister friend kid kids child children flexible
    open fully booked perfectly completely totally just still always never usually probably definitely certainly
    interested glad delighted pleased grateful sorry afraid required needing required unavailable yet
"""
TITLES = ("mr", "mrs", "ms", "miss", "doctor", "dr", "sir", "madam")
_SURE = re.compile(
    r"\b(?:my (?:full |first |last )?names? (?:is|are|was|would be|will be)|my name's|names? (?:is|would be)|name's"
    r"|names(?= [a-z]+ [a-z]+)|(?:sur|last |family )name(?:'s| is)|(?:i am|i'm|is|'s) called"
    r"|call me(?! (?:at|on|back|when|if)\b)|under the name(?: of)?|account of|name of|name[:;]"
    r"|put it under|put me down as|make it out to|the patient is|on behalf of"
    r"|patient's name is)"
    r"(?: under)?[ ,:]+",
    re.IGNORECASE,
)
_PARTS = tuple(
    re.compile(rf"\b{part}(?: is|'s)?[ ,:]+(?!and\b)", re.IGNORECASE)
    for part in ("(?:first|given) name", "(?:(?:last|family|second) name|surname)")
)
_LIKELY = re.compile(r"\b(?:this is|i'm|i am|im)[ ,:]+", re.IGNORECASE)
_EXPECTED = re.compile(
    r"\b(?:it's|it is|its|that's|that is|that would be|it would be|for|under|yes|sure|okay|ok)[ ,:]+", re.IGNORECASE
)
_SPEAKING = re.compile(
    r"^(?:(?:hi|hello|hey|yes|it's|good morning|good afternoon)[ ,.!]+)*"
    r"(?P<name>(?:(?:mr|mrs|ms|dr)\.? )?[^,.!?]{2,40}?) (?:speaking|here|calling|ringing)\b",
    re.IGNORECASE,
)
_SPELLING = re.compile(
    r"[ ,.]*\b(?:that's|that is|and it's|it's|spelled|spelt|spelling is|with|written|spell it)?(?: with)?[ ,.:]*$",
    re.IGNORECASE,
)
STOP = frozenset(_STOP_TEXT.split())
_MONTH_NAMES = frozenset(MONTHS) - {"april", "may", "june", "august"}
NOT_NAMES = frozenset((*_NOT_NAMES_TEXT.split(), *WEEKDAYS, *NUMBERS, *ORDINALS, *_MONTH_NAMES))
_SURNAMES_TEXT = """
    long short small little bright best early old day week weeks noon case near mine hand hands doctor nurse sick hope
    friend child father speaking fine sharp swift good great new grand late bliss love man street will
"""
_SURNAMES = frozenset(_SURNAMES_TEXT.split())
_LETTERS = re.compile(
    r"(?<![\w'])[A-Za-z](?:(?:-[A-Za-z](?![\w']))+"
    r"|(?:[ ,.\-]+[A-Za-z](?![\w'])"
    r"(?! (?:need|want|have|had|would|was|am|broke|chipped|lost|can|could|think|like)\b))+)"
)
_LONGEST = 4
_SYLLABLE = 3
"""So many letters may be a name without a vowel; more of them were said of a part of it ("double L, double T")."""


def find_name(
    text: str, is_expected: bool, known: str = "", unannounced: Callable[[str], str] = lambda _text: ""
) -> str:
    """The caller's name in ``text``, title-cased, or empty.

    Bare answers count only when a name ``is_expected``; ``unannounced`` finds others in a text that announces none.
    Letters spelled out mend the name said with them, or the ``known`` one.
    """
    spelled, rest = _spelled(text)
    said = _with_family_name(_said(rest, is_expected) or unannounced(rest), rest)
    if not spelled:
        return said
    if said or known:
        return _mended(said or known, spelled)
    is_said = spelled.lower() in rest.lower().split()
    return spelled.title() if is_expected or is_said or len(spelled) > 2 else ""


def _said(text: str, is_expected: bool) -> str:
    parts = [match and _leading_name(text[match.end() :], is_sure=True) for match in (p.search(text) for p in _PARTS)]
    if all(parts):
        return " ".join(filter(None, parts))
    return _name_said(text, is_expected)


def _with_family_name(first: str, text: str) -> str:
    """``first`` with the name that is announced apart from it: "I'm Zoe, last name Clark"."""
    if len(first.split()) != 1:
        return first
    given, family = (
        match and _leading_name(text[match.end() :], is_sure=True) for match in (p.search(text) for p in _PARTS)
    )
    if given and given != first:
        return f"{given} {first}"
    return f"{first} {family}" if family and family != first else first


def _name_said(text: str, is_expected: bool) -> str:
    cased = is_cased(text)
    for pattern in (_SURE, *((_EXPECTED,) if is_expected else ()), _LIKELY):
        for match in reversed(list(pattern.finditer(text))):
            if name := _leading_name(text[match.end() :], pattern is _SURE, cased):
                return in_full(name, text[match.end() :])
    if (speaking := _SPEAKING.search(text)) and (name := _whole_name(speaking["name"])):
        return in_full(name, text[speaking.end() :])
    return _bare(text) if is_expected else ""


def in_full(name: str, text: str) -> str:
    """``name``, or the whole of it where ``text`` says it once more in full: "Bond, James Bond"."""
    parts = [word.lower() for word in name.split() if word.lower().rstrip(".") not in TITLES]
    if len(parts) > 2 and parts[0] in (parts[1], parts[-1]):
        return " ".join(name.split()[1:])
    if len(parts) != 1:
        return name
    wholes = (_whole_name(chunk.strip()) for chunk in re.split(r"[,.;!?]+", text))
    return next((whole for whole in wholes if " " in whole and parts[0] in whole.lower().split()), name)


def is_cased(text: str) -> bool:
    """Whether the text is written with capitals, so that a name in it has them, too."""
    letters = [letter for letter in text if letter.isalpha()]
    if letters and letters[0].isupper() and letters[0] != "I":
        return True
    return any(word[0].isupper() for word in text.split()[1:] if word[0].isalpha() and not word.startswith("I"))


def _leading_name(text: str, is_sure: bool, cased: bool = False) -> str:
    """The name words at the start of ``text``; a likely but not sure place takes only words that can be names."""
    words: list[str] = []
    for token in _TOKEN.findall(text):
        low = token.lower().rstrip(".").replace("\u2019", "'")
        if not words and (low in ("um", "uh", "er") or token in ",;"):
            continue
        is_surname = bool(words) and token[0].isupper() and low in _SURNAMES
        if not _WORD.fullmatch(token) or low.partition("-")[0] in NUMBERS:
            break
        if (low in STOP or low in NOT_NAMES) and not is_surname:
            break
        words.append(token.rstrip(".") if low not in TITLES else token)
        if token.endswith(".") and low not in TITLES and len(low) > 1:
            break
    if words and words[-1].endswith("'s"):
        return ""  # whose mother, husband, office
    if not words or len(words) > _LONGEST or (not is_sure and not _may_be_names(words, cased)):
        return ""
    return capitalised(words)


def _may_be_names(words: list[str], cased: bool) -> bool:
    """After "I'm" or "this is" most words are no names; one in lower case or ending in -ing is none."""
    return all(word[0].isupper() for word in words) or (
        not cased and len(words) <= 2 and not any(w.endswith(("ing", "ed", "ly")) for w in words)
    )


def _whole_name(text: str) -> str:
    name = _leading_name(text, is_sure=True)
    return name if len(name.split()) == len(text.split()) else ""


def _bare(text: str) -> str:
    """A whole answer that is nothing but a name, with some courtesy around it."""
    core = re.sub(
        r"^(?:(?:yes|yeah|yep|sure|okay|ok|um|uh|er|well|hi|hello|of course|so|no|oh|right|all right|alright|certainly)"
        r"(?:[ ,.!\-]+|$))+",
        "", text.strip(), flags=re.IGNORECASE,
    )  # fmt: skip
    core = re.sub(r"[ ,.]*(?:please|thanks|thank you|speaking)?[ ,.!?]*$", "", core, flags=re.IGNORECASE)
    words = [w for w in re.split(r"[ ,.]+", core) if w]
    if not 1 <= len(words) <= _LONGEST or not all(_WORD.fullmatch(w) for w in words):
        return ""
    low = [w.lower().replace("\u2019", "'") for w in words]
    if any(w in NOT_NAMES or w in STOP for w in low) or (len(words) == 1 and len(words[0]) < 2):
        return ""
    return capitalised(words)


def capitalised(words: list[str]) -> str:
    """The words of a name as it is written."""
    return " ".join(w if any(c.isupper() for c in w[1:]) and not w.isupper() else _capital(w) for w in words)


def _capital(word: str) -> str:
    low = word.lower().replace("\u2019", "'")
    return re.sub(r"(^|-|'(?=\w\w))(\w)", lambda m: m[1] + m[2].upper(), low)


def _spelled(text: str) -> tuple[str, str]:
    """Letters said one by one ("L E E", "L-E-E", "D as in David"), joined, and the text without them."""
    clean = re.sub(r"(?<![\w'])([A-Za-z]),? (?:as in|for|(?<![Ii] )like|is for|like in) [A-Za-z]+\b", r"\1", text)
    clean = re.sub(r"(?<=\b[A-Za-z])-apostrophe-(?=[A-Za-z]\b)", "-", clean)
    clean = re.sub(r"\bwith (?:an?|1|one|two|the letter) [A-Za-z](?:'?s)?\b", ",", clean)
    clean = re.sub(r"\b[Dd]ouble[ -]([A-Za-z])\b", r"\1 \1", clean)
    runs = list(_LETTERS.finditer(clean))
    runs = [
        run
        for run in runs
        if len(_letters(run.group())) >= 2
        and _letters(run.group()).lower() not in ("am", "pm", "ai", "id")
        and (len(_letters(run.group())) <= _SYLLABLE or re.search("[aeiouy]", run.group(), re.IGNORECASE))
    ]
    if not runs:
        return "", clean
    rest = clean
    for run in reversed(runs):
        before = _SPELLING.sub("", rest[: run.start()])
        rest = before + "," + rest[run.end() :]
    return " ".join(_letters(run.group()) for run in runs), rest


def _letters(text: str) -> str:
    return re.sub(r"[^A-Za-z]", "", text)


def _mended(name: str, spelled: str) -> str:
    """``name`` with the spelled word in place of the part that sounds most like it."""
    words = name.split()
    for part in spelled.split():
        if part.lower() in (_letters("".join(words)).lower(), *(_letters(word).lower() for word in words)):
            words = [_capital(part) if word.lower() == part.lower() else word for word in words]
            continue
        near = min(
            range(len(words)),
            key=lambda n: (distance(words[n].lower(), part.lower()), words[n][0].lower() != part[0].lower(), -n),
        )
        is_same = words[near][0].lower() == part[0].lower() or distance(words[near].lower(), part.lower()) <= 2
        words[near] = _capital(part) if is_same else words[near]
        if not is_same:
            words.append(_capital(part))
    return " ".join(words)


def sounds_like(one: str, other: str) -> bool:
    """Whether two names share a word or nearly so: a correction of a name, not another topic."""
    return any(
        distance(a.lower(), b.lower()) <= (1 if min(len(a), len(b)) < 4 else 2)
        for a in one.split()
        for b in other.split()
    )
