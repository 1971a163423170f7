"""Lays the caller's tape and our journal side by side, turn by turn.

The two clocks meet at the answer: our CallAnswered and the moment the carrier saw the call answered are a few
milliseconds apart. A turn is a line of the caller and all that follows until its next one; the first turn,
without a line, is the greeting.
"""

from typing import Any

from agent.evals.journal_view import JournalView, Spoken
from agent.evals.loop import CallTape
from agent.evals.result import HeardTurn
from agent.evals.tape import onset_ms, stopped_after_ms, tones_ms, voice_to_voice_ms, voiced_part
from agent.evals.window import Window, windows
from agent.pbx.dialplan import COLLEAGUE_TONES_HZ
from agent.ports.models import Recogniser

LONGEST_HEARD_MS = 25_000
_STRENGTH = ("rule", "cached", "model")


async def turns_of(call: CallTape, journal: JournalView, recogniser: Recogniser) -> tuple[HeardTurn, ...]:
    """Every turn, with the recogniser run over what the caller received in it (its first 25 s)."""
    return tuple([await _turn(call, journal, window, recogniser) for window in windows(call)])


async def _turn(call: CallTape, journal: JournalView, window: Window, recogniser: Recogniser) -> HeardTurn:
    answered_ms = call.answered_ms or 0
    shift = answered_ms - (journal.answered_ms or 0)
    spoken = [one for one in journal.spoken if window.from_ms <= one.at_ms + shift < window.to_ms]
    understood = [one for one in journal.understood if window.from_ms <= one.at_ms + shift < window.to_ms]
    was_spoken_over = window.next_said is not None and window.next_said.is_interrupting
    was_cut = spoken[-1].was_cut if spoken and was_spoken_over else any(one.was_cut for one in spoken)
    said, received = window.said, bytes(call.tape.received)
    return HeardTurn(
        at_ms=window.from_ms - answered_ms,
        caller_said=said.text if said else "",
        caller_heard=await _heard(call, window, recogniser),
        agent_said=" ".join(one.text for one in spoken),
        agent_heard=" ".join(one.text for one in understood if one.text) if said else "",
        voice_to_voice_ms=_gap(received, window),
        stages=_stages(spoken),
        interrupted=was_cut,
        was_spoken_over=was_spoken_over,
        stopped_after_ms=stopped_after_ms(received, window.to_ms) if was_spoken_over and was_cut else None,
    )


def transfer_of(call: CallTape, journal: JournalView) -> dict[str, Any] | None:
    """The journal's transfer, and whether the caller's tape has the tones of a colleague answering after it."""
    if journal.transfer is None:
        return None
    given_ms = journal.transfer["at_ms"] + (call.answered_ms or 0) - (journal.answered_ms or 0)
    heard = tones_ms(call.tape.heard(max(0, given_ms), call.tape.now_ms), COLLEAGUE_TONES_HZ)
    return journal.transfer | {"answered": heard is not None}


def _gap(received: bytes, window: Window) -> int | None:
    """Voice-to-voice of a spoken line that did not cut into the agent's speech."""
    said = window.said
    if said is None or said.is_interrupting or said.text.startswith("["):
        return None
    return voice_to_voice_ms(received, said.started_ms, said.voiced_end_ms, window.to_ms)


def _stages(spoken: list[Spoken]) -> dict[str, Any]:
    """The latencies of the first thing said, what came with the others, and the strongest of those who decided."""
    if not spoken:
        return {}
    deciders = [one.decided_by for one in spoken]
    strongest = max(deciders, key=lambda name: _STRENGTH.index(name) if name in _STRENGTH else -1)
    stages: dict[str, Any] = {}
    for one in spoken:
        stages = one.stages | stages
    return stages | {"decided_by": strongest}


async def _heard(call: CallTape, window: Window, recogniser: Recogniser) -> str:
    from_ms = window.said.voiced_end_ms if window.said and not window.said.is_interrupting else window.from_ms
    pcm = call.tape.heard(from_ms, min(window.to_ms, from_ms + LONGEST_HEARD_MS))
    if onset_ms(pcm) is None:
        return ""
    return (await recogniser.transcribe(voiced_part(pcm))).text
