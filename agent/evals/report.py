"""A call for people: the conversation, a table of latencies, the picture of them, and the JSON beside it."""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from agent.evals.result import CallResult, HeardTurn, Result, percentile

_WIDTH, _LEFT, _RIGHT, _ROW, _BAR = 920, 300, 60, 46, 16
_SEQUENCE = (
    ("intake_ms", "jitter buffer", "#b6c2cf"),
    ("endpoint_ms", "end of turn decided", "#5b8ff9"),
    ("decide_ms", "answer decided", "#f6bd16"),
    ("voice_ms", "first audio", "#61d9aa"),
    ("queue_ms", "queued", "#7262fd"),
)
"""The stages that follow one another; the others run inside them."""
_OURS = _SEQUENCE[1:]
"""Those that are more than the wait for a tick: what the table has room for."""
_TITLE = "From the caller\u2019s last word to the agent\u2019s first"
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2933}.q{font-style:italic}.s{font-size:11px;fill:#616e7c}"
    ".h{font-size:17px;font-weight:600}.n{font-weight:600}line{stroke:#e4e7eb}"
)


def transcript(call: CallResult) -> str:
    """The conversation as text, with times from the answer and, where they differ, what each side understood."""
    lines = [
        f"Scenario {call.scenario}: {call.outcome} ({call.end_reason})",
        f"Call {call.call_id or 'unknown to the controller'}, case {call.case_id or '-'}, voice {call.voice}",
        "",
    ]
    for turn in call.turns:
        if turn.caller_said:
            mark = "  (speaking over the agent)" if _is_over(call, turn) else ""
            lines.append(f"{_clock(turn.at_ms)}  Caller  {turn.caller_said}{mark}")
            if turn.agent_heard != turn.caller_said and not turn.caller_said.startswith("["):
                lines.append(f"{'':9}understood as: {turn.agent_heard or '(nothing)'}")
        gap = f"  (+{turn.voice_to_voice_ms} ms)" if turn.voice_to_voice_ms is not None else ""
        said = turn.agent_said or (f"[unscripted] {turn.caller_heard}" if turn.caller_heard else "")
        if said:
            lines.append(f"{_clock(turn.at_ms) if not turn.caller_said else '':7}  Agent   {said}{gap}")
            lines += [f"{'':9}heard as: {turn.caller_heard}"] if turn.agent_said and turn.caller_heard else []
        if turn.stopped_after_ms is not None:
            lines.append(f"{'':9}interrupted: silent {turn.stopped_after_ms} ms later")
    if call.booking:
        lines += ["", "Booked: " + ", ".join(f"{key} {value}" for key, value in call.booking.items())]
    if call.transfer:
        lines += ["", "Transferred: " + ", ".join(f"{key} {value}" for key, value in call.transfer.items())]
    lines += ["", *(f"Fault: {fault}" for fault in call.faults)]
    return "\n".join(lines).rstrip() + "\n"


def latency_table(result: Result) -> Table:
    """The latencies of a run for the terminal: voice-to-voice of each turn, and our stages in it."""
    table = Table(title="Voice to voice, ms", title_justify="left", box=SIMPLE_HEAD)
    table.padding, table.pad_edge = (0, 1, 0, 0), False
    table.add_column("call", justify="right")
    table.add_column("caller said", no_wrap=True)
    table.add_column("by", no_wrap=True)
    table.add_column("waited", justify="right", style="bold", no_wrap=True)
    for name, _, _ in _OURS:
        table.add_column(name.removesuffix("_ms"), justify="right", style="dim", no_wrap=True)
    for number, call in enumerate(result.calls, 1):
        for turn in call.turns:
            if turn.voice_to_voice_ms is not None:
                stages = [str(_stages(turn).get(name, "")) for name, _, _ in _OURS]
                by = str(turn.stages.get("decided_by", ""))
                table.add_row(str(number), _short(turn.caller_said, 30), by, str(turn.voice_to_voice_ms), *stages)
    measured = result.latencies_ms()
    table.add_section()
    for percent in (50, 95):
        table.add_row("", f"p{percent} of {len(measured)} turns", "", str(percentile(measured, percent)))
    return table


