"""What a transcript looks like at a pause: an answer, a finished sentence, or something with more to come.

Recognisers set a full stop after half a sentence too, so the last word speaks louder than the punctuation.
"""

import re
from enum import StrEnum
from typing import Literal

from agent.speech.words import table, words

Expected = Literal["person_name", "phone", "email", "date", "time", "service", "yes_no", "free_text"]
"""Slot types of a profile (agent.values.profile.SlotSpec)."""


class Shape(StrEnum):
    """How finished a transcript looks."""

    ANSWERED = "answered"
    """What was asked for is there, whole: a yes, ten digits, an address with its end, a name and its spelling."""
    CLOSED = "closed"
    """It ends as turns end: please, thank you, goodbye."""
    QUESTION = "question"
    """With the recogniser's question mark."""
    FINISHED = "finished"
    """With its full stop."""
    UNKNOWN = "unknown"
    UNFINISHED = "unfinished"
    """It ends in a word that wants another, or in a comma."""
    COUNTING = "counting"
    """Digits, but not yet a telephone number."""
    SPELLING = "spelling"
    """Letters one by one, or an e-mail address that lacks its @ or its end."""
    EMPTY = "empty"
    """The recogniser heard no words."""


YES_NO = frozenset(
    table(
        """
        yes | yeah | yep | yup | sure | correct | right | okay | ok | absolutely | exactly | perfect | fine | no | nope
        | nah | yes please | yeah please | sure thing | yes it is | yes i do | yes i am | yes i would
        | yes that's right | yes that's correct | yeah that's right | yes correct | that's right | that's correct
        | that is correct | that is right | sounds good | that's fine | that works | of course | all right
        | no thanks | no thank you | no that's wrong | that's wrong | no it isn't | no i don't | no i'm not
        | not really | that's not right | no that's it | no that's all | that's all
        """,
        "|",
    )
)
"""Whole answers to a yes-no question, as ``words`` gives them."""

TRAILING = frozenset(
    table("""to at my and the um uh uhm er erm hmm because for with a an of or but from about if i i'm i'd i'll i've
    we it's is are was between around before after until by your our his her their on in as than very some any also
    maybe well so let's there's dot then past whether which who's next every another each""")
)
"""Last words after which a caller goes on."""

COMPLETE_ENDINGS = table(
    """come in | check in | walk in | bring in | hold on | go on | later on | what for | asking for | looking for
    | it is | who is | how are | know about | stop by | very well | as well | day after | week after | month after""",
    "|",
)
"""Endings that are complete although their last word is in TRAILING."""

OPEN_ENDINGS = table(
    """i need | i want | i'd like | i would like | i think | i guess | i was wondering | told that | so that | next
    | let me see | let me look | let me think | let me check | one moment | one second | you know | area code | i mean
    | could i | can i | could you | can you | would you | do you | i have | you can use | you could use | can you do
    | could you do | do you have | do you take | need to cancel | like to cancel | want to cancel | have to cancel
    | need to change | like to change | want to change | to make | can i make | to book | can i book | to schedule
    | to speak | i speak | to talk | i talk | i'll take | i will take | i can do | maybe | around | what are you
    | what are your | what is your | what do you | what time do you | how much is | how long is""",
    "|",
)
"""Endings after which more comes although their last word is not in TRAILING."""

OPENERS = frozenset(
    table(
        """hello | hi | hey | hello there | hi there | good morning | good afternoon | good evening | hello good morning
        | sorry | excuse me | oh | okay so | yes hello | yes hi | hello hi""",
        "|",
    )
)
"""Whole texts that begin something: a request follows."""

DENIALS = frozenset(table("no not don't none never without same skip why what"))
"""In an answer to a question for an address: there will be none, or not now."""

NO_NAMES = frozenset(table("yes no not please hold moment what okay can could you wait repeat sorry um uh well"))
"""Words of a caller who was asked for a name, a day or a time and is not giving one yet."""

CLOSING = frozenset(table("please thanks bye goodbye cheers ma'am sir"))
"""Last words that close a sentence, with or without the recogniser's full stop."""

