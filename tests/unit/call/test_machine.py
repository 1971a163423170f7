"""Conversations through the machine, one table or story per thing it must get right."""

import pytest

from agent.call import commands as cmd
from agent.call import events as ev
from agent.call.floor import BARGE_IN_MS, MORE_MS, UNHEARD_MS
from agent.call.machine import step
from agent.call.moves import FILLER_AGAIN_MS, MODEL_TIMEOUT_MS
from agent.call.state import Control, Floor, WorkStatus
from agent.values.caller import Outcome
from tests.unit.call.rig import HOURS, OLD_TOOL, OLD_TURN, Machine, answering, kinds, spoken, statuses, timers


class TestOpening:
    def test_a_call_is_answered_bridged_and_greeted(self) -> None:
        machine = Machine()
        assert kinds(machine.arrived().done) == ["Answer", "SetTimer"]  # type: ignore[arg-type]
        assert kinds(machine.do(ev.CallAnswered(0))) == ["OpenMedia"]
        assert spoken(machine.do(ev.MediaReady(0))) == machine.profile.disclosure
        assert spoken(machine.played()) == machine.profile.greeting
        assert timers(machine.played()) == {"silence"}
        assert machine.call.floor is Floor.NOBODY

    def test_the_disclosure_is_not_interrupted_and_what_was_said_over_it_is_answered(self) -> None:
        machine = Machine().bridged()
        assert machine.starts() == ()
        machine.ends()
        assert machine.turn(HOURS) == ()
        assert machine.call.carried == HOURS
        answer = machine.played()
        assert machine.call.floor is Floor.AGENT
        assert machine.profile.greeting not in spoken(answer)
        assert "open" in spoken(answer).lower()

    def test_a_murmur_over_the_disclosure_carries_nothing(self) -> None:
        machine = Machine().bridged()
        machine.starts()
        machine.ends()
        machine.turn("mm-hm")
        assert spoken(machine.played()) == machine.profile.greeting

    def test_the_greeting_may_be_interrupted(self) -> None:
        machine = Machine().bridged()
        machine.played()
        assert kinds(machine.starts()) == ["PausePlayout", "SetTimer"]