def waterfall(call: CallResult) -> str:
    """An SVG of the call's latencies: per turn what the caller waited, and under it where our side spent it.

    Our stages are drawn so that they end with the wait; what is left before them is the wire, the codec and the
    time until the end of speech was noticed.
    """
    turns = [turn for turn in call.turns if turn.voice_to_voice_ms is not None]
    longest = max([1_000, *(_longest(turn) for turn in turns)])
    scale = (_WIDTH - _LEFT - _RIGHT) / longest
    height = 96 + _ROW * len(turns)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}">',
        f'<style>{_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>',
        f'<text class="h" x="16" y="28">{_TITLE}: {escape(call.scenario)}</text>',
        *_legend(),
        *_grid(longest, scale, height),
    ]
    for row, turn in enumerate(turns):
        parts += _bars(turn, scale, 80 + row * _ROW)
    if not turns:
        parts.append('<text class="s" x="16" y="80">No turn of this call could be measured.</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def write(call: CallResult, folder: Path, whole: Mapping[str, Any]) -> None:
    """Put transcript.txt, latency.svg and call.json into ``folder``; the recording is there already."""
    (folder / "transcript.txt").write_text(transcript(call), encoding="utf-8")
    (folder / "latency.svg").write_text(waterfall(call), encoding="utf-8")
    (folder / "call.json").write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _clock(at_ms: int) -> str:
    return f"{at_ms // 60_000:02d}:{at_ms % 60_000 // 1000:02d}.{at_ms % 1000 // 100}"


def _is_over(call: CallResult, turn: HeardTurn) -> bool:
    place = call.turns.index(turn)
    return place > 0 and call.turns[place - 1].was_spoken_over


def _stages(turn: HeardTurn) -> dict[str, int]:
    """The stages that are times; what a prompt cost is beside them, in tokens."""
    return {name: ms for name, ms in turn.stages.items() if name.endswith("_ms") and isinstance(ms, int)}


def _longest(turn: HeardTurn) -> int:
    return max([turn.voice_to_voice_ms or 0, *_stages(turn).values()])


def _short(text: str, letters: int = 36) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "\u2026"


def _legend() -> list[str]:
    parts, x = [], 16
    for name, colour in (("the caller waited", "#cbd2d9"), *((title, colour) for _, title, colour in _SEQUENCE)):
        parts.append(f'<rect x="{x}" y="44" width="11" height="11" rx="2" fill="{colour}"/>')
        parts.append(f'<text class="s" x="{x + 16}" y="54">{escape(name)}</text>')
        x += 36 + 6 * len(name)
    return parts


def _grid(longest: int, scale: float, height: int) -> list[str]:
    step = next(step for step in (100, 200, 500, 1_000, 2_000, 5_000, 10**9) if longest / step <= 10)
    parts = []
    for ms in range(0, longest + 1, step):
        x = _LEFT + ms * scale
        parts.append(f'<line x1="{x:.1f}" y1="66" x2="{x:.1f}" y2="{height - 22}"/>')
        parts.append(f'<text class="s" x="{x:.1f}" y="{height - 8}" text-anchor="middle">{ms}</text>')
    return parts


def _bars(turn: HeardTurn, scale: float, y: int) -> list[str]:
    waited, stages = turn.voice_to_voice_ms or 0, _stages(turn)
    decided_by = str(turn.stages.get("decided_by", "unknown"))
    parts = [
        f'<text class="q" x="16" y="{y + 13}">{escape(_short(turn.caller_said))}</text>',
        f'<text class="s" x="16" y="{y + 28}">decided by {escape(decided_by)}</text>',
        f'<rect x="{_LEFT}" y="{y}" width="{waited * scale:.1f}" height="{_BAR}" rx="3" fill="#cbd2d9"/>',
        f'<text class="n" x="{_LEFT + waited * scale + 6:.1f}" y="{y + 13}">{waited}</text>',
    ]
    ours = sum(stages.get(name, 0) for name, _, _ in _SEQUENCE)
    began = max(0, waited - ours)
    for name, title, colour in _SEQUENCE:
        ms = stages.get(name, 0)
        if ms:
            parts.append(
                f'<rect x="{_LEFT + began * scale:.1f}" y="{y + _BAR + 3}" width="{max(1.5, ms * scale):.1f}" '
                f'height="9" rx="2" fill="{colour}"><title>{escape(title)}: {ms} ms</title></rect>'
            )
        began += ms
    return parts
