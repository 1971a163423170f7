"""A call's tape cut into turns: a line of the caller and all that follows until its next one."""

from dataclasses import dataclass

from agent.evals.loop import CallTape, Said


@dataclass(frozen=True, slots=True)
class Window:
    """The tape's times of one turn: from the line's start to the next line's, and the line, if there is one."""

    from_ms: int
    to_ms: int
    said: Said | None
    next_said: Said | None


def windows(call: CallTape) -> list[Window]:
    """The turns of a call; none when it was never answered."""
    if call.answered_ms is None:
        return []
    starts = [call.answered_ms, *(said.started_ms for said in call.said)]
    ends = [*starts[1:], call.tape.now_ms]
    lines = [None, *call.said]
    return [
        Window(start, end, line, following)
        for start, end, line, following in zip(starts, ends, lines, [*lines[1:], None], strict=True)
    ]
