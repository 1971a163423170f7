"""The tick loop that lends a conversation ears, a mouth and a line. One loop per call, 20 ms a tick."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from agent.evals.conversation import Act, Conversation, HangUp, PressKeys, Speak, Transcribe
from agent.evals.draw import Script, Wanted
from agent.evals.mouth import Clip, Mouth
from agent.evals.tape import VOICED_DBFS, Tape, level_dbfs, voiced_part
from agent.ports.media import Line
from agent.ports.models import ModelUnavailable, Recogniser
from agent.values.audio import FRAME_MS

_log = structlog.get_logger(__name__)
ANSWER_WITHIN_MS = 20_000
LONGEST_THOUGHT_MS = 2_000
"""A caller who has heard the agent speaks within this, or says nothing."""


class Leg(Protocol):
    """The caller's SIP call, as the carrier sees it."""

    @property
    def is_answered(self) -> bool:
        """The other side picked up."""

    @property
    def end_reason(self) -> str | None:
        """Why the call is over, None while it is not."""

    async def press(self, digits: str) -> None:
        """Send DTMF digits."""

    async def hang_up(self) -> None:
        """Send BYE (or CANCEL); a call already over is no error."""


class Pace(Protocol):
    """Waits for the n-th tick."""

    async def tick(self, number: int) -> None:
        """Return when tick ``number`` (from 0) is due; at once when it is late."""


class RealPace:
    """Ticks of 20 ms on the monotonic clock; ``late`` counts those that began more than a tick late."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self.late = 0

    async def tick(self, number: int) -> None:
        """See Pace."""
        wait = self._start + number * FRAME_MS / 1000 - time.monotonic()
        if wait < -FRAME_MS / 1000:
            self.late += 1
        await asyncio.sleep(max(0.0, wait))


@dataclass(frozen=True, slots=True)
class Said:
    """One thing the caller did: times on the tape, ``voiced_end_ms`` the end of its last voiced sample."""

    started_ms: int
    ended_ms: int
    voiced_end_ms: int
    text: str
    is_interrupting: bool = False


@dataclass(slots=True)
class CallTape:
    """What one call left: the tape, what the caller said, what it understood live, and how it ended."""

    tape: Tape
    answered_ms: int | None = None
    said: list[Said] = field(default_factory=list)
    understood: list[tuple[int, str]] = field(default_factory=list)
    wanted: Wanted | None = None
    end_reason: str = ""
    late_ticks: int = 0


class Turns:
    """Who of the callers at once has a turn in work: from making out what the agent said to hearing its answer.

    With it calls share the machine without disturbing each other's figures: while one listens, another may ask.
    """

    HEARD_MS = 400
    """So much of the answer was heard: its first words are made, and what is left is cheap."""
    GIVEN_UP_MS = 8_000

    def __init__(self) -> None:
        self._holder: object | None = None
        self._asked_ms = self._heard_ms = 0

    def is_held_for(self, caller: object) -> bool:
        """Whether another caller's turn is in work."""
        return self._holder is not None and self._holder is not caller

    def take(self, caller: object, until_ms: int) -> None:
        """``caller`` begins a turn whose last word is at ``until_ms`` of its tape, as far as that is known."""
        self._holder, self._asked_ms, self._heard_ms = caller, until_ms, 0

    def hear(self, caller: object, at_ms: int, hears: bool) -> None:
        """One tick of ``caller``: its turn is over once the answer is heard, or does not come."""
        if self._holder is not caller or at_ms < self._asked_ms:
            return
        self._heard_ms += FRAME_MS if hears else 0
        if self._heard_ms >= self.HEARD_MS or at_ms - self._asked_ms >= self.GIVEN_UP_MS:
            self.give_up(caller)

    def give_up(self, caller: object) -> None:
        """``caller`` has no turn in work, or has gone."""
        if self._holder is caller:
            self._holder = None


