"""What the language model writes, in the pieces that can be spoken."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from agent.ports import Reasoner
from agent.speech.clauses import ClauseStream
from agent.values.talk import ModelRequest, ModelTask, PromptUse

Piece = str | PromptUse
"""A clause of an answer, or the whole of marked words; and what the prompt cost, where the server tells it."""


async def written(reasoner: Reasoner, request: ModelRequest, call: str) -> AsyncIterator[Piece]:
    """Stream the pieces of one reply. Closing it stops the model; raises what the port raises."""
    cut, whole = ClauseStream(), ""
    async with aclosing(reasoner.reply(request, call)) as pieces:  # type: ignore[type-var]
        async for piece in pieces:
            if isinstance(piece, PromptUse):
                yield piece
            elif request.task is ModelTask.ANSWER:
                for clause in cut.feed(piece):
                    yield clause
            else:
                whole += piece
    for last in (whole,) if whole else cut.finish():
        yield last
