"""Every line a script may need, rendered before anything is dialled: nothing is synthesised during a call."""

from collections.abc import Callable, Sequence
from typing import Protocol

from agent.evals.draw import Script
from agent.evals.mouth import Clip, clip_of, cough, room
from agent.values.audio import BYTES_PER_MS

_COUGH = "cough"
_BREATH = bytes(120 * BYTES_PER_MS)


class CallerVoice(Protocol):
    """The caller's voices. Rendered lines are kept on disk by voice and text."""

    async def render(self, text: str, voice: str) -> bytes:
        """16 kHz PCM of a line. Raises ModelUnavailable."""


async def render_all(
    voice: CallerVoice, scripts: Sequence[Script], tell: Callable[[int, int], None]
) -> list[dict[str, Clip]]:
    """The clips of each script by text, and its cough; ``tell(done, all)`` reports progress."""
    lines = [(script.voice, part) for script in scripts for line in script.lines() for part in _parts(line)]
    wanted, rendered = list(dict.fromkeys(lines)), {}
    for done, (name, part) in enumerate(wanted):
        tell(done, len(wanted))
        rendered[name, part] = clip_of(await voice.render(part, name)).pcm
    tell(len(wanted), len(wanted))

    def spoken(script: Script, line: str) -> Clip:
        return clip_of(_BREATH.join(rendered[script.voice, part] for part in _parts(line)))

    return [
        {line: spoken(script, line) for line in script.lines()} | {_COUGH: cough(script.seed + script.index)}
        for script in scripts
    ]


def _parts(line: str) -> list[str]:
    return [part.strip() for part in line.split("|")]


def room_of(script: Script, clips: dict[str, Clip]) -> bytes:
    """The background of a script's call."""
    voices = tuple(clip.pcm for name, clip in clips.items() if name != _COUGH)
    return room(script.scenario.noise, script.seed + script.index, voices)