class TestBargeIn:
    def test_speech_pauses_at_once_and_starts_the_decision(self) -> None:
        machine = answering()
        pause, timer = machine.starts()
        assert pause == cmd.PausePlayout()
        assert timer == cmd.SetTimer("bargein", BARGE_IN_MS)
        assert machine.call.floor is Floor.AGENT_PAUSED

    @pytest.mark.parametrize(
        ("text", "is_barge_in"),
        [("Wait, where are you?", True), ("stop", True), ("mm-hm", False), ("yeah okay", False)],
    )
    def test_words_in_mid_speech_decide(self, text: str, is_barge_in: bool) -> None:
        machine = answering()
        machine.starts()
        machine.do(ev.SpeechEnded(0, 400)) if not is_barge_in else None
        commands = machine.do(ev.TranscriptPartial(0, text))
        assert (cmd.StopPlayout() in commands) is is_barge_in
        assert (cmd.ResumePlayout() in commands) is not is_barge_in
        assert machine.call.floor is (Floor.CALLER if is_barge_in else Floor.AGENT)
        assert cmd.CancelTimer("bargein") in commands

    def test_a_sound_without_words_does_not_hold_the_agent_up(self) -> None:
        machine = answering()
        machine.starts()
        assert not machine.do(ev.TranscriptPartial(0, ""))
        assert kinds(machine.fires("bargein")) == ["ResumePlayout", "CancelTimer"]
        assert machine.call.floor is Floor.AGENT

    def test_a_voice_whose_words_are_not_recognised_yet_is_waited_for(self) -> None:
        machine = answering()
        machine.starts()
        machine.do(ev.TranscriptPartial(0, "", sure_ms=160))
        assert machine.fires("bargein") == (cmd.SetTimer("bargein", MORE_MS),)
        assert cmd.ResumePlayout() in machine.fires("bargein")

    def test_words_that_come_late_still_stop_the_agent(self) -> None:
        machine = answering()
        machine.do(ev.PlayoutStarted(0, machine.call.reply.turn_id))
        machine.starts()
        machine.do(ev.TranscriptPartial(0, "Okay"))
        machine.fires("bargein")
        assert not machine.do(ev.TranscriptPartial(0, "Okay"))
        assert cmd.StopPlayout() in machine.do(ev.TranscriptPartial(0, "Okay but where are you"))
        assert machine.call.floor is Floor.CALLER

    @pytest.mark.parametrize(("after_ms", "is_answer"), [(1_000, False), (8_000, True)])
    def test_a_yes_is_an_answer_only_once_the_question_was_heard(self, after_ms: int, is_answer: bool) -> None:
        machine = answering()
        assert machine.call.reply.said.endswith("?")
        machine.do(ev.PlayoutStarted(0, machine.call.reply.turn_id))
        machine.at_ms += after_ms
        machine.starts()
        machine.do(ev.SpeechEnded(0, 300))
        assert (cmd.StopPlayout() in machine.do(ev.TranscriptPartial(0, "Yes."))) is is_answer

    def test_what_is_shorter_than_a_word_is_forgotten_at_once(self) -> None:
        machine = answering()
        machine.starts()
        assert cmd.ResumePlayout() in machine.do(ev.SpeechEnded(0, 96))
        machine.starts()
        assert cmd.ResumePlayout() not in machine.do(ev.SpeechEnded(0, 300))

    def test_a_loud_room_pauses_a_turn_twice_and_then_only_words_do(self) -> None:
        machine = answering()
        for _ in range(2):
            assert cmd.PausePlayout() in machine.starts()
            machine.do(ev.SpeechEnded(0, 64))
        assert not machine.starts()
        assert not machine.do(ev.TranscriptPartial(0, ""))
        assert cmd.StopPlayout() in machine.do(ev.TranscriptPartial(0, "Stop, please"))
        machine.turn("Stop, please. Where are you located?")
        machine.played(all_of_it=True)
        machine.says("What are your opening hours?")
        assert cmd.PausePlayout() in machine.starts()

    def test_words_over_an_uninterruptible_text_do_not_stop_it(self) -> None:
        machine = Machine().bridged()
        machine.starts()
        assert not machine.do(ev.TranscriptPartial(0, "What are your opening hours"))
        assert machine.call.floor is Floor.AGENT

    def test_speech_nobody_can_recognise_stops_the_agent(self) -> None:
        machine = answering()
        machine.starts()
        assert machine.fires("bargein") == (cmd.SetTimer("bargein", MORE_MS),), "its words may be on their way"
        assert cmd.StopPlayout() in machine.fires("bargein")
        assert machine.call.floor is Floor.CALLER

    def test_a_cough_that_is_over_lets_the_agent_go_on(self) -> None:
        machine = answering()
        machine.starts()
        machine.ends(200)
        assert cmd.ResumePlayout() in machine.fires("bargein")
        assert machine.call.floor is Floor.AGENT

    def test_a_turn_over_the_answer_is_answered(self) -> None:
        machine = answering()
        machine.starts()
        machine.ends()
        commands = machine.turn("Sorry, where are you located?")
        assert kinds(commands)[0] == "StopPlayout"
        assert "Maple" in spoken(commands)

    def test_a_backchannel_turn_resumes(self) -> None:
        machine = answering()
        said = len(machine.said())
        machine.starts()
        machine.ends(300)
        assert cmd.ResumePlayout() in machine.turn("mm-hm")
        assert len(machine.said()) == said

    def test_the_agents_own_echo_resumes(self) -> None:
        machine = answering()
        machine.starts()
        machine.ends()
        assert cmd.ResumePlayout() in machine.turn(machine.call.reply.said[-40:])

    def test_only_what_was_heard_enters_the_history(self) -> None:
        machine = answering()
        cut = machine.call.reply.turn_id
        machine.starts()
        machine.ends()
        machine.turn("Sorry, where are you located?")
        machine.do(ev.PlayoutStopped(0, cut, "We are open", 700))
        assert machine.call.dialogue is not None
        history = machine.call.dialogue.history
        assert ("agent", "We are open") in history
        assert not any(who == "agent" and "Friday" in text for who, text in history)

    def test_the_last_frame_leaving_as_the_caller_begins_leaves_nothing_paused(self) -> None:
        machine = answering()
        machine.starts()
        assert cmd.StopPlayout() in machine.played()
        machine.ends()
        assert "Maple" in spoken(machine.turn("Where are you located?"))

    def test_words_for_a_human_do_not_wait_behind_a_pause(self) -> None:
        """The calendar fails while the caller makes sound over the filler: the reason must be heard."""
        machine = Machine().greeted()
        machine.says("I'd like a check-up tomorrow at 2 p.m.")
        (work,) = machine.call.pending()
        machine.fires("filler")
        machine.starts()
        commands = machine.do(ev.ToolFailed(0, work.call.id, "the calendar did not answer"))
        assert kinds(commands).index("StopPlayout") < kinds(commands).index("Say")
        assert machine.call.control is Control.ESCALATING


