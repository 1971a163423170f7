"""After a crash: fold the journal of each open call, find its channel, go on or close the books."""

from collections.abc import Callable, Collection

from agent.call import events as ev
from agent.call.replay import fold
from agent.call.state import WorkStatus
from agent.shell.media_loop import MediaLoop
from agent.shell.outbox import as_event
from agent.shell.runner import Runner
from agent.shell.world import Ports
from agent.values.caller import CallRecord
from agent.values.ids import CallId
from agent.values.profile import AgentProfile

SUFFIXES = ("-media", "-bridge")
OPEN = (WorkStatus.REQUESTED, WorkStatus.IN_DOUBT)
"""Work whose result may have come, or become known, while nobody was there to be told."""


async def recover(
    ports: Ports, media_loop: MediaLoop, parse: Callable[[str], AgentProfile], channels: Collection[str]
) -> list[tuple[Runner, str]]:
    """A runner for each call that was open when we died, told whether its caller still stands."""
    adopted = []
    for record in await ports.journal.open_calls():
        adopted.append(await _adopt(ports, media_loop, parse, record, record.channel_id in channels))
    return adopted


async def _adopt(
    ports: Ports,
    media_loop: MediaLoop,
    parse: Callable[[str], AgentProfile],
    record: CallRecord,
    is_caller_alive: bool,
) -> tuple[Runner, str]:
    text = await ports.journal.profile_text(record.profile_sha)
    profile = parse(text)
    entries = await ports.journal.load(record.call_id)
    call = fold(profile, [entry.event for entry in entries])
    runner = Runner(ports, media_loop, record, profile, call)
    if entries:
        since_ms = int((ports.clock.wall() - record.started_at).total_seconds() * 1000)
        runner.resume_at(entries[-1].seq, max(since_ms, entries[-1].event.at_ms))
        runner.post(ev.ControllerRestarted(runner.now_ms(), is_caller_alive))
    for work in call.work:
        result = await ports.outbox.result(record.call_id, work.call.id) if work.status in OPEN else None
        if result is not None:
            runner.post(as_event(work.call.id, result, runner.now_ms()))
    return runner, text


def leftovers(channels: Collection[str], bridges: Collection[str], live: Collection[CallId]) -> set[CallId]:
    """Calls of which a media channel or bridge still stands, and no runner."""
    found = {
        CallId(name.removesuffix(suffix))
        for name in (*channels, *bridges)
        for suffix in SUFFIXES
        if name.endswith(suffix)
    }
    return found - set(live)
