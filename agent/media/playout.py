"""Our own queue of 20 ms frames, and the *heard* position: how much of what we meant to say really left.

Asterisk paces nothing and we hold everything back to the tick, so a pause or a cut takes effect on the next
frame. Turns play one after the other; clauses are pushed to the turn begun last. All positions count frames
that were popped, never frames that were queued.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from agent.media import pcm
from agent.values.audio import FRAME_BYTES, FRAME_MS, SAMPLE_RATE_HZ, SILENCE, duration_ms
from agent.values.ids import TurnId

MAX_REWIND_MS = 1_000
MS_PER_CHARACTER = 65
"""Pace of speech, to guess the length of a clause whose audio is still being made."""
_FADE = SAMPLE_RATE_HZ * 5 // 1000
_RISE = np.linspace(0, 1, _FADE, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Popped:
    """One tick: a frame of FRAME_BYTES, and the edges it makes. ``started`` comes with a turn's first frame,
    ``finished`` names the turns whose last frame this is, or that ended before it without any."""

    pcm: bytes
    started: TurnId | None = None
    finished: tuple[TurnId, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What left before a cut. ``text`` is a prefix of what the turn was to say; ``unheard`` turns never began."""

    turn_id: TurnId | None = None
    text: str = ""
    heard_ms: int = 0
    unheard: tuple[TurnId, ...] = ()


@dataclass(slots=True)
class _Clause:
    index: int
    text: str
    queued_ms: int = 0
    played_ms: int = 0
    is_ended: bool = False

    def heard(self) -> str:
        """The words that were played, by proportion of the clause's (for now perhaps guessed) length."""
        whole_ms = self.queued_ms
        if not self.is_ended:
            whole_ms = max(whole_ms, len(self.text) * MS_PER_CHARACTER)
        if whole_ms == 0 or not self.text:
            return ""
        if self.played_ms >= whole_ms:
            return self.text
        upto = len(self.text) * self.played_ms // whole_ms
        while upto and not self.text[upto].isspace():
            upto -= 1
        return self.text[:upto].rstrip()


@dataclass(slots=True)
class _Turn:
    turn_id: TurnId
    clauses: list[_Clause] = field(default_factory=list)
    is_started: bool = False
    is_ended: bool = False

    @property
    def played_ms(self) -> int:
        return sum(c.played_ms for c in self.clauses)

    def heard(self) -> str:
        """Whole clauses, then the words of the first unfinished one."""
        parts = []
        for clause in self.clauses:
            part = clause.heard()
            parts.append(part)
            if part != clause.text:
                break
        return " ".join(p for p in parts if p)


@dataclass(slots=True)
class _Frame:
    turn: _Turn
    clause: _Clause
    pcm: bytes
    real_ms: int
    is_replay: bool = False


