"""Who is recognised next: finals before partials, and of each stream only the newest partial."""

import heapq
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Job = TypeVar("Job")


@dataclass(order=True, slots=True)
class _Waiting(Generic[Job]):
    """Orders by rank (0 final, 1 partial), then arrival."""

    rank: int
    arrival: int
    stream: str = field(compare=False)
    job: Job | None = field(compare=False)


class Turnstile(Generic[Job]):
    """A queue of recognition jobs. Pure: waiting for it is the caller's affair."""

    def __init__(self) -> None:
        self._heap: list[_Waiting[Job]] = []
        self._partials: dict[str, _Waiting[Job]] = {}
        self._arrivals = 0

    def put(self, job: Job, stream: str, is_final: bool) -> Job | None:
        """Queue ``job``; returns the waiting partial of the same ``stream`` that it replaces.

        Jobs without a stream (empty name) replace nothing.
        """
        older = self._partials.get(stream)
        if older is not None and not is_final:
            # In its place, or a call that is heard often would always stand last.
            replaced, older.job = older.job, job
            return replaced
        self._arrivals += 1
        waiting = _Waiting(0 if is_final else 1, self._arrivals, stream, job)
        heapq.heappush(self._heap, waiting)
        if stream and not is_final:
            self._partials[stream] = waiting
        if older is None:
            return None
        del self._partials[stream]
        replaced, older.job = older.job, None
        return replaced

    def take(self, finals_only: bool = False) -> Job | None:
        """The next job, or None if there is none to take."""
        while self._heap and not (finals_only and self._heap[0].rank):
            waiting = heapq.heappop(self._heap)
            if self._partials.get(waiting.stream) is waiting:
                del self._partials[waiting.stream]
            if waiting.job is not None:
                return waiting.job
        return None
