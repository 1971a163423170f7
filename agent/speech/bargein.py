"""Somebody spoke while the agent did. Is it an interruption?

The playout is paused at the onset already; here it is decided whether it stops or goes on. Asked again with
every partial transcript, until the answer is not WAIT; the machine waits no longer than it may hold its breath.
"""

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

MIN_ECHO_WORDS = 2


class Verdict(StrEnum):
    """What becomes of the paused playout."""

    STOP = "stop"
    RESUME = "resume"
    WAIT = "wait"


def judge(text: str | None, speech_ms: int, agent_said: str, *, is_over: bool = False) -> Verdict:
    """Judge an overlap.

    ``text`` is the transcript of the overlap so far, None when there is none yet; ``speech_ms`` its length;
    ``agent_said`` what the agent has said in this turn up to the pause; ``is_over`` whether the speech ended.
    """
    spoken = words(text or "")
    if is_echo(spoken, words(agent_said)):
        return Verdict.RESUME
    is_answer = agent_said.rstrip().endswith("?") and " ".join(spoken) in YES_NO
    if spoken and (is_answer or not set(spoken) <= BACKCHANNELS):
        return Verdict.STOP
    if is_over:
        # Without a transcript yet, wait for it; with one, it holds no word that means anything.
        return Verdict.WAIT if text is None else Verdict.RESUME
    return Verdict.STOP if spoken and speech_ms > STOP_AFTER_MS else Verdict.WAIT


def is_echo(heard: list[str], said: list[str]) -> bool:
    """Whether what was heard is the agent's own voice come back: its words, in its order, near the end.

    A recogniser garbles echoes, so a fifth of the words may differ.
    """
    if len(heard) < MIN_ECHO_WORDS:
        return False
    recent = said[-2 * len(heard) - 12 :]
    return 5 * _common(heard, recent) >= 4 * len(heard)


def _common(a: list[str], b: list[str]) -> int:
    """Length of the longest common subsequence of words."""
    row = [0] * (len(b) + 1)
    for word in a:
        diagonal = 0
        for at, other in enumerate(b, 1):
            diagonal, row[at] = row[at], diagonal + 1 if word == other else max(row[at], row[at - 1])
    return row[-1]
