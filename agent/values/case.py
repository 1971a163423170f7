"""What an earlier call of a case left behind, for a call that may go on with it."""

from dataclasses import dataclass, field
from typing import Any

from agent.values.ids import CaseId


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that a call left unfinished: its task, and the values that stood when the call ended.

    A value that was still in doubt is not among ``slots``, and an agreement to a read-back does not outlive its call.
    ``write`` are the arguments of a write that was asked for, unless it failed or the caller was told that it is done:
    asked for once more with the same arguments it has the same key, so that the answer is what became of it.
    """

    case_id: CaseId
    task: str
    slots: dict[str, str]
    write: dict[str, Any] = field(default_factory=dict)