class CallLoop:
    """Runs one call from dialling to hang-up; ``turns`` are shared by callers who take turns."""

    def __init__(
        self,
        script: Script,
        clips: Mapping[str, Clip],
        mouth: Mouth,
        recogniser: Recogniser,
        turns: Turns | None = None,
    ) -> None:
        self._script, self._clips, self._mouth, self._recogniser = script, clips, mouth, recogniser
        self._turns = turns or Turns()
        self._record = CallTape(Tape(), wanted=script.wanted)
        self._mind: Conversation | None = None
        self._hearing: dict[int, asyncio.Task[str]] = {}
        self._is_leaving = False

    async def run(self, line: Line, leg: Leg, pace: Pace) -> CallTape:
        """Tick until the call is over on either side; the leg is hung up afterwards in any case."""
        record, number = self._record, 0
        try:
            while not self._is_leaving and leg.end_reason is None:
                await pace.tick(number)
                await self._tick(line, leg)
                number += 1
            record.end_reason = record.end_reason or f"agent: {leg.end_reason}"
        finally:
            for task in self._hearing.values():
                task.cancel()
            self._turns.give_up(self)
            await leg.hang_up()
        if self._mind:
            record.wanted = self._mind.wanted
        return record

    async def _tick(self, line: Line, leg: Leg) -> None:
        hears = self._exchange(line)
        at_ms = self._record.tape.now_ms
        if self._mind is None:
            self._wait_for_answer(leg, at_ms)
            return
        for token in [token for token, task in self._hearing.items() if task.done()]:
            text = self._hearing.pop(token).result()
            self._record.understood.append((at_ms, text))
            self._mind.understood(token, text, at_ms)
        self._turns.hear(self, at_ms, hears)
        self._mind.is_held = self._turns.is_held_for(self)
        for act in self._mind.tick(at_ms, hears, self._mouth.is_speaking):
            await self._carry_out(act, leg, at_ms)

    def _exchange(self, line: Line) -> bool:
        """One frame each way, onto the tape; whether the agent is heard in it."""
        sent = self._mouth.frame()
        frame = line.exchange(sent)
        self._record.tape.add(sent, frame.pcm if frame else None)
        return frame is not None and not frame.concealed and level_dbfs(frame.pcm) > VOICED_DBFS

    def _wait_for_answer(self, leg: Leg, at_ms: int) -> None:
        if leg.is_answered:
            self._record.answered_ms = at_ms
            self._mind = Conversation(self._script, at_ms)
        elif at_ms > ANSWER_WITHIN_MS:
            self._is_leaving, self._record.end_reason = True, "caller: nobody answered"

    async def _carry_out(self, act: Act, leg: Leg, at_ms: int) -> None:
        match act:
            case Transcribe(token, from_ms, to_ms):
                heard = voiced_part(self._record.tape.heard(from_ms, to_ms))
                self._hearing[token] = asyncio.create_task(self._understand(heard))
                self._turns.take(self, at_ms + LONGEST_THOUGHT_MS)
            case Speak(text, clip, is_interrupting):
                spoken = self._clips[clip or text]
                self._mouth.say(spoken)
                ended_ms = at_ms + len(spoken.pcm) // (32 * FRAME_MS) * FRAME_MS
                words = f"[{clip}]" if clip else " ".join(text.replace("|", " ").split())
                self._record.said.append(Said(at_ms, ended_ms, at_ms + spoken.voiced_ms, words, is_interrupting))
                self._turns.take(self, ended_ms)
            case PressKeys(digits):
                self._record.said.append(Said(at_ms, at_ms, at_ms, f"[keys {' '.join(digits)}]"))
                await leg.press(digits)
            case HangUp(reason):
                self._is_leaving, self._record.end_reason = True, f"caller: {reason}"

    async def _understand(self, pcm: bytes) -> str:
        try:
            return (await self._recogniser.transcribe(pcm)).text
        except ModelUnavailable as gone:
            _log.warning("the caller's recogniser is gone", reason=str(gone))
            return ""