QUESTION_WORDS = frozenset(table("what where when how who which why"))
MIN_QUESTION_WORDS = 3
_AGREEABLE = re.compile(
    r"(?:\b(?:is|are|be|sounds?|looks?|'s|me) (?:fine|good|great|perfect|okay|ok|possible|best|better)"
    r"|\bworks?(?: for me)?"
    r"|\b(?:first|second|third|last|other|earlier|later) one)$"
)
"""Ends as turns end: "the first one is fine", "that works for me"."""
MOST_YES_WORDS = 5
_YES = frozenset((*table("yes yeah yep yup correct right"), "that's correct", "that's right", "that's fine", "that is"))
_BARE_NO = frozenset(table("no nope nah"))
_MONTH = "january|february|march|april|may|june|july|august|september|october|november|december"
_WEEKDAY = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_PART = "morning|afternoon|evening"
_WHOLE: dict[str, re.Pattern[str]] = {
    "time": re.compile(
        rf"(?:\d ?[ap]\.?m|o'?clock|\bnoon|\d[:.-]\d\d|half past \w+|quarter (?:past|to) \w+|in the (?:{_PART}))$"
    ),
    "date": re.compile(
        rf"(?:(?:{_MONTH}) (?:the )?\d{{1,2}}(?:st|nd|rd|th)?|\b\d{{1,2}}(?:st|nd|rd|th)(?: of (?:{_MONTH}))?"
        rf"|tomorrow(?: (?:{_PART}))?|(?:this|next) (?:{_WEEKDAY})(?: (?:{_PART}))?|\d{{1,2}} (?:{_MONTH}))$"
    ),
    "person_name": re.compile(r"^(?:(?:my name is|it's|this is|i'm|i am) )?(?!my )[a-z'-]{2,} [a-z'-]{2,}$"),
}
"""Answers that are whole, by the slot that was asked for: nothing is missing, with or without a full stop."""

_FIRST_NAME = re.compile(r"^(?:(?:my (?:first )?name is|it's|this is|i'm|i am|the first name is) )?[a-z'-]{2,}$")
_DIGIT_WORDS = {
    **dict.fromkeys(table("zero oh o one two three four five six seven eight nine"), 1),
    **dict.fromkeys(table("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"), 2),
    **dict.fromkeys(table("twenty thirty forty fifty sixty seventy eighty ninety"), 2),
}
_TENS_AND_UNIT = re.compile(
    r"\b(?:twen|thir|for|fif|six|seven|eigh|nine)ty[ -](?:one|two|three|four|five|six|seven|eight|nine)\b"
)
_LETTERS_END = re.compile(r"(?<![a-z'])((?:[a-z][\s,.-]+)+[a-z])$")
_CAPITALS_END = re.compile(r"(?:^|[\s,.-])(?:[A-Z][\s,.-]*){2,}[\s,.?!-]*$")
_SPELLED_END = re.compile(r"(?:^|[\s,])(?:[a-z](?:[\s,.-]+|$)){2,}$")
_EMAIL_END = re.compile(r"(?:@\S+\.[a-z]{2,}|(?:\bdot |\.)(?:com|org|net|edu|gov|info|io|co|de|fr|es|it|uk|us|ru))$")
_OPEN_END = re.compile(r"(?:\.\.\.|…|,|-|—|–|:)$")
_NUMBER_WORDS = frozenset(("number", "phone", "telephone", "mobile", "cell"))
PHONE_DIGITS = 10
LOCAL_PHONE_DIGITS = 7


def digit_count(text: str) -> int:
    """Digits spoken in ``text``: "555 1" is 4, "five five double two" is 4, "twenty-one" is 2."""
    count, times = 0, 1
    for word in words(text):
        if word in ("double", "triple"):
            times = 2 if word == "double" else 3
            continue
        figures = sum(c.isdigit() for c in word)
        count += times * (figures or _DIGIT_WORDS.get(word, 0))
        times = 1
    # "twenty one" is two digits, not three: a ten followed by a unit is one number.
    return count - len(_TENS_AND_UNIT.findall(text.lower()))


def text_shape(text: str, expects: Expected | None = None) -> Shape:
    """Judge the transcript of a turn so far. ``expects`` is the slot the agent just asked for."""
    said = text.strip().lower().replace("’", "'")
    spoken = words(said)
    if not spoken:
        return Shape.EMPTY
    by_slot = _by_slot(text, said, spoken, expects)
    if by_slot is not None:
        return by_slot
    if _OPEN_END.search(said) or (_trails(spoken) and not _asks(said, spoken)):
        return Shape.UNFINISHED
    if _is_counting(spoken):
        return Shape.COUNTING
    if _SPELLED_END.search(said.rstrip(".?! ")):
        return Shape.SPELLING
    if " ".join(spoken) in OPENERS and said[-1] != "?":
        return Shape.UNFINISHED
    if spoken[-1] in CLOSING or spoken[-2:] == ["thank", "you"] or _AGREEABLE.search(" ".join(spoken)):
        return Shape.CLOSED
    if said[-1] == "?":
        return Shape.QUESTION
    is_sentence = said[-1] in ".!" or " ".join(spoken) in YES_NO
    return Shape.FINISHED if is_sentence else Shape.UNKNOWN