class TestTurns:
    def test_a_reply_not_yet_spoken_is_taken_back_and_the_words_are_kept(self) -> None:
        machine = Machine().greeted()
        before = machine.call.dialogue
        machine.says("I'd like a check-up tomorrow")
        (work,) = machine.call.pending()
        commands = machine.starts()
        assert cmd.CancelTimer("filler") in commands
        assert statuses(machine.call) == [WorkStatus.DROPPED]
        assert machine.call.dialogue == before
        machine.ends()
        machine.turn("at 3 p.m.")
        (again,) = machine.call.pending()
        assert again.call.arguments == {**work.call.arguments, "time": "15:00"}
        assert again.call.id != work.call.id
        late = machine.do(ev.ToolSucceeded(0, work.call.id, {"slots": [], "is_free": False, "closed": True}))
        assert late == (), "the answer to a look that was taken back is stale"

    def test_a_model_reply_is_taken_back_too(self) -> None:
        machine = Machine().greeted()
        commands = machine.says("I read something about moonlight last week")
        (asked,) = [c for c in commands if isinstance(c, cmd.StartReply)]
        assert asked.timeout_ms == MODEL_TIMEOUT_MS
        assert cmd.CancelReply(asked.turn_id) in machine.starts()
        assert machine.do(ev.ReplyEnded(0, asked.turn_id, "We do.")) == ()

    def test_an_interruption_never_cancels_a_write(self) -> None:
        machine = Machine().booking()
        (work,) = machine.call.pending()
        machine.starts()
        machine.ends()
        commands = machine.turn("oh and do you have parking?")
        assert not any(isinstance(c, cmd.CancelReply) for c in commands)
        assert machine.call.pending() == (work,)
        machine.played(all_of_it=True)
        machine.tool_answers()
        assert any("You are booked" in text for text in machine.said())

    def test_a_result_while_the_caller_speaks_waits_its_turn(self) -> None:
        machine = Machine().booking()
        machine.starts()
        assert spoken(machine.tool_answers()) == ""
        assert machine.call.floor is Floor.CALLER
        machine.ends(200)
        assert "You are booked" in spoken(machine.turn("", sound_ms=200))

    @pytest.mark.parametrize(("sound_ms", "is_asked_again"), [(200, False), (900, True)])
    def test_speech_without_words_is_asked_for_again_a_cough_is_not(self, sound_ms: int, is_asked_again: bool) -> None:
        machine = Machine().greeted()
        machine.starts()
        machine.ends(sound_ms)
        commands = machine.turn("", sound_ms)
        assert (cmd.SetTimer("unheard", UNHEARD_MS) in commands) is is_asked_again
        assert machine.call.floor is Floor.NOBODY
        said = machine.fires("unheard")
        assert is_asked_again is False or machine.profile.greeting in spoken(said) or "catch" in spoken(said)

    def test_whoever_goes_on_is_not_asked_again(self) -> None:
        machine = Machine().greeted()
        machine.starts()
        machine.ends(900)
        machine.turn("", 900)
        assert cmd.CancelTimer("unheard") in machine.starts()

    def test_silence_is_asked_twice_and_then_taken_leave_of(self) -> None:
        machine = Machine().greeted()
        heard = []
        for _ in range(3):
            heard.append(spoken(machine.fires("silence")))
            commands = machine.played(all_of_it=True)
        assert len(set(heard)) == 3
        assert commands == (cmd.Hangup("agent_hung_up"),)
        machine.do(ev.HangupSeen(0, "Normal Clearing"))
        assert machine.call.outcome is Outcome.SILENT

    def test_a_word_starts_the_count_of_silences_anew(self) -> None:
        machine = Machine().greeted()
        machine.fires("silence")
        machine.played(all_of_it=True)
        machine.says(HOURS)
        assert machine.call.silences == 0