class Playout:
    """Push audio of any length as it is made; pop one frame a tick."""

    def __init__(self) -> None:
        self.underruns = 0
        self._turns: deque[_Turn] = deque()
        self._frames: deque[_Frame] = deque()
        self._behind: deque[_Frame] = deque(maxlen=MAX_REWIND_MS // FRAME_MS)
        self._carry = b""
        self._open: _Clause | None = None
        self._last = SILENCE
        self._is_sounding = False
        self._is_paused = False

    @property
    def is_paused(self) -> bool:
        """Between ``pause`` and ``resume`` or ``clear``."""
        return self._is_paused

    @property
    def is_active(self) -> bool:
        """Whether a turn is playing, or waits to."""
        return bool(self._turns)

    @property
    def queued_ms(self) -> int:
        """Audio that waits to be popped."""
        return len(self._frames) * FRAME_MS

    @property
    def heard_ms(self) -> int:
        """How much of the playing turn has left. Never goes back, not even for a rewind."""
        return self._turns[0].played_ms if self._turns else 0

    def begin(self, turn_id: TurnId) -> None:
        """A turn follows; the one before it, if it still is open, is ended."""
        if self._turns and not self._turns[-1].is_ended:
            self.end(self._turns[-1].turn_id)
        self._turns.append(_Turn(turn_id))

    def push(self, clause_index: int, text: str, audio: bytes) -> None:
        """More audio of a clause of the turn begun last; another index ends the clause before.

        16 kHz, signed 16-bit, any even length.

        After ``clear`` or ``end`` there is no open turn: a straggler is dropped, it belongs to nobody.
        Raises ValueError when ``audio`` splits a sample.
        """
        if len(audio) % 2:
            raise ValueError(f"{len(audio)} bytes of 16-bit audio split a sample")
        if not self._turns or self._turns[-1].is_ended:
            return
        if self._open is None or self._open.index != clause_index:
            self.end_clause()
            self._open = _Clause(clause_index, text)
            self._turns[-1].clauses.append(self._open)
        audio = self._carry + audio
        whole = len(audio) - len(audio) % FRAME_BYTES
        for at in range(0, whole, FRAME_BYTES):
            self._queue(self._open, audio[at : at + FRAME_BYTES], FRAME_MS)
        self._carry = audio[whole:]

    def end_clause(self) -> None:
        """No more audio for the open clause: its last frame is padded with silence."""
        if self._open is None:
            return
        if self._carry:
            padded = self._carry + bytes(FRAME_BYTES - len(self._carry))
            self._queue(self._open, padded, max(1, duration_ms(self._carry)))
            self._carry = b""
        self._open.is_ended = True
        self._open = None

    def end(self, turn_id: TurnId) -> None:
        """No more clauses for the turn; it finishes with its last frame. An unknown or past turn is ignored."""
        if self._turns and self._turns[-1].turn_id == turn_id:
            self.end_clause()
            self._turns[-1].is_ended = True

    def pop(self) -> Popped:
        """The next frame; silence when paused, or when there is none."""
        if self._is_paused:
            return Popped(self._fade_out())
        if not self._frames:
            finished = self._finish()
            if self._turns and self._turns[0].is_started and self._is_sounding:
                self.underruns += 1
            return Popped(self._fade_out(), finished=finished)
        frame = self._frames.popleft()
        # Turns without audio that stand before this frame's turn are over.
        finished = self._finish(frame.turn)
        started = None
        if not frame.turn.is_started:
            frame.turn.is_started = True
            started = frame.turn.turn_id
        if not frame.is_replay:
            frame.clause.played_ms += frame.real_ms
            frame.is_replay = True
        self._behind.append(frame)
        return Popped(self._emit(frame.pcm), started, finished + self._finish())

    def pause(self) -> None:
        """Silence from the next pop on; the position stays."""
        self._is_paused = True

    def resume(self, rewind_ms: int = 200) -> None:
        """Go on, from at most ``rewind_ms`` earlier in the same turn, so that the broken word is heard whole."""
        if not self._is_paused:
            return
        self._is_paused = False
        for _ in range(rewind_ms // FRAME_MS):
            if not self._turns or not self._behind or self._behind[-1].turn is not self._turns[0]:
                break
            self._frames.appendleft(self._behind.pop())

    def clear(self) -> Heard:
        """Drop everything that is queued, every turn; tell what was heard of the one that played."""
        heard = Heard(unheard=tuple(t.turn_id for t in self._turns if not t.is_started))
        if self._turns and self._turns[0].is_started:
            turn = self._turns[0]
            heard = Heard(turn.turn_id, turn.heard(), turn.played_ms, heard.unheard)
        self._turns.clear()
        self._frames.clear()
        self._behind.clear()
        self._open, self._carry = None, b""
        self._is_paused = False
        return heard

    def _queue(self, clause: _Clause, frame: bytes, real_ms: int) -> None:
        clause.queued_ms += real_ms
        self._frames.append(_Frame(self._turns[-1], clause, frame, real_ms))

    def _finish(self, upto: _Turn | None = None) -> tuple[TurnId, ...]:
        """Take off the turns that are ended and have no frame left, or that stand before ``upto``."""
        done: list[TurnId] = []
        next_turn = upto or (self._frames[0].turn if self._frames else None)
        while self._turns and self._turns[0].is_ended and self._turns[0] is not next_turn:
            done.append(self._turns.popleft().turn_id)
        return tuple(done)

    def _emit(self, frame: bytes) -> bytes:
        """The frame as it leaves; after silence its first 5 ms rise."""
        was_sounding, self._is_sounding = self._is_sounding, True
        self._last = frame
        if was_sounding:
            return frame
        values = pcm.samples(frame).astype(np.float32)
        values[:_FADE] *= _RISE
        return pcm.clip(values)

    def _fade_out(self) -> bytes:
        """Silence; right after sound it begins with 5 ms of the last frame mirrored, falling: no step, no click."""
        if not self._is_sounding:
            return SILENCE
        self._is_sounding = False
        tail = pcm.samples(self._last)[: -_FADE - 1 : -1].astype(np.float32) * _RISE[::-1]
        return pcm.clip(tail) + SILENCE[2 * _FADE :]
