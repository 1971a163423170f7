"""Places calls with the simulated caller against a running stack, and makes their result.

First everything is drawn and rendered, then the calls are placed, and only when all are over are they
transcribed, looked up and graded: nothing of the judging disturbs what is judged.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from agent.adapters.asterisk import AriError
from agent.adapters.models.connection import WorkerConnection
from agent.adapters.models.listening import WorkerRecogniser
from agent.adapters.models.speaking import CallerVoice
from agent.adapters.postgres.calls import CallReader
from agent.adapters.postgres.crypto import load_cipher
from agent.adapters.rtp.line import RtpMedia
from agent.evals import journal_view, report
from agent.evals.address import StackAddress
from agent.evals.clips import CallerVoice as Voice
from agent.evals.clips import render_all, room_of
from agent.evals.conversation import WITHOUT_A_WORD
from agent.evals.dial import Carrier, CarrierLeg
from agent.evals.draw import OpenTimes, Script, draw, ringing_back
from agent.evals.grade import Evidence, booking_of, crosstalk, grade
from agent.evals.journal_view import Calls, JournalView
from agent.evals.loop import CallLoop, CallTape, RealPace, Turns
from agent.evals.mouth import Clip, Mouth
from agent.evals.network import impaired_line
from agent.evals.result import CallResult, Result
from agent.evals.scenario import Scenario
from agent.evals.tape import Tape
from agent.evals.turns import transfer_of, turns_of
from agent.ports.media import Line, MediaLine
from agent.ports.models import Recogniser
from agent.profiles import FILES, parse
from agent.values.caller import CallRecord, Outcome
from agent.values.profile import AgentProfile

_log = structlog.get_logger(__name__)
CLOSED_WITHIN_S = 10.0
_POLL_S = 0.2


class CannotPlaceCalls(RuntimeError):
    """The run could not begin: one line with cause and remedy."""


class Dialler(Protocol):
    """Dials from the public network (agent.evals.dial.Carrier)."""

    async def dial(self, dialled: str, caller: str, line: Line) -> CarrierLeg:
        """A leg whose audio is on ``line``. Raises AriError."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run needs of the world."""

    voice: Voice
    recogniser: Recogniser
    dialler: Dialler
    media: MediaLine
    calls: Calls
    media_host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Placed:
    """One call that was placed, before it is judged; ``before`` is the one that this caller dropped."""

    script: Script
    tape: CallTape
    sip_call_id: str
    before: "Placed | None" = None


def _quiet(_done: int, _all: int, _what: str) -> None:
    """Tell nobody."""


Tell = Callable[[int, int, str], None]
"""Progress: done, all, of what (``line`` or ``call``)."""


async def place_calls(
    stack: StackAddress, scenario: Scenario, n: int, parallel: int, seed: int, tell: Tell = _quiet
) -> Result:
    """Place ``n`` calls, at most ``parallel`` at once, and judge them; files go to ``stack.out_dir``.

    Raises CannotPlaceCalls, ModelUnavailable (a worker is away), DatabaseDown, AriError (the carrier is away).
    """
    open_times = opening_of(stack.tenants_dir, scenario.dial)
    try:
        scripts = draw(scenario, n, seed, open_times)
    except ValueError as error:
        raise CannotPlaceCalls(f"{error}; widen [draw.slot] or the tenant's hours") from error
    async with open_parts(stack) as parts:
        return await place(parts, scripts, parallel, stack.out_dir, tell)


async def place(
    parts: Parts,
    scripts: Sequence[Script],
    parallel: int,
    out_dir: Path,
    tell: Tell = _quiet,
    turns: Turns | None = None,
) -> Result:
    """The run itself, on given parts; ``turns`` lets callers at once take turns."""
    clips = await render_all(parts.voice, scripts, lambda done, all_: tell(done, all_, "line"))
    places, done = asyncio.Semaphore(parallel), 0

    async def one(script: Script, own: dict[str, Clip]) -> Placed:
        nonlocal done
        async with places:
            placed = await _place_one(parts, script, own, turns)
            done += 1
            tell(done, len(scripts), "call")
            return placed

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(script, own)) for script, own in zip(scripts, clips, strict=True)]
    calls = []
    for number, task in enumerate(tasks, 1):
        folder = out_dir if len(tasks) == 1 else out_dir / f"call-{number:02d}"
        calls.append(await _judge(parts, task.result(), folder))
    return _finish(scripts[0].seed if scripts else 0, calls)


def opening_of(tenants_dir: Path, number: str) -> OpenTimes:
    """Opening hours and today's date of the tenant that answers ``number``. Raises CannotPlaceCalls."""
    profile = profile_of(tenants_dir, number)
    return OpenTimes(profile.hours, datetime.now(ZoneInfo(profile.timezone)).date())


def profile_of(tenants_dir: Path, number: str) -> AgentProfile:
    """The profile that answers ``number``. Raises CannotPlaceCalls."""
    for folder in sorted(path for path in tenants_dir.iterdir() if path.is_dir()):
        texts = {name: (folder / name).read_text("utf-8") for name in FILES if (folder / name).is_file()}
        if texts and number in (profile := parse(folder.name, texts)).numbers:
            return profile
    raise CannotPlaceCalls(f"no tenant under {tenants_dir} answers {number}; correct `dial` in the scenario")


