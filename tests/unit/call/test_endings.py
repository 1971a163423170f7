"""How calls end and who else takes them: keys, people, hang-ups, failures, nobody there."""

import pytest

from agent.call import commands as cmd
from agent.call import events as ev
from agent.call.state import Control, Floor, Leg
from agent.policy.recording import Consent
from agent.values.caller import Outcome
from agent.values.work import Effect
from tests.unit.call.rig import HOURS, Machine, answering, kinds, spoken, timers
from tests.unit.dialogue.rig import SALES, Calendar, tenant


class TestKeys:
    @pytest.mark.parametrize("state", [Machine.arrived, lambda m: m.arrived().do(ev.CallAnswered(0)) and m])
    def test_zero_before_the_media_stands_hands_over_at_once(self, state) -> None:
        machine = Machine()
        state(machine)
        commands = machine.keys("0")
        assert commands == (cmd.Transfer(machine.profile.queue, "dtmf_0"),)
        assert machine.call.leg is Leg.TRANSFERRING

    @pytest.mark.parametrize("state", [Machine.bridged, Machine.greeted, Machine.booking, lambda _: answering()])
    def test_zero_in_a_conversation_says_so_and_hands_over(self, state) -> None:
        machine = state(Machine())
        commands = machine.keys("0")
        assert "putting you through" in spoken(commands)
        transfer = machine.played(all_of_it=True)
        assert cmd.Transfer(machine.profile.queue, "dtmf_0") in transfer
        machine.do(ev.TransferAnswered(0, "dialplan"))
        assert machine.call.outcome is Outcome.TRANSFERRED

    def test_zero_stops_what_is_being_said(self) -> None:
        machine = answering()
        assert kinds(machine.keys("0"))[0] == "StopPlayout"

    @pytest.mark.parametrize(
        "state",
        [
            lambda m: m.greeted().keys("0") and m,  # on the way
            lambda m: m.arrived().keys("0") and m,  # transferring
            lambda m: m.greeted().do(ev.HangupSeen(0, "x")) and m,  # over
        ],
    )
    def test_zero_later_changes_nothing(self, state) -> None:
        machine = state(Machine())
        assert machine.keys("0") == ()

    def test_typed_digits_answer_like_spoken_ones(self) -> None:
        machine = Machine().greeted()
        machine.says("I'd like a check-up tomorrow at 2 p.m.")
        machine.tool_answers()
        machine.played(all_of_it=True)
        machine.says("My name is Anna Lee.")
        machine.played(all_of_it=True)
        machine.says("No.")  # not the number one calls from
        machine.played(all_of_it=True)
        machine.keys("5125550142#")
        assert machine.call.keys == ""
        assert machine.call.dialogue is not None
        assert dict(machine.call.dialogue.slots)["phone"] == "+15125550142"

    def test_a_pause_ends_typing(self) -> None:
        machine = Machine().greeted()
        assert timers(machine.keys("5")) == {"keys"}
        machine.keys("12")
        assert machine.call.keys == "512"
        machine.fires("keys")
        assert machine.call.keys == ""

    def test_zero_within_a_number_is_a_digit(self) -> None:
        machine = Machine().greeted()
        machine.keys("50")
        assert machine.call.keys == "50"
        assert machine.call.control is Control.AGENT

    @pytest.mark.parametrize("key", ["*", "#"])
    def test_lone_signs_mean_nothing(self, key: str) -> None:
        assert Machine().greeted().keys(key) == ()


LEGS = {
    "new": Machine.arrived,
    "answered": lambda m: m.arrived().do(ev.CallAnswered(0)) and m,
    "disclosing": Machine.bridged,
    "listening": Machine.greeted,
    "writing": Machine.booking,
    "answering": lambda _: answering(),
    "handing over": lambda m: m.arrived().keys("0") and m,
}


