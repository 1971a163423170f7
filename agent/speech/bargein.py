"""Somebody spoke while the agent did. Is it an interruption?

The playout is paused at the onset already; here it is decided whether it stops or goes on. Asked again with
every partial transcript, until the answer is not WAIT; the machine waits no longer than it may hold its breath.
"""

from dataclasses import dataclass
from enum import StrEnum

from agent.speech.shape import YES_NO
from agent.speech.words import table, words

STOP_AFTER_MS = 1_500
"""Nobody murmurs assent for longer."""

BACKCHANNELS = frozenset(
    table("""mm mmm mhm mmhm hmm hm uh huh um ah oh aha uhhuh okay ok right yeah yep yes sure alright all good great
    nice cool perfect fine i see got it thanks thank you so wow really""")
)
"""Words that say: go on. A text of nothing else is no interruption, unless it answers a question."""

PLAIN = frozenset(
    table("""no not nope don't stop wait hold hang moment minute second sorry excuse pardon hello hey please but never
    cancel cancelled help human person somebody someone operator agent repeat again question where when who how why
    which can could bye goodbye listen enough emergency wrong forget actually""")
)
"""Words of people who interrupt: one of them is enough."""

SMALL = frozenset(table("a an the it is it's this that and to in of i you he she we they be do"))
"""Words that mean nothing by themselves: recognisers hear them in anything."""

HALT = frozenset(table("no stop wait hello sorry excuse"))
"""Those of them that nobody mistakes."""

EARLY_MS = 500
"""What a recogniser makes of less is a guess, unless it is of several words or of HALT."""

WORD_MS = 1_000
"""Speech this long with a single word in it is more than a misheard murmur."""

SURE_MS = 800
"""Whoever has spoken so long means it, understood or not, unless all of it is assent. Coughs, doors, music and rooms
have no such speech in them, murmurs seldom."""

MIN_ECHO_WORDS = 2
MANY_ECHO_WORDS = 10


class Verdict(StrEnum):
    """What becomes of the paused playout."""

    STOP = "stop"
    RESUME = "resume"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Overlap:
    """The caller's speech over the agent's, so far.

    ``text`` is its transcript, None when there is none yet; ``speech_ms`` its length, of which ``sure_ms`` is speech
    beyond doubt; ``is_over`` whether it has ended.
    """

    text: str | None
    speech_ms: int
    sure_ms: int = 0
    is_over: bool = False


def judge(overlap: Overlap, agent_said: str) -> Verdict:
    """Judge an overlap; ``agent_said`` is what the agent has said in this turn up to the pause."""
    spoken = words(overlap.text or "")
    if is_echo(spoken, words(agent_said)):
        return Verdict.RESUME
    if _is_meant(overlap, spoken, is_asked=agent_said.rstrip().endswith("?")):
        return Verdict.STOP
    if overlap.is_over:
        # Without a transcript yet, wait for it; with one, it holds no word that means anything.
        return Verdict.WAIT if overlap.text is None else Verdict.RESUME
    return Verdict.STOP if spoken and overlap.speech_ms > STOP_AFTER_MS else Verdict.WAIT


def _is_meant(overlap: Overlap, spoken: list[str], *, is_asked: bool) -> bool:
    """Whether there are words to stop for, or speech too long for a murmur. Murmurs are heard as odd short words, so
    a lone word needs a reason: a question of ours, a word that interrupts, or length."""
    meaning = [word for word in spoken if word not in BACKCHANNELS]
    if is_asked and spoken:
        return bool(meaning) or " ".join(spoken) in YES_NO
    if not overlap.is_over and overlap.speech_ms < EARLY_MS and len(spoken) < 3:
        return not HALT.isdisjoint(spoken)
    if not PLAIN.isdisjoint(spoken) or (overlap.sure_ms >= SURE_MS and (meaning or not spoken)):
        return True
    telling = [word for word in meaning if word not in SMALL]
    return len(telling) > 1 or (len(telling) == 1 and overlap.speech_ms >= WORD_MS)


def is_echo(heard: list[str], said: list[str]) -> bool:
    """Whether what was heard is the agent's own voice come back: its words, in its order, near the end.

    A recogniser garbles echoes, so a fifth of the words may differ, and more of many.
    """
    if len(heard) < MIN_ECHO_WORDS:
        return False
    recent = said[-2 * len(heard) - 12 :]
    share = 0.8 if len(heard) < MANY_ECHO_WORDS else 0.65
    return _common(heard, recent) >= share * len(heard)


def _common(a: list[str], b: list[str]) -> int:
    """Length of the longest common subsequence of words."""
    row = [0] * (len(b) + 1)
    for word in a:
        diagonal = 0
        for at, other in enumerate(b, 1):
            diagonal, row[at] = row[at], diagonal + 1 if word == other else max(row[at], row[at - 1])
    return row[-1]
