"""What would follow if the caller had finished: the pure machine is asked, and its answer thrown away."""

from agent.call import events as ev
from agent.call.commands import Command, StartReply
from agent.call.machine import step
from agent.call.state import Call
from agent.shell.writing import Piece
from agent.values.talk import ModelTask, PromptUse, Utterance


class Guess:
    """A call as it would be, had it heard ``utterance`` as a finished turn; ``commands`` are what it would do."""

    def __init__(self, call: Call, utterance: Utterance, at_ms: int) -> None:
        self._at_ms = at_ms
        self._call, self.commands = step(call, ev.TurnEnded(at_ms, utterance))

    def reads(self, asked: StartReply, piece: Piece) -> tuple[Command, ...]:
        """What it would do on the next piece of the model's reply."""
        if isinstance(piece, PromptUse):
            return ()
        kind = ev.ReplyText if asked.request.task is ModelTask.ANSWER else ev.ReplyEnded
        self._call, commands = step(self._call, kind(self._at_ms, asked.turn_id, piece))
        return commands