@pytest.mark.parametrize("state", LEGS.values(), ids=LEGS)
class TestEnd:
    def test_a_hang_up_closes_the_call(self, state) -> None:
        machine = state(Machine())
        commands = machine.do(ev.HangupSeen(0, "Normal Clearing"))
        assert isinstance(commands[-1], cmd.CloseCall)
        assert (machine.call.leg, machine.call.floor) == (Leg.ENDED, Floor.NOBODY)
        assert machine.starts() == machine.turn("hello") == machine.fires("silence") == machine.keys("0") == ()
        assert machine.do(ev.HangupSeen(0, "again")) == ()

    def test_lost_media_hangs_up(self, state) -> None:
        machine = state(Machine())
        assert kinds(machine.do(ev.MediaLost(0, "no RTP for 15000 ms")))[-2:] == ["Hangup", "CloseCall"]

    def test_a_lease_that_ran_out_ends_our_part(self, state) -> None:
        machine = state(Machine())
        was = machine.call.leg
        machine.do(ev.TransferAnswered(0, "dialplan"))
        assert (machine.call.leg, machine.call.control) == (Leg.ENDED, Control.HUMAN)
        if was is Leg.TRANSFERRING:
            assert machine.call.outcome is Outcome.TRANSFERRED
            assert machine.call.end_reason == "transferred to dialplan"
        else:
            assert machine.call.outcome is Outcome.ERROR, "nobody decided to hand this caller over"
            assert machine.call.end_reason == "taken_back: the lease ran out"

    def test_a_restart_without_the_caller_closes_as_dropped(self, state) -> None:
        machine = state(Machine())
        (close,) = machine.do(ev.ControllerRestarted(0, False))
        assert isinstance(close, cmd.CloseCall)
        assert "dropped" in close.reason

    def test_a_restart_with_the_caller_goes_on(self, state) -> None:
        machine = state(Machine())
        writes = machine.call.pending()
        was = machine.call.leg
        commands = machine.do(ev.ControllerRestarted(0, True))
        if was is Leg.NEW:
            assert commands[0] == cmd.Answer()
        elif was is Leg.TRANSFERRING:
            assert any(isinstance(c, cmd.Transfer) for c in commands)
        else:
            assert commands[0] == cmd.OpenMedia()
            assert "max_call" in timers(commands), "its timer died with the process"
            back = machine.do(ev.MediaReady(0))
            assert machine.profile.disclosure not in spoken(back)
            assert spoken(back)
            assert machine.call.pending() == tuple(w for w in writes if w.call.effect is Effect.WRITE)

    def test_a_refused_command_hands_over_and_a_second_one_lets_go(self, state) -> None:
        machine = state(Machine())
        was = machine.call.leg
        first = machine.do(ev.CommandFailed(0, "OpenMedia", "422"))
        if was is not Leg.TRANSFERRING:
            assert isinstance(first[-1], cmd.Transfer)
            first = machine.do(ev.CommandFailed(0, "Transfer", "404"))
        assert isinstance(first[-1], cmd.CloseCall)

    def test_what_broke_is_an_error_and_the_dialplans(self, state) -> None:
        machine = state(Machine())
        commands = machine.do(ev.CallBroke(0, "CommitLate"))
        assert commands[-1] == cmd.CloseCall("error", "broke: CommitLate")
        assert (machine.call.leg, machine.call.control) == (Leg.ENDED, Control.HUMAN)
        assert machine.do(ev.CallBroke(0, "again")) == ()

    def test_the_time_limit_ends_it(self, state) -> None:
        machine = state(Machine())
        was = machine.call.leg
        commands = machine.fires("max_call")
        if was is Leg.BRIDGED:
            assert machine.profile.goodbye in spoken(commands)
            machine.starts()
            machine.ends()
            machine.turn("but I still want to say something")
            assert machine.played() == (cmd.Hangup("max_call"),), "nobody talks the limit away"
        elif was is Leg.TRANSFERRING:
            assert commands == ()
        else:
            assert isinstance(commands[-1], cmd.Transfer)


def test_the_write_of_a_caller_who_has_gone_still_lands() -> None:
    machine = Machine().booking()
    (work,) = machine.call.pending()
    machine.do(ev.HangupSeen(0, "Normal Clearing"))
    assert machine.call.outcome is Outcome.DROPPED
    value = Calendar(machine.profile).run(work.call.name, work.call.arguments).value
    commands = machine.do(ev.ToolSucceeded(0, work.call.id, value))
    assert commands == (cmd.CloseCall("booked", machine.call.end_reason),)
    assert machine.call.outcome is Outcome.BOOKED


