"""Yes or no in an utterance whose question is not known: only where it answers, not where it corrects or goes on.

``agent.dialogue.answers.yes_or_no`` reads the answer to a question that we asked, and takes more for an answer.
"""

import re
from collections.abc import Collection, Sequence

from agent.dialogue.answers import YesNo


def _any(text: str) -> str:
    """A pattern of the words in ``text``, which `` | `` and the ends of lines part; the longest are tried first."""
    words = sorted(re.split(r" +[|] +| *\n *", text.strip()), key=len, reverse=True)
    return f"(?:{'|'.join(words)})"


_COURTESY = _any(r"""
    i'm sorry | i am sorry | lord | god | goodness | heavens | my | boy | man | wow | aw | oops | please
    you're (?:the best|a star|a lifesaver|very kind|so kind|an angel|great) | thanks(?: a lot| so much| very much)?
    thank you(?: so much| very much)? | cheers | ta | then | ma'am | maam | sir | love | hon | honey | dear | mate
    darling | sorry | i guess | i suppose | you know what | to be honest | i mean | ooh | i | actually | well | oh
    um | uh | er | so | and | gosh | ha | hmm | mm | just | hey
""")
_YES_WORD = _any(r"""
    yes | yessir | yessiree | righto | yeah | yea | yep | yup | yah | aye | sure(?: thing)? | certainly | absolutely
    definitely | exactly | correct | indeed | affirmative | agreed | of course | by all means | mm hmm | mhm | mm hm
    mmhmm | uh huh | you bet(?:cha)? | you got it | right you are | right on | go on(?: then)? | go ahead | go for it
    please do | why not | confirmed | spot on | true | for sure
""")
_WHOLE_YES = _any(r"""
    all good | that should work | that should do | splendid | marvellous | marvelous | terrific | just the ticket
    super duper | ideal | ok | okay | okey dokey | alright | all right | right | great | perfect | lovely | brilliant
    fine | good | excellent | wonderful | awesome | super | grand | champion | smashing | fantastic | amazing | cool
    sweet | deal | done | fair enough | very good | very well | please | i do | i am | it is | i would | i will
    that is | i have | i confirm | i agree | let's do (?:it|that) | i'd love to | i'd like that | i'd love that
    i think so | i guess so | i suppose so | i believe so | no problem | no worries | that one | works
""")
_NO_WORD = _any(r"""
    i guess not | probably not | i suppose not | not quite | not exactly | i'd prefer not to | not this time
    not for me | no can do | no | nope | nah | nay | negative | no way | not a chance | no chance | nuh uh | uh uh
    not really | absolutely not | certainly not | of course not | definitely not | not at all | maybe not
    i'm afraid not | no thanks | no thank you | no good | none of (?:those|them|these)
    neither(?: of (?:those|them|these))?
""")
_WHOLE_NO = _any(
    "wrong | incorrect | false | not right | not correct | i can't | i don't | i won't | it isn't | it's not"
)
_THAT = _any(r"""
    (?:that|this|the) (?:\w+ )?(?:time|day|date|slot|appointment|arrangement|option|plan|suggestion|information)
    that | it | this | that one | this one | that time | that day | that date | the time | the date | those
    everything | all of that | all of it | that all
""")
_GOOD = _any(r"""
    right | correct | fine | good | great | perfect | okay | ok | lovely | wonderful | brilliant | grand | super
    awesome | ideal | true | accurate | acceptable | satisfactory | convenient | suitable | excellent | spot on
    champion | fantastic | amazing | alright | all right | it(?!') | nice
    my (?:telephone |phone |cell |mobile |full |email |correct )?(?:number|name|email|address|phone) | cool | terrific
    marvellous | splendid | smashing | a plan | just the ticket | agreeable | no problem
""")
_VERY = (
    r"(?:absolutely |indeed |precisely |totally |entirely |perfectly |completely |just |really |very |all |also |quite "
    r"|more than )*"
)
_IS = r"(?:'s|s| is| was|'ll be| will be| sounds| looks| seems|'s all)"
_WOULD_BE = r"(?:'d be| would be)"
_ISNT = r"(?:(?:'s| is| was)? not|n't| isn't| wasn't)"
_DOESNT = r"(?:doesn't|does not|don't|won't|will not|wouldn't|would not|can't|isn't|ain't)"
_GOES_ON = r"| to (?!me\b)| if\b"
_YOURS = r"(?: you (?:propose|suggest|said|mentioned|offered|have|gave)\w*)?"
_SOME_DAY = (
    r"(?:on |at |for |in )?(?:the |this |next )?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|tomorrow|today|tonight"
    r"|mornings?|afternoons?|evenings?|week|before|after|until)\b"
)
_CANNOT = (
    r"(?:can't|cannot|couldn't|won't be able to|not (?:gonna |going to )?(?:be )?able to|shan't be able to|unable to)"
)
_YES_OF_IT = _any(rf"""
    (?<!or )yes(?: please)?$
    {_THAT}{_YOURS}{_IS} {_VERY}{_GOOD}(?! (?:number|name|day|time|with|idea|news|question|point)\b{_GOES_ON})
    {_THAT} (?:one )?(?:all )?(?:works|suits|does it|sounds {_VERY}{_GOOD}|(?:will|should) (?:do|work|be {_GOOD}))
    {_THAT} (?:one )?would (?:work|suit) | (?:that|it)'?ll (?:do|work|suit|be (?:fine|great|perfect|good))
    (?:sounds|looks) (?:{_VERY}{_GOOD}|like a plan) | let's do (?:it|that)(?! (?!please|then|thanks|thank|now|yes)\w)
    let's go (?:with (?:that|it)|ahead) | (?:you have|you've got) (?:it|that) right | happy with that
    i'll take (?:it|that)(?: one)? | i'm (?:down|up|good) for (?:that|it) | content with (?:that|it)
    (?:and|oh|well) yes(?! to\b) | that is me | that's me | (?:that|it)'?s a yes
""")
_YES_ELSE = _any(rf"""
    i(?:'d| would) be (?:delighted|happy|glad|thrilled)
    that'?d (?:do|work|suit)(?: nicely| fine)? | good for me | (?:okay|ok|great) (?:by|with|for) me | count me in
    let's book (?:it|that) | you're right | it sure is | that it is | happy with this | works just fine
    {_THAT}{_YOURS}{_WOULD_BE} {_VERY}{_GOOD} | works (?:great|fine|well|perfectly|for me) | suits me
    fine (?:by|with) me | i (?:can |hereby |do )?(?:confirm|agree|accept) | i'd (?:love|like) (?:to|that)$
    i'd be happy to | (?:pleased|happy|glad|delighted) to (?:confirm|accept|agree) | no objection | like to accept
    book it | please proceed | i think so | i guess so | i suppose so | i believe so
""")
_NO_OF_IT = _any(rf"""
    (?<!or )no(?: thanks| thank you)?$ | (?:don't|do not|didn't|shouldn't) (?:think|believe) (?:that|it|this|so)
    i wish i could | but no$ | (?:have to|must|i'll|i'd) say no | (?:doesn't|won't|not gonna|not going to) work
    too (?:early|late|soon) for me | i'd prefer not | can't do it | (?:i )?(?:don't|do not|didn't) think so
    i think not | {_THAT}{_ISNT} {_VERY}(?:{_GOOD}|possible|feasible|workable)
    {_THAT}(?:'s| is|s) (?:wrong|incorrect|false|a mistake|no good|not it|too (?:early|late|far|soon))
    {_THAT} (?:really |just )?{_DOESNT} (?:really |quite |gonna |going to )?(?:work|suit|do|be {_GOOD})\b
    {_THAT} {_DOESNT} be (?:necessary|possible)
    {_CANNOT} (?:do|make|manage|come|accept|attend|keep)\b(?! to)(?! (?:it )?{_SOME_DAY})
    (?:don't|do not) think (?:that|it|this) | i'm afraid i can't | i (?:can't|cannot)$ | i'd rather not
    i would rather not | rather not | i don't want (?:that|to|it|this) | out of the question | i object
    i must decline | i decline | have to decline | i refuse | i disagree
    i do not (?:agree|consent|want that|wish to) | (?:gonna|going to) (?:pass|say no) | i'll pass | no good
    way too (?:early|late) | not convenient | never ?mind that | i'm not (?:available|free)(?: then)? | don't bother
    please don't | i don't (?:agree|consent) | you're alright | leave it | (?:that|it)'?s a (?:no|negative)
    not (?:be )?(?:convenient|suitable|acceptable|necessary|interested)
""")
_YES_PHRASES = {True: re.compile(rf"\b{_YES_OF_IT}\b"), False: re.compile(rf"\b(?:{_YES_OF_IT}|{_YES_ELSE})\b")}
"""What agrees, where a value is given too (then only what is said of "that"), and where none is."""
_NO_PHRASE = re.compile(rf"\b{_NO_OF_IT}")
_NO_AS_YES = re.compile(
    r"^(?:oh )?no (?:problem|worries|(?:that's|that is|it's) (?:right|correct|perfect|great|totally fine))\b"
    r"|\bi don't mind\b(?! (?:when|what|which|if|how|waiting|coming|where|who))"
)
_WHEN = r"(?:if|whether|hope|hoping|when|unless|assuming|as long as|provided|because|since)"
_IF = re.compile(rf"\b{_WHEN} {_THAT}(?:'s|s| is| would be| will be| works| suits)?(?: \w+){{0,3}}")
_IDIOM = re.compile(
    r"\bno (?:idea|rush|hurry|matter|clue|doubt|wonder|particular|one|preference|later|earlier|sooner|insurance|need"
    r"|thing)\b"
)
_ANY = re.compile(
    r"\b(?:any ?(?:time|day|thing)|whatever|whenever|either)(?: \w+){0,2}"
    r" (?:works|suits|(?:is|would be) \w+)(?: \w+){0,2}"
)
_SEEKS = re.compile(r"\blet me (?:grab|get|find|look|check|see|think)\b|\bi don't know\b|\bi'm not (?:really )?sure\b")
_REFUSES = re.compile(rf"^(?:{_COURTESY} )*{_NO_WORD}\b(?! not\b)")
_CORRECTS = re.compile(rf"^(?:{_COURTESY} )*(?:no )+(?:what i|i mean|i meant|i said)\b")
_DECLINES = re.compile(r"^(?:oh )?(?:no )+(?:that's|that is|it's) (?:okay|ok|all right|alright)\b")
_TAKES_BACK = re.compile(r"\b(?:but|except|however|only|although|though|apart from)\b(?! thanks| thank)")
_OPENS = _any(r"""
    hi | hello | hey | good (?:morning|afternoon|evening) | this is | i'm calling | i am calling | i was
    so\b(?! (?:that|it)) | i'd like to | i would like to | i need | i want | i wanted | can i | could i | do you
    can you | could you | is this | i have a | i've got | what | how | when | where | who
""")
_GREETS = re.compile(rf"^(?:yes|yeah|yep|okay|ok|sure|right|oh)(?: yes| yeah)? {_OPENS}\b")
_LEAD = re.compile(rf"^(?:{_COURTESY} )*(?:(?P<no>{_NO_WORD})|(?P<yes>{_YES_WORD}))\b")
_PERSONAL = {"name", "phone", "email"}
_WILLING = re.compile(rf"^(?:{_COURTESY} )*(?:sure|certainly|of course|absolutely|right|go ahead|yeah|yep)\b")
"""Who says so and gives a name or a number was asked for that: it is no answer to a question of yes or no."""
_ALL = re.compile(
    rf"^(?:(?:{_COURTESY}|i mean|wait|it'?s|(?P<yes>{_YES_WORD}|{_WHOLE_YES})|(?P<no>{_NO_WORD}|{_WHOLE_NO}))(?: |$))+$"
)
_PIECE = re.compile(rf"\b(?:(?P<no>{_NO_WORD}|{_WHOLE_NO})|(?P<yes>{_YES_WORD}|{_WHOLE_YES}))(?= |$)")