class TestWaiting:
    def test_a_slow_tool_is_waited_for_with_words_again_and_again(self) -> None:
        machine = Machine().booking()
        for _ in range(3):
            assert spoken(machine.fires("filler"))
            assert machine.played() == (cmd.SetTimer("filler", FILLER_AGAIN_MS),)
            assert machine.call.floor is Floor.THINKING
        assert "You are booked" in spoken(machine.tool_answers())

    def test_a_write_that_never_comes_back_goes_to_a_human_as_in_doubt(self) -> None:
        machine = Machine().booking()
        assert "overdue" in timers(tuple(machine.done))
        (work,) = machine.call.pending()
        machine.fires("filler")
        assert "colleague" in spoken(machine.fires("overdue"))
        transfer = machine.played(all_of_it=True)
        assert any(isinstance(c, cmd.Transfer) for c in transfer)
        machine.do(ev.TransferAnswered(0, "dialplan"))
        assert machine.call.outcome is Outcome.IN_DOUBT
        commands = machine.do(ev.ToolSucceeded(0, work.call.id, {"appointment_id": "a1"}))
        assert kinds(commands) == ["CloseCall"], "the late result still lands, and nothing is said"
        assert statuses(machine.call)[-1] is WorkStatus.DONE

    def test_an_overdue_timer_of_a_write_that_is_done_means_nothing(self) -> None:
        machine = Machine().booking()
        machine.tool_answers()
        assert machine.fires("overdue") == ()
        assert machine.call.control is Control.AGENT

    def test_the_confirmation_comes_after_the_success_and_may_not_be_interrupted(self) -> None:
        machine = Machine().booking()
        assert not any("You are booked" in text for text in machine.said())
        assert "You are booked" in spoken(machine.tool_answers())
        assert not machine.call.reply.is_interruptible
        assert machine.starts() == ()

    @pytest.mark.parametrize(
        ("answer", "outcome"),
        [
            (lambda i: ev.ToolInDoubt(0, i, "no answer"), Outcome.IN_DOUBT),
            (lambda i: ev.ToolFailed(0, i, "the calendar did not answer"), Outcome.TRANSFERRED),
        ],
    )
    def test_a_write_without_a_success_is_never_called_done(self, answer, outcome: Outcome) -> None:
        machine = Machine().booking()
        (work,) = machine.call.pending()
        machine.do(answer(work.call.id))
        machine.played(all_of_it=True)
        machine.do(ev.TransferAnswered(0, "dialplan"))
        assert not any("You are booked" in text for text in machine.said())
        assert machine.call.outcome is outcome


STALE = [
    ev.ReplyEnded(0, OLD_TURN, "You are booked."), ev.ReplyFailed(0, OLD_TURN, "late"),
    ev.PlayoutFinished(0, OLD_TURN), ev.PlayoutStopped(0, OLD_TURN, "We are", 300), ev.PlayoutFailed(0, OLD_TURN, "x"),
    ev.ToolSucceeded(0, OLD_TOOL, {"appointment_id": "a1"}), ev.ToolFailed(0, OLD_TOOL, "no"),
    ev.ToolTimedOut(0, OLD_TOOL), ev.ToolInDoubt(0, OLD_TOOL, "no"),
]  # fmt: skip


@pytest.mark.parametrize("stale", STALE, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("state", [Machine.greeted, Machine.booking, Machine.bridged])
def test_a_stale_result_changes_nothing(stale: ev.Event, state) -> None:
    call = state(Machine()).call
    assert step(call, stale) == (call, ())
