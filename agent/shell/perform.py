"""Commands to ports: each command has one row, and does nothing but reach the port it is for."""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from agent.call import commands as cmd
from agent.call import events as ev
from agent.call.events import Event
from agent.ports import Line
from agent.ports.models import ModelUnavailable
from agent.shell.ahead import Ahead
from agent.shell.guess import Guess
from agent.shell.hearing import Hearing
from agent.shell.mouth import Mouth, uttered
from agent.shell.outbox import as_event
from agent.shell.timers import Timers
from agent.shell.watch import Stopwatch
from agent.shell.world import Ports
from agent.shell.writing import Piece
from agent.values.caller import CallRecord
from agent.values.ids import ChannelId, TurnId
from agent.values.talk import ModelRequest, ModelTask, PromptUse
from agent.values.work import Effect, ToolCall


class OwnsCall(Protocol):
    """The part of the runner that commands touch."""

    @property
    def record(self) -> CallRecord:
        """The call's head."""

    def now_ms(self) -> int:
        """The call's own time."""

    def post(self, event: Event) -> None:
        """Put an event into the call's queue."""

    def connect(self, line: Line, mouth: Mouth, ear: Hearing) -> None:
        """Begin to exchange audio."""


@dataclass(frozen=True, slots=True)
class Speech:
    """How a call speaks: its mouth, what voice and model are doing ahead, and whether replies are spoken as written."""

    mouth: Mouth
    watch: Stopwatch
    voice: Ahead[str, bytes]
    replies: Ahead[ModelRequest, Piece]
    is_streamed: bool


def _firsts(commands: Iterable[cmd.Command]) -> tuple[str, ...]:
    """What would be heard first of each reply."""
    return tuple(uttered(c.clauses[0]) for c in commands if isinstance(c, cmd.Say) and c.clauses)


class Perform:
    """Carries commands out for one call."""

    def __init__(
        self, ports: Ports, owner: OwnsCall, ear: Hearing, speech: Speech, timers: Timers, group: asyncio.TaskGroup
    ) -> None:
        self.ear = ear
        self.mouth = speech.mouth
        self._speech = speech
        self._ports = ports
        self._owner = owner
        self._timers = timers
        self._group = group
        self._replies: dict[TurnId, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def at_once(self, command: cmd.Command) -> None:
        """Speech, timers and model work: never waits for anything."""
        match command:
            case cmd.Say():
                self.mouth.say(command)
            case cmd.Listen(expects, hints):
                self.ear.expect(expects, hints)
            case cmd.PausePlayout():
                self.mouth.pause()
                self.ear.hurry()
            case cmd.ResumePlayout():
                self.mouth.resume()
            case cmd.StopPlayout():
                self.mouth.stop()
            case cmd.SetTimer(name, delay_ms):
                self._timers.set(name, delay_ms)
            case cmd.CancelTimer(name):
                self._timers.cancel(name)
            case cmd.StartReply():
                self._replies[command.turn_id] = self._spawn(self._reply(command))
            case cmd.JoinCase() | cmd.CloseCase():
                pass  # queued by the runner, in one transaction with their cause
            case cmd.NoteRule(rule, words, action):
                self._owner.post(ev.RuleFired(self._owner.now_ms(), rule, words, action))
            case cmd.CancelReply(turn_id):
                if task := self._replies.pop(turn_id, None):
                    task.cancel()
            case _:
                raise AssertionError(f"{type(command).__name__} is durable: it waits for its commit")

    def ahead(self, guess: Guess | None) -> None:
        """Prepare what would follow if the guess were right, and do nothing else; what no guess wants is cancelled."""
        self._speech.voice.expect(*_firsts(guess.commands if guess else ()))
        asked = next((c for c in guess.commands if isinstance(c, cmd.StartReply)), None) if guess else None
        if guess is None or asked is None:
            self._speech.replies.expect()
        else:
            self._speech.replies.expect(asked.request, glimpse=partial(self._glimpse, guess, asked))

    def _glimpse(self, guess: Guess, asked: cmd.StartReply, piece: Piece) -> None:
        """The model writes already: what the guess would say of it is synthesised too."""
        self._speech.voice.also(*_firsts(guess.reads(asked, piece)))

    async def durable(self, command: cmd.Command) -> None:
        """What changes the world outside the call. Raises what the port raises."""
        record, telephony = self._owner.record, self._ports.telephony
        channel = ChannelId(record.channel_id)
        match command:
            case cmd.Answer():
                await telephony.answer(channel)
                self._owner.post(ev.CallAnswered(self._owner.now_ms()))
            case cmd.OpenMedia():
                await self._open_media(channel)
            case cmd.RunTool(call):
                if call.effect is Effect.READ:
                    self._spawn(self._read(call))
                # A WRITE is the outbox's: its row was committed with the event that caused it.
            case cmd.StartRecording():
                await telephony.record(record.call_id, record.call_id)
            case cmd.Transfer(destination, _):
                await telephony.hand_over(channel, destination)
            case cmd.Hangup():
                await telephony.hang_up(channel)
            case cmd.CloseCall():
                pass  # the runner releases when the machine has ended
            case _:
                raise AssertionError(f"{type(command).__name__} is not durable")

    async def _open_media(self, channel: ChannelId) -> None:
        record = self._owner.record
        line = await self._ports.media.open()
        try:
            host, port = await self._ports.telephony.open_media(record.call_id, channel, line.port)
        except BaseException:
            line.close()  # nobody knows of it yet
            raise
        line.connect(host, port)
        self._owner.connect(line, self.mouth, self.ear)
        self._owner.post(ev.MediaReady(self._owner.now_ms()))
        await self._ports.journal.set_rtp_port(record.call_id, line.port)

    async def _read(self, call: ToolCall) -> None:
        deadline_s = call.deadline_ms / 1000
        try:
            result = await asyncio.wait_for(self._ports.backends.run(self._owner.record.tenant, call), deadline_s)
        except TimeoutError:
            self._owner.post(ev.ToolTimedOut(self._owner.now_ms(), call.id))
            return
        self._owner.post(as_event(call.id, result, self._owner.now_ms()))

    async def _reply(self, command: cmd.StartReply) -> None:
        pieces: list[str] = []
        loop, patience_s = asyncio.get_running_loop(), command.timeout_ms / 1000
        try:
            async with asyncio.timeout(patience_s) as limit:
                async for piece in self._speech.replies.stream(command.request):
                    limit.reschedule(loop.time() + patience_s)
                    if isinstance(piece, PromptUse):
                        self._speech.watch.prompt(piece)
                        continue
                    pieces.append(piece)
                    if self._speech.is_streamed and command.request.task is ModelTask.ANSWER:
                        self._owner.post(ev.ReplyText(self._owner.now_ms(), command.turn_id, piece))
        except (TimeoutError, ModelUnavailable) as error:
            reason = str(error) or "timeout"
            self._owner.post(ev.ReplyFailed(self._owner.now_ms(), command.turn_id, reason))
            return
        self._owner.post(ev.ReplyEnded(self._owner.now_ms(), command.turn_id, " ".join(pieces)))

    def _spawn(self, doing: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self._group.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def cancel_all(self) -> None:
        """Stop everything still under way for this call: replies, reads, timers."""
        self.ahead(None)
        for task in tuple(self._tasks):
            task.cancel()
        self._timers.cancel_all()