def stated(sentences: Sequence[str], gives: Collection[str] = (), takes_back: bool = False) -> YesNo:
    """Whether ``sentences`` in plain spelling answer; ``gives`` are the slots they give a value for.

    With a value a no is a correction, and only what leads counts or is said of "that". ``takes_back``: a value is
    denied, so that a no belongs to it unless it leads. The last answer wins.
    """
    words = [_ANY.sub("|", _IDIOM.sub("|", _IF.sub("|", sentence))).strip() for sentence in sentences]
    together = " ".join(filter(None, words))
    if _GREETS.match(together) or _SEEKS.search(together) or together == "oh no":
        return ""
    if _DECLINES.match(together):
        return "no"
    if _NO_AS_YES.search(together):
        return "yes"
    if _ALL.match(together):
        return _whole(together)
    counted = words[:1] if gives else words
    told = [_told(sentence, gives, sentence in counted) for sentence in words]
    last = next(filter(None, reversed(told)), "")
    if last == "no" and (gives or _CORRECTS.match(together) or (takes_back and not _REFUSES.match(together))):
        return ""
    return "yes" if last == "yes" and not _TAKES_BACK.search(together) else "no" if last == "no" else ""


def _told(words: str, gives: Collection[str], may_lead: bool) -> YesNo:
    """The last answer in one sentence."""
    if _ALL.match(words) and may_lead and (not gives or _LEAD.match(words)):
        return _whole(words)
    denied = [match.span() for match in _NO_PHRASE.finditer(words)]
    agreed = [match.span() for match in _YES_PHRASES[bool(gives)].finditer(words)]
    marks = [(start, "no") for start, _ in denied]
    marks += [(start, "yes") for start, end in agreed if not any(a < end and start < b for a, b in denied)]
    lead = _LEAD.match(words) if may_lead else None
    if lead and not (_PERSONAL & set(gives) and _WILLING.match(words)):
        marks.append((0, "yes" if lead["yes"] else "no"))
    if not marks:
        return ""
    return "yes" if max(marks)[1] == "yes" else "no"


def _whole(words: str) -> YesNo:
    """The last word of an utterance that is nothing but an answer."""
    pieces = list(_PIECE.finditer(words))
    if not pieces:
        return ""
    return "no" if pieces[-1]["no"] else "yes"
