"""The mouth of a call: clauses in, 20 ms frames out, and the truth of what was heard."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from agent.call.commands import Say
from agent.call.events import Event, PlayoutFailed, PlayoutFinished, PlayoutStarted, PlayoutStopped
from agent.media.playout import Playout
from agent.ports.models import ModelUnavailable
from agent.shell.watch import Stopwatch
from agent.speech.clauses import voiced
from agent.speech.speakable import spoken
from agent.values.ids import TurnId
from agent.values.talk import Clause


def uttered(clause: Clause) -> str:
    """The text that the synthesiser is given; that of a fixed phrase is the one it was prepared under."""
    return spoken(clause.text if clause.fixed else voiced(clause.text))


class Mouth:
    """Speaks in one call, with ``voice`` giving 16 kHz PCM of a text. Turns are spoken in the order they were said."""

    def __init__(
        self,
        voice: Callable[[str], AsyncIterator[bytes]],
        now_ms: Callable[[], int],
        post: Callable[[Event], None],
        watch: Stopwatch,
        is_whole: bool = False,
    ) -> None:
        """``is_whole``: the clauses of a turn are synthesised as one text."""
        self._voice = voice
        self._now_ms = now_ms
        self._post = post
        self._watch = watch
        self._is_whole = is_whole
        self._said: asyncio.Queue[Say] = asyncio.Queue()
        self._speaking: asyncio.Task[None] | None = None
        self._by_turn: dict[TurnId, Say] = {}
        self._open: TurnId | None = None
        self.playout = Playout()

    def say(self, command: Say) -> None:
        """Queue the clauses of a turn, or more of one that is open."""
        self._watch.decided(self._now_ms())
        before = self._by_turn.get(command.turn_id)
        whole = command if before is None else replace(before, clauses=before.clauses + command.clauses)
        self._by_turn[command.turn_id] = whole
        self._said.put_nowait(command)

    def pause(self) -> None:
        """Hold the playout at the next frame."""
        self.playout.pause()

    def resume(self) -> None:
        """Go on with a short rewind."""
        self.playout.resume()

    def stop(self) -> None:
        """Drop what is queued and being synthesised; tell what was heard of it."""
        heard = self.playout.clear()
        while not self._said.empty():
            self._said.get_nowait()
        if self._speaking is not None:
            self._speaking.cancel()
        self._by_turn.clear()
        self._open = None
        if heard.turn_id is not None:
            self._post(PlayoutStopped(self._now_ms(), heard.turn_id, heard.text, heard.heard_ms))

    def pop(self) -> bytes:
        """The next frame for the line; tells when a turn begins and when it is over."""
        popped = self.playout.pop()
        if popped.started is not None:
            self._post(self._started(popped.started))
        for turn_id in popped.finished:
            self._by_turn.pop(turn_id, None)
            self._post(PlayoutFinished(self._now_ms(), turn_id))
        return popped.pcm

    def _started(self, turn_id: TurnId) -> PlayoutStarted:
        said = self._by_turn[turn_id]
        now = self._now_ms()
        text = " ".join(clause.text for clause in said.clauses)
        return PlayoutStarted(now, turn_id, text, said.decided_by, self._watch.stages(now))

    def _parts(self, clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
        if not self._is_whole or len(clauses) < 2:
            return clauses
        return (Clause(" ".join(clause.text for clause in clauses)),)

    async def run(self) -> None:
        """Speak until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                said = await self._said.get()
                self._speaking = group.create_task(self._speak(said))
                await asyncio.wait([self._speaking])

    async def _speak(self, said: Say) -> None:
        if self._open != said.turn_id:
            self.playout.begin(said.turn_id)
        self._open = said.turn_id if said.has_more else None
        try:
            for index, clause in enumerate(self._parts(said.clauses)):
                async for pcm in self._voice(uttered(clause)):
                    self._watch.voiced(self._now_ms())
                    self.playout.push(index, clause.text, pcm)
                self.playout.end_clause()
            if not said.has_more:
                self.playout.end(said.turn_id)
        except ModelUnavailable as error:
            self._post(PlayoutFailed(self._now_ms(), said.turn_id, str(error)))