@asynccontextmanager
async def open_parts(stack: StackAddress) -> AsyncIterator[Parts]:
    """Connections to a running stack, closed with the block. Raises AriError when the carrier is away."""
    async with AsyncExitStack() as exits:
        hearing, speaking = (WorkerConnection(stack.workers_dir / f"{kind}.sock") for kind in ("stt", "caller"))
        calls = CallReader(stack.dsn, load_cipher(stack.key_file))
        for part in (hearing, speaking, calls):
            exits.push_async_callback(part.close)
        yield Parts(
            CallerVoice(speaking, stack.cache_dir),
            WorkerRecogniser(hearing),
            await exits.enter_async_context(Carrier(stack.carrier)),
            RtpMedia(stack.carrier.media_host),
            calls,
            stack.carrier.media_host,
        )


async def _place_one(parts: Parts, script: Script, clips: dict[str, Clip], turns: Turns | None) -> Placed:
    """The call; where it was dropped without a word and the scenario says so, the one after it."""
    placed = await _dialled(parts, script, clips, turns)
    redial_ms = script.scenario.redial_after_ms
    if redial_ms is None or placed.tape.end_reason != f"caller: {WITHOUT_A_WORD}":
        return placed
    await asyncio.sleep(redial_ms / 1000)
    return replace(await _dialled(parts, ringing_back(script), clips, turns), before=placed)


async def _dialled(parts: Parts, script: Script, clips: dict[str, Clip], turns: Turns | None) -> Placed:
    line, leg = await _line_of(parts, script), None
    try:
        leg = await parts.dialler.dial(script.scenario.dial, script.caller, line)
        pace, loop = RealPace(), CallLoop(script, clips, Mouth(room_of(script, clips)), parts.recogniser, turns)
        tape = await loop.run(line, leg, pace)
        tape.late_ticks = pace.late
    except (AriError, TimeoutError) as error:
        _log.warning("call not placed", index=script.index, cause=str(error))
        tape = CallTape(Tape(), end_reason=f"not placed: {str(error) or type(error).__name__}")
    finally:
        line.close()
    return Placed(script, tape, leg.sip_call_id if leg else "")


async def _line_of(parts: Parts, script: Script) -> Line:
    """The caller's line, as good as the scenario's network."""
    network = script.scenario.network
    if network.is_good:
        return await parts.media.open()
    return impaired_line(parts.media_host, network, script.seed + script.index)


async def _judge(parts: Parts, placed: Placed, folder: Path) -> CallResult:
    """Look the call up, transcribe what the caller received, grade."""
    script, call = placed.script, placed.tape
    record = await _closed(parts.calls, placed.sip_call_id)
    journal = await journal_view.read(parts.calls, record) if record else JournalView()
    first = await _closed(parts.calls, placed.before.sip_call_id) if placed.before else None
    cases = dict.fromkeys(one.case_id for one in (record, first) if one)
    rows = tuple([row for case_id in cases for row in await parts.calls.appointments_by_case(case_id)])
    await asyncio.to_thread(_save, call.tape, folder / "call.wav")
    if placed.before:
        await asyncio.to_thread(_save, placed.before.tape.tape, folder / "call-before.wav")
    result = CallResult(
        call_id=record.call_id if record else None,
        case_id=record.case_id if record else None,
        scenario=script.scenario.name,
        outcome=_outcome(record, call).value,
        expected=script.scenario.expect,
        booking=booking_of(rows),
        wanted=call.wanted,
        transfer=transfer_of(call, journal),
        turns=await turns_of(call, journal, parts.recogniser),
        end_reason=f"{call.end_reason}; agent: {record.end_reason}" if record else call.end_reason,
        voice=script.voice,
        caller=script.caller,
        recording=folder / "call.wav",
        transcript=folder / "transcript.txt",
    )
    graded = grade(result, Evidence(journal, rows))
    checks = {**graded.checks, "late_ticks": call.late_ticks}
    return replace(graded, checks={**checks, "is_same_case": len(cases) == 1} if placed.before else checks)


def _save(tape: Tape, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    tape.save(path)


async def _closed(calls: Calls, sip_call_id: str) -> CallRecord | None:
    """The call's record once it is closed; as it stands when it is not within CLOSED_WITHIN_S."""
    give_up = time.monotonic() + CLOSED_WITHIN_S
    while sip_call_id:
        record = await calls.by_sip_call_id(sip_call_id)
        if (record and record.ended_at) or time.monotonic() > give_up:
            return record
        await asyncio.sleep(_POLL_S)
    return None


def _outcome(record: CallRecord | None, call: CallTape) -> Outcome:
    """As our record says. A call that no controller closed was dropped; one never answered is an error."""
    if record and record.outcome:
        return record.outcome
    return Outcome.DROPPED if call.answered_ms is not None else Outcome.ERROR


def _finish(seed: int, calls: list[CallResult]) -> Result:
    """Crosstalk is a fault of the run, noted at each call it touches; then the files are written."""
    faults = crosstalk(calls)
    marked = [
        replace(call, faults=(*call.faults, *(fault for fault in faults if fault.endswith(f" call {number}"))))
        for number, call in enumerate(calls, 1)
    ]
    result = Result(seed, tuple(marked))
    for call in result.calls:
        own = Result(seed, (call,))
        report.write(call, call.recording.parent, own.as_json())
    return result
