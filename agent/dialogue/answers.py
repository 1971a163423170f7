"""Short answers: yes, no, goodbye, "say that again", which of the offers. On plain spelling."""

import re
from typing import Literal

YesNo = Literal["yes", "no", ""]

_NO_AS_YES = re.compile(
    r"^no (?:problem|worries|that's (?:right|correct|fine|good|perfect|great|it)|that is (?:right|correct|fine)"
    r"|it's (?:fine|correct|right)|that'll do)\b|\bwhy not\b|\bi don't mind\b|\bno problem\b"
)
_NOT_YES = re.compile(
    r"\b(?:not|isn't|ain't|don't|doesn't|never) (?:quite |really |at all |exactly |that )*"
    r"(?:right|correct|okay|ok|good|sure|true|fine|perfect|so)\b"
    r"|\b(?:incorrect|wrong|mistake|false|nope|nah|negative|disagree)\b"
    r"|^(?:uh uh|nuh uh|na|nay|no way|absolutely not|of course not|certainly not|not)\b"
    r"|\bi don't (?:think so|want)\b|\bplease don't\b|\bdon't (?:do|book|use)\b|\bnot (?:today|now|yet|this time)\b"
)
_NO = re.compile(r"\bno\b(?! (?:later|earlier|one|idea|preference))")
_YES = re.compile(
    r"\b(?:yes|yeah|yea|yep|yup|yah|ya|yas|aye|sure|certainly|absolutely|definitely|exactly|correct|correctly|right"
    r"|perfect|fine|great|good|lovely|wonderful|okay|ok|okey|alright|affirmative|indeed|true|agreed|please do|go ahead"
    r"|go for it|of course|by all means|that works|works for me|works fine|suits me|sounds good|that will do|that'll do"
    r"|you can|you may|i'd love to|i agree|why not|mm hmm|mhm|mm hm|uh huh|use that|use this|that one|this number"
    r"|same number|confirm|confirmed|i don't mind|no problem|no worries)\b"
    r"|\b(?:i do|it is|that is|that's it|i would|please)$"
)
_BYE = re.compile(
    r"\b(?:good ?bye|bye(?: bye)?|see you(?: then| later| soon)?|have a (?:good|nice|great|lovely) (?:day|one"
    r"|evening|afternoon|weekend)"
    r"|that's all|that is all|that's it for now|that was all|that's everything|that is everything|nothing else"
    r"|i'm done|i am done|we're done"
    r"|never ?mind|forget it|talk to you later|hang up)\b"
)
_AGAIN = re.compile(
    r"^(?:sorry|pardon(?: me)?|excuse me|what|huh|come again|say that again|what was that)$"
    r"|\b(?:say (?:that|it) again|repeat (?:that|it|please|the|what)|could you repeat|can you repeat"
    r"|please repeat|what did you say|"
    r"what was (?:that|the question)|once more|one more time|i (?:didn't|did not|couldn't) (?:hear|catch|get"
    r"|understand)(?: that| you| it)?"
    r"|what do you mean|pardon|come again|say again)\b|^repeat$"
)
_RESTART = re.compile(
    r"\b(?:start (?:all )?(?:over|again|from (?:the )?(?:beginning|scratch|start))|begin again|from the (?:top"
    r"|beginning)|restart)\b"
)
_HELLO = re.compile(
    r"^(?=.*\b(?:hi|hello|hey|there|hear me|morning|afternoon|evening|how are you)\b)"
    r"(?:(?:hi|hello|hey|yes|are you (?:still )?there|anybody there|is anyone there|can you hear me"
    r"|good (?:morning|afternoon|evening|day)"
    r"|there|how are you(?: today| doing)?|thanks|thank you|fine)\s?)+$"
)
_WAIT = re.compile(
    r"^(?:(?:um|uh|please|just|yes|ok|okay|can you|could you)\s)*(?:one (?:moment|second|minute)|hold on"
    r"|hang on|wait|just a (?:second|moment|minute|sec)"
    r"|give me a (?:second|moment|minute|sec)|let me (?:think|see|check|look)|a moment)\b"
)
_ABOUT_AI = re.compile(
    r"\b(?:are you|is this|am i (?:talking|speaking) (?:to|with)) (?:a |an |the )?(?:real |actual |live )*"
    r"(?:robot|machine|bot|ai|human|person|computer|real|automated|recording|voice ?mail)\b"
)
_FIRST = re.compile(
    r"\b(?:(?:the |your )?(?:first|1st|former|earlier|earliest|morning)(?: one| 1| option| time| slot)?"
    r"|option (?:one|1))\b"
)
_SECOND = re.compile(
    r"\b(?:(?:the |your )?(?:second|2nd|latter|later|last|afternoon)(?: one| 1| option| time| slot)?"
    r"|option (?:two|2))\b"
)
_ANY = re.compile(
    r"\b(?:either(?: one)?|any(?: of them| of those| time| ?one| day| works)|whichever|whatever|doesn't matter"
    r"|does not matter|don't care"
    r"|i'm flexible|i am flexible|no preference|both (?:are|work)|as soon as (?:possible|you can)|soonest"
    r"|earliest|asap|a s a p"
    r"|first available|next available|whenever|as early as (?:possible|you can))\b"
)
_MORE = re.compile(
    r"\b(?:(?:anything|something|nothing|any|what) (?:else|other|earlier|later|different|more|another)"
    r"|other (?:times|options|slots|time)|another time"
    r"|(?:a bit |a little |bit )?(?<!the )(?:later|earlier)(?! one)|neither|none of|different time|don't work"
    r"|doesn't work|not good|can't (?:make|do))\b"
)
_FILLERS = frozenset(
    [
        "um",
        "uh",
        "er",
        "erm",
        "hmm",
        "hm",
        "mm",
        "ah",
        "oh",
        "eh",
        "well",
        "so",
        "like",
        "you",
        "know",
        "and",
        "the",
        "a",
        "i",
        "it",
        "is",
        "okay",
        "ok",
        "but",
    ]
)
_INVENTED = frozenset(
    (
        "you", "thank you", "thanks for watching", "thank you for watching", "thank you very much", "thanks", "the end",
        "subtitles by the amara org community", "please subscribe", "so", "thank you so much", "i'm sorry",
    )
)  # fmt: skip