def test_a_failed_transfer_is_tried_once_more_and_then_left_to_the_dialplan() -> None:
    machine = Machine().arrived()
    machine.keys("0")
    assert kinds(machine.do(ev.TransferFailed(0, "desk", "busy"))) == ["Transfer"]
    (close,) = machine.do(ev.TransferFailed(0, "desk", "busy"))
    assert close == cmd.CloseCall("error", "transfer_failed: busy")


def test_a_booked_caller_whom_the_dialplan_takes_back_has_booked() -> None:
    machine = Machine().booking()
    machine.tool_answers()
    machine.do(ev.TransferAnswered(0, "dialplan"))
    assert machine.call.outcome is Outcome.BOOKED
    assert machine.call.end_reason == "taken_back: the lease ran out"


def test_without_a_voice_the_caller_gets_a_human() -> None:
    machine = Machine().greeted()
    machine.says(HOURS)
    commands = machine.do(ev.PlayoutFailed(0, machine.call.reply.turn_id, "the worker is gone"))
    assert isinstance(commands[-1], cmd.Transfer)


@pytest.mark.parametrize(
    ("answer", "consent"),
    [("Yes, that is fine.", Consent.GRANTED), ("No, I'd rather not.", Consent.REFUSED), (HOURS, Consent.REFUSED)],
)
def test_recording_needs_a_clear_yes_to_the_question(answer: str, consent: Consent) -> None:
    machine = Machine(tenant(SALES)).bridged()
    assert machine.call.consent is Consent.ASKED
    machine.played(all_of_it=True)
    commands = machine.says(answer)
    assert machine.call.consent is consent
    assert (cmd.StartRecording() in commands) is (consent is Consent.GRANTED)
    machine.played(all_of_it=True)
    machine.says("yes")
    assert len(machine.of(cmd.StartRecording)) == (consent is Consent.GRANTED)


def test_a_tenant_that_does_not_record_never_asks() -> None:
    machine = Machine().greeted()
    machine.says("yes")
    assert machine.call.consent is Consent.UNASKED
    assert not machine.of(cmd.StartRecording)


def test_a_yes_from_before_the_question_is_no_consent() -> None:
    machine = Machine(tenant(SALES)).bridged()
    machine.starts()
    machine.ends()
    machine.turn("Yes please, that is all right with me.")
    assert "record" in spoken(machine.played())
    assert machine.call.consent is Consent.ASKED
    assert not machine.of(cmd.StartRecording)


def test_a_call_that_broke_in_mid_booking_apologises_and_asks_what_stood() -> None:
    machine = Machine().to_read_back()
    machine.do(ev.ControllerRestarted(0, True))
    back = spoken(machine.do(ev.MediaReady(0)))
    assert machine.call.dialogue is not None
    assert "cut off" in back
    assert "Is that right?" in back
    machine.played(all_of_it=True)
    machine.says("Yes.")
    assert machine.call.pending()[0].call.effect is Effect.WRITE


class TestNobodyThere:
    def test_a_line_without_any_sound_is_asked_once_whether_it_hears_us(self) -> None:
        machine = Machine().greeted()
        machine.do(ev.SoundChanged(0, False))
        assert "Can you hear me" in spoken(machine.fires("silence"))
        machine.played(all_of_it=True)
        second = spoken(machine.fires("silence"))
        assert second
        assert "Can you hear me" not in second
        machine.played(all_of_it=True)
        machine.fires("silence")
        assert "Hangup" in kinds(machine.played(all_of_it=True))

    def test_a_caller_whose_room_is_heard_is_asked_whether_still_there(self) -> None:
        machine = Machine().greeted()
        machine.do(ev.SoundChanged(0, False), ev.SoundChanged(0, True))
        assert "Can you hear me" not in spoken(machine.fires("silence"))

    def test_a_recording_is_not_conversed_with_and_hung_up_on_in_the_end(self) -> None:
        machine = Machine().greeted()
        said = len(machine.said())
        for _ in range(2):
            assert timers(machine.says("Your call is important to us. Please stay on the line.")) == {"silence"}
            assert machine.call.floor is Floor.NOBODY
        assert "Hangup" in kinds(machine.says("Please leave a message after the tone."))
        assert len(machine.said()) == said
