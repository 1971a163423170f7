"""What sends a caller to a human at once, decided before and beside every model.

An ordered table: the first rule that matches wins. ``unless`` takes the near misses out
("my daughter is studying law", "no need to refund"). Text is matched in plain spelling.
"""

import re
from dataclasses import dataclass

from agent.policy.wording import plain

MAX_REPAIRS_PER_SLOT = 2
MAX_REPAIRS_PER_CALL = 6
MAX_UNHEARD = 2


@dataclass(frozen=True, slots=True)
class Rule:
    """``name`` is stable. ``say`` is the key of the fixed phrase spoken before the transfer."""

    name: str
    say: str
    match: tuple[str, ...]
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired and the words that made it."""

    rule: str
    say: str
    words: str


_ROLE = (
    r"(?:human(?: being)?|(?:real|live|actual) (?:person|human|people)|person|someone|somebody|anyone|anybody"
    r"|people|representative|rep|agent|operator|receptionist|reception|front desk|nurse|doctor|dentist|hygienist"
    r"|manager|supervisor|staff(?: member)?|colleague|team member|sales ?(?:man|woman|person)?|billing|office"
    r"|specialist"
    r"|customer service|one of your \w+)"
)
_TO = r"(?:to|with|through to|me to|me through to|me with|hold of)"
_REACH = rf"(?:speak|talk|chat|transfer|connect|put|get|hand|patch) (?:me )?(?:over |on |directly )?{_TO}"
_DET = r"(?:an?|the|your|some|another|any)?"

RULES: tuple[Rule, ...] = (
    Rule(
        "emergency",
        "emergency",
        (
            r"\bchest (?:is )?(?:pains?|hurts?|hurting|tight)",
            r"\bheart attack\b",
            r"\b(?:can't|can not|cannot|couldn't|unable to|trouble|difficulty|hard to|struggling to) breath",
            r"\b(?:not|isn't|stopped|barely) breathing\b",
            r"\bunconscious\b",
            r"\b(?:passed|passing) out\b",
            r"\bhaving an? (?:stroke|seizure)\b",
            r"\bface is drooping\b",
            r"\b(?:won't stop|can't stop|heavy|heavily|severe(?:ly)?|a lot of) bleed",
            r"\bbleeding (?:heavily|badly|a lot|won't stop|and (?:it )?won't stop|that won't stop)",
            r"\b(?:overdos|poisoned|swallowed (?:bleach|poison|pills))",
            r"\bthroat (?:is )?(?:closing|swelling)",
            r"\b(?:kill|hurt|harm) (?:myself|himself|herself)\b",
            r"\bsuicid",
            r"\bend my life\b",
            r"\b(?:house|building|kitchen|room|office) is on fire\b",
            r"\bthere(?:'s| is) a fire\b",
            r"\b(?:call|send|need) an ambulance\b",
        ),
        (r"\b(?:no|don't have|not having|without) (?:any )?(?:chest pain|trouble breathing)",),
    ),
    Rule(
        "legal_threat",
        "to_human",
        (
            r"\b(?:my|a|our|the) (?:lawyer|attorney|solicitor)s?\b",
            r"\b(?:going to|gonna|will|i'll|we'll) sue\b",
            r"\bsuing\b",
            r"\bsue (?:you|them|your)\b",
            r"\b(?:take|taking|see|seeing) (?:you|them|this) (?:to|in) court\b",
            r"\blegal action\b",
            r"\blawsuit\b",
            r"\b(?:complain|complaint|report you|reporting you)\b.*\b(?:board|regulator|ombudsman|authorit)",
        ),
        (
            r"\b(?:is|am|'m|works as|work as|studying to be|becoming|as) (?:a|my|an) (?:lawyer|attorney|solicitor)",
            r"\bmy (?:lawyer|attorney)(?:'s office)? (?:recommended|friend)",
        ),
    ),
    Rule(
        "refund",
        "to_human",
        (
            r"\brefund",
            r"\bmoney back\b",
            r"\bcharge ?back",
            r"\b(?:wrongly|over|double|twice|incorrectly) ?charged\b",
            r"\bcharged (?:me )?(?:twice|double|wrong|too much)",
            r"\bdispute (?:a|the|my|this) (?:bill|charge|invoice)",
            r"\bbilling (?:dispute|error|mistake|problem)",
        ),
        (
            r"\b(?:no need (?:to|for)|don't (?:need|want)|not (?:asking|looking) for|without) (?:a |any |to )*refund",
            r"\brefund (?:policy|policies)\b",
            r"\b(?:is|are) (?:it|they|that|the deposit) refundable\b",
        ),
    ),
    Rule(
        "human",
        "to_human",
        (
            rf"\b{_REACH} {_DET} ?{_ROLE}\b",
            (
                r"\b(?:i (?:want|need)|i'd (?:like|prefer|rather have)|i would like|give me|get me|can i (?:have|get)"
                r"|could i (?:have|get)|is there) (?:an?|the|some) (?:real |live |actual )?"
                r"(?:human(?: being)?|person|representative|rep|agent|operator|receptionist)\b"
            ),
            (
                r"^(?:(?:hi|hello|hey|no|um|uh|just|can i (?:have|get)|a|an|the|your|to) )*"
                r"(?:human(?: being)?|(?:real|live|actual) (?:person|human)|person|representative|operator|agent"
                r"|receptionist|front desk|customer service|somebody|someone)(?: real)?"
                r"(?: please| now| thanks| thank you)*$"
            ),
            r"\b(?:human|operator|representative|receptionist|agent|front desk|person) please\b",
            r"\b(?:real|live|actual) (?:person|human|people)\b",
            r"\b(?:transfer|connect) me\b",
            r"\bput me through\b",
            (
                r"\b(?:don't|do not|not) (?:want|wanna|like) to (?:talk|speak) (?:to|with) (?:an? |the )?"
                r"(?:robot|machine|computer|bot|ai|recording)"
            ),
            r"\b(?:talk|speak) (?:to|with) (?:an? )?(?:human|person|real)",
        ),
        (
            r"\bare you (?:an? )?(?:real|human|live|actual|person)",
            r"\bam i (?:talking|speaking) (?:to|with)",
            r"\b(?:is this|are you) (?:an? )?(?:robot|machine|bot|ai|computer|automated)",
            r"\b(?:no need to|don't need to|needn't) (?:talk|speak|transfer|connect|put)",
            r"\b(?:don't|do not) (?:transfer|connect|put) me\b",
        ),
    ),
)

_COMPILED = tuple(
    (rule, tuple(map(re.compile, rule.match)), re.compile("|".join(rule.unless) or r"(?!)")) for rule in RULES
)


def match(text: str) -> Firing | None:
    """The first rule that ``text`` fires, or None. Total on any text; safe on partial transcripts."""
    words = plain(text)
    for rule, patterns, unless in _COMPILED:
        if unless.search(words):
            continue
        for pattern in patterns:
            if hit := pattern.search(words):
                return Firing(rule.name, rule.say, hit.group().strip())
    return None


def is_repeated_failure(repairs: tuple[str, ...], slot: str) -> bool:
    """Whether the next repair on ``slot`` must be a human: two were made on it, or six in the call."""
    return repairs.count(slot) >= MAX_REPAIRS_PER_SLOT or len(repairs) >= MAX_REPAIRS_PER_CALL