def _by_slot(text: str, said: str, spoken: list[str], expects: Expected | None) -> Shape | None:
    """What the expected slot alone decides; None leaves it to the general rules."""
    bare = said.rstrip(".?!, ")
    if expects == "yes_no" and _is_yes_or_no(spoken):
        return Shape.ANSWERED
    if expects in _WHOLE and _WHOLE[expects].search(bare) and not (_trails(spoken) or NO_NAMES & set(spoken)):
        return Shape.ANSWERED
    if expects == "phone":
        return _phone_shape(said, spoken)
    if expects == "email":
        return _email_shape(bare, spoken)
    return _name_shape(text, bare, spoken) if expects == "person_name" else None


def _email_shape(bare: str, spoken: list[str]) -> Shape | None:
    """An address goes on until it has its end, whatever the recogniser makes of its middle."""
    if _EMAIL_END.search(bare):
        return Shape.ANSWERED
    # "I don't have one" is an answer; a syllable of an address ("no@...") denies nothing.
    return None if "@" not in bare and DENIALS & set(spoken) else Shape.SPELLING


def _name_shape(text: str, bare: str, spoken: list[str]) -> Shape | None:
    """A name that is being spelled is whole when the letters are those of a word said before."""
    letters = _LETTERS_END.search(bare)
    if letters or _CAPITALS_END.search(text):
        spelled = re.sub("[^a-z]", "", letters[1] if letters else spoken[-1])
        before = words(bare[: letters.start()] if letters else " ".join(spoken[:-1]))
        return Shape.ANSWERED if len(spelled) > 2 and spelled in before else Shape.SPELLING
    # A first name alone: the last one comes.
    return Shape.UNKNOWN if _FIRST_NAME.search(bare) else None


def _is_yes_or_no(spoken: list[str]) -> bool:
    """A yes and little more: "yes, that's fine", "that's correct, thank you". After a bare no the reason may come."""
    said = " ".join(spoken)
    if said in YES_NO:
        return said not in _BARE_NO
    is_yes = spoken[0] in _YES or " ".join(spoken[:2]) in _YES
    return is_yes and len(spoken) <= MOST_YES_WORDS and not _trails(spoken)


def _phone_shape(said: str, spoken: list[str]) -> Shape | None:
    count = digit_count(said)
    if count < 2 and len(spoken) > 1:
        # "I don't have one."
        return None
    # A leading 1 is the country code of the numbering plan with ten digits.
    first = next((w for w in spoken if w[0].isdigit() or w in _DIGIT_WORDS), "")
    wanted = PHONE_DIGITS + (first == "one" or first.startswith("1"))
    if count >= wanted:
        return Shape.ANSWERED
    if count == 0 or _OPEN_END.search(said) or _trails(spoken):
        return None
    return Shape.COUNTING if count < LOCAL_PHONE_DIGITS else Shape.UNKNOWN


def _trails(spoken: list[str]) -> bool:
    ending = " ".join(spoken[-3:])
    if any(f" {ending}".endswith(f" {more}") for more in OPEN_ENDINGS):
        return True
    if spoken[-1] not in TRAILING:
        return False
    return not any(ending.endswith(complete) for complete in COMPLETE_ENDINGS)


def _asks(said: str, spoken: list[str]) -> bool:
    """Whether it is a question that may end in any word: "what is that for?", "tell me how much a cleaning is."."""
    is_asked = said[-1] == "?" or spoken[-1] in ("is", "are", "it")
    return is_asked and len(spoken) > MIN_QUESTION_WORDS and not QUESTION_WORDS.isdisjoint(spoken)


def _is_counting(spoken: list[str]) -> bool:
    """Whether the text ends in a run of digits that is too short for a telephone number."""
    run = 0
    while run < len(spoken) and (spoken[-1 - run].isdigit() or spoken[-1 - run] in _DIGIT_WORDS):
        run += 1
    if run < (2 if _NUMBER_WORDS & set(spoken) else 3):
        return False
    return digit_count(" ".join(spoken[-run:])) < PHONE_DIGITS