def yes_or_no(words: str) -> YesNo:
    """Whether ``words`` agree or refuse; empty when they do neither, or both."""
    if _NO_AS_YES.search(words):
        return "yes"
    if _NOT_YES.search(words):
        return "no"
    is_no, is_yes = bool(_NO.search(words)), bool(_YES.search(words))
    if is_no and is_yes:
        return "no" if words.startswith("no ") else ""
    return "no" if is_no else "yes" if is_yes else ""


def is_goodbye(words: str) -> bool:
    """Whether the caller takes leave."""
    return bool(_BYE.search(words))


def is_again(words: str) -> bool:
    """Whether the last thing said is to be said again."""
    return bool(_AGAIN.search(words))


def is_restart(words: str) -> bool:
    """Whether the task is to begin anew."""
    return bool(_RESTART.search(words))


def is_hello(words: str) -> bool:
    """Nothing but a greeting, or "are you there?"."""
    return bool(_HELLO.match(words))


def is_wait(words: str) -> bool:
    """The caller needs a moment."""
    return bool(_WAIT.match(words)) and len(words.split()) <= 7


def asks_about_ai(words: str) -> bool:
    """ "Are you a robot?"."""
    return bool(_ABOUT_AI.search(words))


def wants_any(words: str) -> bool:
    """Any offer will do, or the first there is."""
    return bool(_ANY.search(words))


def wants_more(words: str) -> Literal["later", "earlier", "other", ""]:
    """Another offer, and in which direction."""
    if not _MORE.search(words):
        return ""
    return "later" if "later" in words else "earlier" if "earlier" in words else "other"


def choice(words: str, offers: int) -> int | None:
    """Index of the offer named by its place: "the first one", "the later one", "either"."""
    if offers == 0:
        return None
    is_first, is_second = bool(_FIRST.search(words)), bool(_SECOND.search(words))
    if is_second and not is_first:
        return min(1, offers - 1)
    if is_first or wants_any(words):
        return 0
    return None


def is_noise(words: str) -> bool:
    """Empty, fillers only, or one of the sentences a recogniser invents on silence."""
    return words in _INVENTED or all(word in _FILLERS for word in words.split())
