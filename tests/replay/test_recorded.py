"""Journals of real calls, folded by today's code (invariant 10). ``scripts/record_journal.py`` records them anew."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agent.call import commands as cmd
from agent.call import events as ev
from agent.call.codec import decode, dumps, encode, loads
from agent.call.machine import step
from agent.call.replay import fold, replay
from agent.call.state import Call, Control, Leg
from agent.profiles import parse_bundle
from agent.values.profile import AgentProfile
from agent.values.work import Effect
from scripts.record_journal import KEPT, final_state, recording, write

FOLDER = Path(__file__).parent
WITH_ID = (
    ev.CallArrived, ev.PlayoutFinished, ev.PlayoutStopped, ev.ReplyEnded, ev.ReplyFailed, ev.ToolSucceeded,
    ev.ToolFailed, ev.ToolTimedOut, ev.ToolInDoubt,
)  # fmt: skip
"""Told again at any later time, they are known by their id."""
SOON = (ev.CallAnswered, ev.MediaReady, ev.TurnEnded, ev.SpeechStarted, ev.SpeechEnded, ev.TranscriptPartial,
        ev.PlayoutStarted, ev.HangupSeen)  # fmt: skip
"""Told twice in a row, they are the same happening."""


@dataclass(frozen=True)
class Recorded:
    """One file."""

    profile: AgentProfile
    profile_text: str
    events: tuple[ev.Event, ...]
    content: dict[str, Any]


@cache
def recorded(name: str) -> Recorded:
    content = json.loads((FOLDER / f"{name}.json").read_text())
    events = tuple(decode(data) for data in content["events"])
    return Recorded(parse_bundle(content["profile"]), content["profile"], events, content)


each = pytest.mark.parametrize("name", KEPT)


def test_what_is_kept_is_what_the_script_records() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(KEPT)


@each
def test_a_journal_folds_to_the_recorded_state(name: str) -> None:
    journal = recorded(name)
    assert final_state(fold(journal.profile, journal.events)) == journal.content["final"]


@each
def test_the_file_is_what_the_script_writes(name: str, tmp_path: Path) -> None:
    """The recording of its own events is the file, byte for byte."""
    journal = recorded(name)
    again = recording(name, KEPT[name], journal.profile_text, journal.events)
    assert write(tmp_path, again).read_bytes() == (FOLDER / f"{name}.json").read_bytes()


@each
def test_every_event_survives_the_journals_own_format(name: str) -> None:
    for event in recorded(name).events:
        assert loads(dumps(event)) == event
        assert decode(encode(event)) == event


@each
def test_cut_at_any_point_the_rest_leads_to_the_same_state(name: str) -> None:
    journal = recorded(name)
    whole = fold(journal.profile, journal.events)
    for cut in range(0, len(journal.events), 3):
        call = fold(journal.profile, journal.events[:cut])
        for event in journal.events[cut:]:
            call, _ = step(call, event)
        assert call == whole, f"cut at {cut}"


@each
def test_any_event_told_twice_gives_the_same_state(name: str) -> None:
    """The state after the second telling is that after the first, so what follows is the same too."""
    journal = recorded(name)
    for done in replay(journal.profile, journal.events):
        if isinstance(done.event, (*WITH_ID, *SOON)):
            assert step(done.call, done.event)[0] == done.call, done.event


@each
def test_an_event_with_an_id_told_again_late_has_no_effect(name: str) -> None:
    journal = recorded(name)
    steps = list(replay(journal.profile, journal.events))
    for place, event in enumerate(journal.events):
        if isinstance(event, WITH_ID):
            for done in steps[place:]:
                again, commands = step(done.call, event)
                assert again == done.call, f"{event} again after {done.event}"
                assert not commands, f"{event} again after {done.event}: {commands}"


@each
def test_no_two_writes_share_a_key_and_each_result_is_of_a_request(name: str) -> None:
    journal = recorded(name)
    asked: dict[str, str] = {}
    for done in replay(journal.profile, journal.events):
        for command in done.commands:
            if isinstance(command, cmd.RunTool) and command.call.effect is Effect.WRITE:
                assert command.call.key not in asked.values()
                asked[command.call.id] = command.call.key
        if isinstance(done.event, ev.ToolSucceeded):
            assert done.event.tool_id in {work.call.id for work in done.call.work}


def _crashes(journal: Recorded) -> Iterator[tuple[int, Call]]:
    for cut, done in enumerate(replay(journal.profile, journal.events), 1):
        yield cut, done.call


@each
def test_after_a_crash_at_any_point_a_living_caller_hears_us_again(name: str) -> None:
    journal = recorded(name)
    for cut, call in _crashes(journal):
        at_ms = journal.events[cut - 1].at_ms
        writes = {w.call.key for w in call.work if w.call.effect is Effect.WRITE}
        back, commands = step(call, ev.ControllerRestarted(at_ms + 900, is_caller_alive=True))
        if call.leg is Leg.ENDED:
            assert (back, commands) == (call, ()), f"cut at {cut}"
            continue
        said = []
        for event in (ev.CallAnswered(at_ms + 910), ev.MediaReady(at_ms + 920)):
            back, more = step(back, event)
            said += [c for c in more if isinstance(c, cmd.Say)]
            commands += more
        is_with_us = back.control is Control.AGENT
        assert said or not is_with_us or any(isinstance(c, cmd.Transfer) for c in commands), f"cut at {cut}: {commands}"
        again = [c.call for c in commands if isinstance(c, cmd.RunTool) and c.call.effect is Effect.WRITE]
        assert not again, f"cut at {cut}: a write was asked for anew: {writes}, {again}"


@each
def test_after_a_crash_at_any_point_a_caller_who_is_gone_is_closed(name: str) -> None:
    journal = recorded(name)
    for cut, call in _crashes(journal):
        back, commands = step(call, ev.ControllerRestarted(journal.events[cut - 1].at_ms + 900, is_caller_alive=False))
        assert back.leg is Leg.ENDED, f"cut at {cut}"
        assert call.leg is Leg.ENDED or isinstance(commands[-1], cmd.CloseCall), f"cut at {cut}"
