"""A call without a telephone: events go in one after the other, commands are kept."""

from dataclasses import dataclass, field, replace

from agent.call import commands as cmd
from agent.call import events as ev
from agent.call.machine import step
from agent.call.state import Call, Floor, WorkStatus
from agent.values.ids import CallId, CaseId, ToolId, TurnId
from agent.values.profile import AgentProfile
from agent.values.talk import Utterance
from agent.values.work import Effect
from tests.unit.dialogue.rig import CLINIC, TUESDAY, Calendar, tenant

CALLER = "+15125554567"


def arrival(profile: AgentProfile) -> ev.CallArrived:
    return ev.CallArrived(
        0, CallId("call-1"), CaseId("case-1"), profile.tenant, CALLER, "+15125550100", TUESDAY, profile.sha
    )


@dataclass
class Machine:
    """One call under test. Every method returns the commands of its last step."""

    profile: AgentProfile = field(default_factory=lambda: tenant(CLINIC))
    at_ms: int = 0
    events: list[ev.Event] = field(default_factory=list)
    done: list[cmd.Command] = field(default_factory=list)
    utterances: int = 0
    call: Call = field(init=False)

    def __post_init__(self) -> None:
        self.call = Call(self.profile)

    def do(self, *happened: ev.Event) -> tuple[cmd.Command, ...]:
        """Step through events whose times are filled in here."""
        commands: tuple[cmd.Command, ...] = ()
        for event in happened:
            self.at_ms += 20
            stamped = replace(event, at_ms=self.at_ms)
            self.events.append(stamped)
            self.call, commands = step(self.call, stamped)
            self.done.extend(commands)
        return commands

    def arrived(self) -> "Machine":
        self.do(arrival(self.profile))
        return self

    def bridged(self) -> "Machine":
        """Answered, in one bridge with us, the disclosure begins."""
        self.arrived().do(ev.CallAnswered(0), ev.MediaReady(0))
        return self

    def greeted(self) -> "Machine":
        """Disclosure and greeting were played: the floor is free."""
        self.bridged().played(all_of_it=True)
        return self

    def played(self, all_of_it: bool = False) -> tuple[cmd.Command, ...]:
        """The turn under way was played to its end; with ``all_of_it`` whatever follows too."""
        commands = self.do(ev.PlayoutFinished(0, self.call.reply.turn_id))
        while all_of_it and self.call.floor is Floor.AGENT:
            commands = self.do(ev.PlayoutFinished(0, self.call.reply.turn_id))
        return commands

    def starts(self) -> tuple[cmd.Command, ...]:
        return self.do(ev.SpeechStarted(0))

    def ends(self, speech_ms: int = 600) -> tuple[cmd.Command, ...]:
        self.at_ms += speech_ms
        return self.do(ev.SpeechEnded(0, speech_ms))

    def turn(self, text: str, sound_ms: int = 600) -> tuple[cmd.Command, ...]:
        """The endpointer decided on what was heard."""
        self.utterances += 1
        began = max(0, self.at_ms - sound_ms)
        return self.do(ev.TurnEnded(0, Utterance(f"u{self.utterances}", began, began + sound_ms, text, 0.9)))

    def says(self, text: str) -> tuple[cmd.Command, ...]:
        """A whole turn of the caller, into silence."""
        self.starts()
        self.ends()
        return self.turn(text)

    def fires(self, name: str) -> tuple[cmd.Command, ...]:
        return self.do(ev.TimerFired(0, name))

    def keys(self, digits: str) -> tuple[cmd.Command, ...]:
        return self.do(*(ev.DtmfReceived(0, digit) for digit in digits))

    def tool_answers(self, calendar: Calendar | None = None) -> tuple[cmd.Command, ...]:
        """The pending tool succeeds, with what a calendar says."""
        (work,) = self.call.pending()
        result = (calendar or Calendar(self.profile)).run(work.call.name, work.call.arguments)
        return self.do(ev.ToolSucceeded(0, work.call.id, result.value))

    def to_read_back(self) -> "Machine":
        """A booking, up to the question whether all is right."""
        self.greeted().says("I'd like a check-up tomorrow at 2 p.m.")
        self.tool_answers()
        self.played(all_of_it=True)
        self.says("My name is Anna Lee.")
        self.played(all_of_it=True)
        self.says("Yes, please.")
        self.played(all_of_it=True)
        assert self.call.dialogue is not None
        assert self.call.dialogue.asked == "confirm", self.said()
        return self

    def booking(self) -> "Machine":
        """The write is under way."""
        self.to_read_back().says("Yes.")
        (work,) = self.call.pending()
        assert work.call.effect is Effect.WRITE
        return self

    def said(self) -> list[str]:
        """Every text given to the voice."""
        return [" ".join(c.text for c in command.clauses) for command in self.done if isinstance(command, cmd.Say)]

    def of(self, kind: type[cmd.Command]) -> list[cmd.Command]:
        return [command for command in self.done if isinstance(command, kind)]


def kinds(commands: tuple[cmd.Command, ...]) -> list[str]:
    return [type(command).__name__ for command in commands]


def timers(commands: tuple[cmd.Command, ...]) -> set[str]:
    return {command.name for command in commands if isinstance(command, cmd.SetTimer)}


def spoken(commands: tuple[cmd.Command, ...]) -> str:
    return " ".join(clause.text for c in commands if isinstance(c, cmd.Say) for clause in c.clauses)


def statuses(call: Call) -> list[WorkStatus]:
    return [work.status for work in call.work]


OLD_TURN, OLD_TOOL = TurnId("t0-old"), ToolId("w99")


HOURS = "What are your opening hours?"


def answering() -> Machine:
    """The agent speaks an answer that may be interrupted."""
    machine = Machine().greeted()
    machine.says(HOURS)
    assert machine.call.floor is Floor.AGENT
    assert machine.call.reply.is_interruptible
    return machine
