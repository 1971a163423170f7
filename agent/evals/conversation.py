"""The caller's mind as a pure machine: a tick every 20 ms and what was understood go in, acts come out.

Times are the tape's. The caller listens until the agent has been silent for its patience, has what it heard
transcribed, picks a reaction, waits a human pause and speaks; it withdraws when the agent goes on talking.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from agent.evals.draw import Script, Wanted
from agent.evals.hearing import contradiction, first_offer
from agent.evals.match import best, words_of
from agent.evals.scenario import Part, Reaction

TICK_MS = 20
RESUMED_AFTER_MS = 160
LONGEST_HEARD_MS = 28_000
WITHOUT_A_WORD = "without a word"
OPENING_PRIORITY = 40
"""Reactions above it come before the opening: a question that must be answered first."""


@dataclass(frozen=True, slots=True)
class Transcribe:
    """Have the received audio between two times transcribed; answer with ``understood(token, text)``."""

    token: int
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Speak:
    """Start a line; ``clip`` names a noise instead of a text. ``is_interrupting`` when the agent is speaking."""

    text: str
    clip: str = ""
    is_interrupting: bool = False


@dataclass(frozen=True, slots=True)
class PressKeys:
    """Send DTMF digits, one after the other."""

    digits: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""

    reason: str


Act = Transcribe | Speak | PressKeys | HangUp


class _Phase(Enum):
    LISTENING = auto()
    THINKING = auto()
    PAUSING = auto()
    SPEAKING = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class _Plan:
    """A reaction chosen but not yet spoken; ``wanted`` is what the caller wants once it is."""

    reaction: Reaction
    text: str
    wanted: Wanted | None


class Conversation:
    """One caller's side of one call, from the answer on."""

    def __init__(self, script: Script, answered_ms: int) -> None:
        self._script, self._scenario = script, script.scenario
        self._phase = _Phase.LISTENING
        self._answered_ms = self._heard_from_ms = self._quiet_since_ms = answered_ms
        self._voiced_ms = self._run_ms = 0
        self._onset_ms: int | None = None
        self._lines = self._token = self._pauses = 0
        self._used: dict[str, int] = {}
        self._corrected: dict[str, int] = {}
        self._wrong: Part = ""
        self._plan: _Plan | None = None
        self._last = ""
        self._speak_at_ms = 0
        self._leave_after_ms: int | None = None
        self._leave_at_ms: int | None = None
        self._leave_because = "done"
        self.wanted = script.wanted
        self.is_held = False
        """Another caller has a turn in work: neither make out what was heard nor speak until it is answered."""

    def tick(self, at_ms: int, hears: bool, speaks: bool) -> list[Act]:
        """One tick: whether the agent is heard, and whether the caller's own line is still playing."""
        if self._phase is _Phase.GONE:
            return []
        self._listen(at_ms, hears)
        reason = self._reason_to_leave(at_ms)
        if reason:
            return self._leave(reason)
        if self._phase is _Phase.SPEAKING:
            if not speaks:
                self._line_ended(at_ms)
            return []
        interruption = self._interruption(at_ms, hears)
        if interruption:
            return self._speak(at_ms, interruption, is_interrupting=True)
        if self._phase is _Phase.PAUSING:
            return self._pausing(at_ms)
        return self._listening(at_ms, hears)

    def understood(self, token: int, text: str, at_ms: int) -> None:
        """The transcript of what was heard; ignored when the agent has gone on talking meanwhile."""
        if self._phase is not _Phase.THINKING or token != self._token:
            return
        plan = self._choose(text)
        if plan is None:
            self._phase, self._voiced_ms = _Phase.LISTENING, 0
            return
        self._plan, self._phase = plan, _Phase.PAUSING
        pause_ms = self._script.pauses_ms[self._pauses % len(self._script.pauses_ms)]
        self._speak_at_ms = max(at_ms, self._quiet_since_ms + self._scenario.patience_ms) + pause_ms

    def _listen(self, at_ms: int, hears: bool) -> None:
        """Keep when the agent began since the caller's last line, how much it said, and how long without a pause."""
        if not hears:
            self._run_ms = 0
            return
        self._quiet_since_ms = at_ms + TICK_MS
        self._voiced_ms += TICK_MS
        self._run_ms += TICK_MS
        if self._onset_ms is None:
            self._onset_ms = at_ms

    def _reason_to_leave(self, at_ms: int) -> str:
        since_answer = at_ms - self._answered_ms
        if self._scenario.hang_up_at_ms is not None and since_answer >= self._scenario.hang_up_at_ms:
            return "as the scenario says"
        if self._leave_at_ms is not None and at_ms >= self._leave_at_ms:
            return self._leave_because
        return "too long" if since_answer >= self._scenario.max_ms else ""

    def _leave(self, reason: str) -> list[Act]:
        self._phase = _Phase.GONE
        return [HangUp(reason)]

    def _interruption(self, at_ms: int, hears: bool) -> _Plan | None:
        for each in self._scenario.interrupts:
            is_due = self._onset_ms is not None and at_ms - self._onset_ms >= each.after_ms
            if hears and is_due and each.utterance == self._lines + 1 and not self._used.get(each.reaction.id):
                return _Plan(each.reaction, self._wording(each.reaction), self.wanted)
        return None

    def _listening(self, at_ms: int, hears: bool) -> list[Act]:
        quiet_ms = at_ms - self._quiet_since_ms
        if self._phase is _Phase.THINKING:
            if self._run_ms >= RESUMED_AFTER_MS:
                self._phase = _Phase.LISTENING
            return []
        if hears or self._scenario.stay_silent or self.is_held:
            return []
        if self._voiced_ms >= 2 * TICK_MS and quiet_ms >= self._scenario.patience_ms:
            self._phase, self._token = _Phase.THINKING, self._token + 1
            return [Transcribe(self._token, max(self._heard_from_ms, at_ms - LONGEST_HEARD_MS), at_ms)]
        if quiet_ms >= self._scenario.nudge_ms and self._leave_after_ms is None:
            return self._nudge(at_ms)
        return []

    def _nudge(self, at_ms: int) -> list[Act]:
        nudge = self._scenario.nudge
        if nudge is None:
            return []
        if not self._may(nudge):
            return self._leave("the agent says nothing")
        self._quiet_since_ms = at_ms
        return self._speak(at_ms, _Plan(nudge, self._wording(nudge), self.wanted))

    def _pausing(self, at_ms: int) -> list[Act]:
        if self._run_ms >= RESUMED_AFTER_MS:
            self._plan, self._phase = None, _Phase.LISTENING
            return []
        if self._plan is None or at_ms < self._speak_at_ms or self.is_held:
            return []
        return self._speak(at_ms, self._plan)

    def _speak(self, at_ms: int, plan: _Plan, is_interrupting: bool = False) -> list[Act]:
        reaction = plan.reaction
        self._used[reaction.id] = self._used.get(reaction.id, 0) + 1
        self._pauses += 1
        self._plan, self.wanted = None, plan.wanted
        if reaction.hang_up_after_ms is not None:
            self._leave_after_ms = reaction.hang_up_after_ms
            is_silent = not (plan.text or reaction.clip or reaction.dtmf)
            self._leave_because = WITHOUT_A_WORD if is_silent else "done"
        acts: list[Act] = [PressKeys(_keys(reaction.dtmf, plan.wanted))] if reaction.dtmf else []
        self._last = plan.text or self._last
        if plan.text or reaction.clip:
            self._phase = _Phase.SPEAKING
            acts.append(Speak(plan.text, reaction.clip, is_interrupting))
        else:
            self._line_ended(at_ms)
        return acts

    def _line_ended(self, at_ms: int) -> None:
        self._phase, self._onset_ms, self._voiced_ms = _Phase.LISTENING, None, 0
        self._lines += 1
        self._heard_from_ms = self._quiet_since_ms = at_ms
        if self._leave_after_ms is not None and self._leave_at_ms is None:
            self._leave_at_ms = at_ms + self._leave_after_ms

    def _wording(self, reaction: Reaction) -> str:
        """In other words the second time: nobody repeats to a machine exactly what it did not understand."""
        used = self._used.get(reaction.id, 0)
        if used and reaction.rephrase:
            return reaction.rephrase[min(used, len(reaction.rephrase)) - 1]
        return reaction.say[used % len(reaction.say)] if reaction.say else ""

    def _correction(self, reaction: Reaction) -> str:
        used = self._corrected[reaction.id] = self._corrected.get(reaction.id, 0) + 1
        return reaction.correct[(used - 1) % len(reaction.correct)]

    def _may(self, reaction: Reaction) -> bool:
        return reaction.repeat == 0 or self._used.get(reaction.id, 0) < reaction.repeat

    def _choose(self, text: str) -> _Plan | None:
        words = words_of(text)
        if not words:
            return None
        opening = self._scenario.opening
        ranked = [((OPENING_PRIORITY, 0, 0), opening)] if opening and self._may(opening) else []
        ranked += [
            ((reaction.priority, score, -place), reaction)
            for place, reaction in enumerate(self._scenario.reactions)
            if self._may(reaction)
            and reaction.wrong in ("", self._wrong)
            and (not reaction.slot or self.wanted != self._script.wanted)
            and not best(reaction.unless, words)
            and (score := best(reaction.when, words))
        ]
        if ranked:
            return self._planned(max(ranked, key=lambda one: one[0])[1], text)
        if self._leave_after_ms is not None or not self._scenario.lost:
            return None
        lost = self._scenario.lost
        if self._may(lost):
            return _Plan(lost, self._wording(lost), self.wanted)
        return _Plan(Reaction("given up", hang_up_after_ms=0), "", self.wanted)

    def _planned(self, reaction: Reaction, text: str) -> _Plan:
        wanted, said = self.wanted, self._last if reaction.again else self._wording(reaction)
        if wanted and reaction.check:
            wrong = contradiction(text, wanted.day, wanted.at)
            if wrong == "day" or (wrong and reaction.check == "read_back"):
                self._wrong = wrong
                return _Plan(replace(reaction, dtmf=""), self._correction(reaction), wanted)
        if wanted and reaction.takes == "offer":
            offered = first_offer(text, wanted.day, wanted.at, self._script.today)
            wanted = replace(wanted, day=offered[0], at=offered[1]) if offered else wanted
        if reaction.takes == "slot2":
            wanted = self._script.second
        return _Plan(reaction, said, wanted)


def _keys(template: str, wanted: Wanted | None) -> str:
    """The keys of what is wanted now, which may be another slot than was drawn."""
    if wanted is None:
        return template
    hour = (wanted.at.hour - 1) % 12 + 1
    mdd = f"{wanted.day.month}{wanted.day:%d}"
    return template.format(mmdd=f"{wanted.day:%m%d}", mdd=mdd, hmm=f"{hour}{wanted.at:%M}")
