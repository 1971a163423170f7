"""A rule of escalation as data: what fires it, what takes it back, what is done. Parsed in agent.profiles.rules."""

from dataclasses import dataclass
from typing import Literal

Classes = tuple[tuple[str, tuple[str, ...]], ...]
"""Word classes: a name and its alternatives."""
Action = Literal["transfer", "transfer_with_summary", "take_message", "say", "hang_up", "mark_for_review"]
"""What a firing leads to. ``transfer`` is at once; a fixed text is spoken first in each case."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``name`` is stable; ``say`` is the key of a fixed phrase, ``text`` its wording where a tenant wrote one.

    ``fires`` are patterns; ``unless`` are patterns that lie over a hit and take it back; ``contexts`` are patterns
    with ``@`` for the hit, so that they take back that hit and no other. ``heard`` are key words which a
    recogniser garbles; ``classes`` are what ``{name}`` in a pattern stands for. The language of patterns is that of
    ``agent.profiles.patterns``.
    """

    name: str
    action: Action
    say: str
    fires: tuple[str, ...]
    unless: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    classes: Classes = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """After how many repairs, or turns without a word, the next one is a human's. A tenant may only lower them."""

    repairs_per_slot: int = 2
    repairs_per_call: int = 6
    unheard: int = 2
