"""Every line a script may need, rendered before anything is dialled: nothing is synthesised during a call."""

from collections.abc import Callable, Sequence
from typing import Protocol

from agent.evals.draw import Script
from agent.evals.mouth import Clip, clip_of, cough, room

_COUGH = "cough"


class CallerVoice(Protocol):
    """The caller's voices. Rendered lines are kept on disk by voice and text."""

    async def render(self, text: str, voice: str) -> bytes:
        """16 kHz PCM of a line. Raises ModelUnavailable."""


async def render_all(
    voice: CallerVoice, scripts: Sequence[Script], tell: Callable[[int, int], None]
) -> list[dict[str, Clip]]:
    """The clips of each script by text, and its cough; ``tell(done, all)`` reports progress."""
    wanted = list(dict.fromkeys((script.voice, line) for script in scripts for line in script.lines()))
    rendered: dict[tuple[str, str], Clip] = {}
    for done, (name, line) in enumerate(wanted):
        tell(done, len(wanted))
        rendered[name, line] = clip_of(await voice.render(line, name))
    tell(len(wanted), len(wanted))
    return [
        {line: rendered[script.voice, line] for line in script.lines()} | {_COUGH: cough(script.seed + script.index)}
        for script in scripts
    ]


def room_of(script: Script, clips: dict[str, Clip]) -> bytes:
    """The background of a script's call."""
    voices = tuple(clip.pcm for name, clip in clips.items() if name != _COUGH)
    return room(script.scenario.noise, script.seed + script.index, voices)
