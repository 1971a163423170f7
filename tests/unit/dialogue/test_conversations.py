"""Whole conversations with both shipped tenants."""

from datetime import date

import pytest

from agent import dialogue as dlg
from agent.policy.recording import Consent
from agent.values.caller import Outcome
from agent.values.talk import ModelTask
from agent.values.work import ToolResult, ToolStatus
from tests.unit.dialogue.rig import CLINIC, SALES, Call

DONE_WORDS = ("booked for", "You are booked")
TO_READ_BACK = ("I'd like a check up next Friday at 2.30 p.m.", "Anna Lee.", "Yes, please.")


def test_booking_in_five_turns():
    call = Call()
    assert "AI assistant" in call.last.clauses[0].text
    assert not call.last.clauses[0].interruptible
    assert "is free. What is your name" in call.say("Hi, I'd like to book a check up for next Friday at 2.30 p.m.")
    assert call.last.expects == "person_name"
    assert "ending 4 5 6 7" in call.say("Anna Lee.")
    assert call.last.expects == "yes_no"
    assert call.say("Yes, please.") == (
        "So that is a check-up on Friday, December 4th at 2:30 pm for Anna Lee, at the number ending 4 5 6 7. "
        "Is that right?"
    )
    assert call.outcome is None
    assert "You are booked for a check-up on Friday, December 4th at 2:30 pm, Anna Lee." in call.say(
        "Yes, that's right."
    )
    assert call.outcome is Outcome.BOOKED
    assert call.calendar.booked == [
        {"service": "checkup", "start": "2026-12-04T14:30", "name": "Anna Lee", "phone": "+15125554567"}
    ]
    assert "Goodbye" in call.say("No, thank you. Bye.")
    assert call.last.hang_up


def test_one_slot_at_a_time_with_an_offer():
    call = Call(caller="anonymous")
    assert "What would you like" in call.say("I need an appointment")
    assert "What day" in call.say("A clean ing.")
    assert "On Tuesday, December 1st I have 8 am or noon." in call.say("Tuesday")
    assert call.last.expects == "time"
    assert "your name" in call.say("The second one, please.")
    assert "phone number" in call.say("My name is Tom O'Brien.")
    assert call.last.expects == "phone"
    assert "at noon for Tom O'Brien, at the number ending 0 1 2 3" in call.say(
        "five one two five five five oh one two three"
    )
    call.say("Correct.")
    assert call.outcome is Outcome.BOOKED


def test_a_number_said_in_two_breaths():
    call = Call(caller="")
    call.say("a filling on Monday at noon", "Anna")
    assert call.say("512 555") == "Yes, go on."
    assert "ending 0 1 9 9" in call.say("0199")
    assert call.slots["phone"] == "+15125550199"


def test_a_local_number_is_asked_for_its_area_code():
    call = Call(caller="")
    call.say("a filling on Monday at noon", "Anna")
    assert "area code" in call.say("5 5 5 0 1 9 9")
    call.say("512")
    assert call.slots["phone"] == "+15125550199"


@pytest.mark.parametrize(
    ("correction", "slot", "value"),
    [
        ("No, Thursday.", "date", "2026-11-26"),
        ("No, Thursday, not Friday.", "date", "2026-11-26"),
        ("Yes, but make it 3 o'clock", "time", "15:00"),
        ("no, my name is Hannah Lee", "name", "Hannah Lee"),
        ("No, Anna Leigh.", "name", "Anna Leigh"),
        ("no, it's L E I G H", "name", "Anna Leigh"),
        ("a cleaning, not a check-up", "service", "cleaning"),
        ("No, my number is 512 555 0199", "phone", "+15125550199"),
    ],
)
def test_a_correction_at_the_read_back_is_read_back_again(correction, slot, value):
    call = Call()
    call.say(*TO_READ_BACK)
    assert "Is that right?" in call.say(correction)
    assert call.slots[slot] == value
    assert call.calendar.booked == []
    call.say("yes")
    assert len(call.calendar.booked) == 1


def test_a_slot_called_wrong_is_asked_for_again():
    call = Call()
    call.say(*TO_READ_BACK)
    assert "What should I change?" in call.say("No.")
    assert "What is your name" in call.say("the name")
    assert "Hannah Lee" in call.say("Hannah Lee")
    assert "What time" in call.say("the time is wrong")
    assert "9 am" in call.say("nine")
    assert call.calendar.booked == []


def test_a_yes_with_a_reservation_commits_nothing():
    call = Call()
    call.say(*TO_READ_BACK)
    assert "What should I change?" in call.say("Yes, but there is something else")
    assert call.calendar.booked == []


def test_a_question_in_mid_task_is_answered_and_the_task_taken_up():
    call = Call()
    call.say("I want to come in tomorrow morning for a check up")
    heard = call.say("Do you take Delta Dental?")
    assert "We accept Delta Dental" in heard
    assert heard.endswith("I have 8 am or 8:30 am. Which would you like?")
    assert call.last.decided_by == "cached"
    call.say("8:30")
    assert call.slots["time"] == "08:30"


def test_start_over():
    call = Call()
    call.say(*TO_READ_BACK)
    assert "start again. What would you like" in call.say("Let's start over")
    assert call.slots == {}
    call.say("a filling", "tomorrow at nine", "Bob Ray", "yes", "yes")
    assert call.calendar.booked[0]["start"] == "2026-11-25T09:00"


def test_a_taken_time_offers_the_nearest():
    call = Call()
    call.calendar.taken = {"2026-11-27T14:00"}
    assert "2 pm is not free, I am afraid. On Friday, November 27th I have 1:30 pm or 2:30 pm." in call.say(
        "a check-up on Friday at 2"
    )
    assert "your name" in call.say("The first one is fine.")
    assert call.slots["time"] == "13:30"


def test_other_offers_until_the_day_is_exhausted():
    call = Call()
    call.calendar.taken = {s for s in call.calendar.free(date(2026, 11, 27)) if s[11:] > "10:00"}
    assert "8 am or 8:30 am" in call.say("a check-up on Friday")
    assert "9 am or 9:30 am" in call.say("anything later?")
    assert "10 am" in call.say("No.")
    assert "other day" in call.say("something else")
    assert "8 am or noon" in call.say("Monday then")


def test_a_closed_day_offers_the_next_open_one():
    call = Call()
    assert "We are closed on Sunday, November 29th. The next day with free times is Monday" in call.say(
        "a filling on Sunday"
    )
    assert "On Monday, November 30th I have" in call.say("Yes.")


def test_nothing_in_the_wished_half_of_the_day():
    call = Call()
    call.calendar.taken = {f"2026-11-27T{h:02d}:{m}" for h in range(12, 17) for m in ("00", "30")}
    call.calendar.run = _with_part(call.calendar.run)
    assert "Nothing is free in the afternoon, I am afraid. On Friday" in call.say("a check-up on Friday afternoon")


def _with_part(run):
    def narrowed(name, arguments):
        result = run(name, arguments)
        if "part" in arguments:
            kept = [s for s in result.value["slots"] if (s[11:] < "12:00") == (arguments["part"] == "morning")]
            return ToolResult(result.status, result.value | {"slots": kept})
        return result

    return narrowed


def test_taken_between_look_and_commit():
    call = Call()
    call.say(*TO_READ_BACK)
    call.calendar.book_result = ToolResult(
        ToolStatus.FAILED, {"alternatives": ["2026-12-04T14:00", "2026-12-04T15:00"]}, "taken"
    )
    heard = call.say("yes")
    assert "2:30 pm was taken just now. On Friday, December 4th I have 2 pm or 3 pm." in heard
    assert not any(word in heard for word in DONE_WORDS)
    call.calendar.book_result = None
    assert "at 3 pm for Anna Lee" in call.say("the later one")
    assert "You are booked" in call.say("yes")


@pytest.mark.parametrize("error", ["taken", "closed", "past"])
def test_a_refusal_without_alternatives_looks_again(error):
    call = Call()
    call.say(*TO_READ_BACK)
    call.calendar.book_result = ToolResult(ToolStatus.FAILED, {}, error)
    assert "I have" in call.say("yes")
    assert call.last.transfer is None


@pytest.mark.parametrize(
    ("result", "reason", "outcome"),
    [
        (ToolResult(ToolStatus.IN_DOUBT, {}, "deadline"), "in_doubt", Outcome.IN_DOUBT),
        (ToolResult(ToolStatus.FAILED, {}, "boom"), "booking_failed", Outcome.TRANSFERRED),
    ],
)
def test_an_unknown_or_failed_booking_is_never_called_done(result, reason, outcome):
    call = Call()
    call.say(*TO_READ_BACK)
    call.calendar.book_result = result
    heard = call.say("yes")
    assert call.last.transfer == reason
    assert call.outcome is outcome
    assert not any(word in heard for word in DONE_WORDS)


def test_the_confirmation_speaks_of_the_committed_row():
    call = Call()
    call.say(*TO_READ_BACK)
    row = {
        "appointment_id": "a",
        "service": "cleaning",
        "start": "2026-12-05T09:15",
        "minutes": 45,
        "name": "Anna Leigh",
    }
    call.calendar.book_result = ToolResult(ToolStatus.DONE, row)
    assert "a cleaning on Saturday, December 5th at 9:15 am, Anna Leigh." in call.say("yes")
    assert call.slots["date"] == "2026-12-05"


def test_a_calendar_out_of_reach_goes_to_a_human():
    call = Call()
    call.calendar.run = lambda name, arguments: ToolResult(ToolStatus.FAILED, {}, "timeout")
    call.say("a check-up on Friday")
    assert call.last.transfer == "calendar_unavailable"


def test_speech_while_the_booking_is_written_changes_nothing():
    call = Call()
    call.say(*TO_READ_BACK)
    profile = call.profile
    writing = dlg.hear(call.last.dialogue, profile, "yes")
    assert writing.tool is not None
    held = dlg.hear(writing.dialogue, profile, "No, Thursday!")
    assert held.tool is None
    assert dlg.slots(held.dialogue)["date"] == "2026-12-04"
    done = dlg.tool_done(
        held.dialogue, profile, "calendar.book", call.calendar.run("calendar.book", writing.tool.arguments)
    )
    assert "You are booked" in done.clauses[0].text
    again = dlg.tool_done(done.dialogue, profile, "calendar.book", ToolResult(ToolStatus.DONE, {}))
    assert again.clauses == ()


@pytest.mark.parametrize("when", [(), ("I need an appointment",), ("a cleaning tomorrow",), TO_READ_BACK])
def test_a_human_is_reached_from_anywhere(when):
    call = Call()
    call.say(*when, "Can I speak to a person, please?")
    assert call.last.transfer == "human"
    assert call.outcome is Outcome.TRANSFERRED


def test_questions_and_goodbye():
    call = Call()
    assert "Monday to Thursday" in call.say("What are your opening hours?")
    assert call.last.decided_by == "cached"
    assert call.outcome is Outcome.ANSWERED
    assert "free parking" in call.say("Do you have parking, and where are you?")
    assert "240 Maple Street" in " ".join(c.text for c in call.last.clauses)
    assert "Goodbye" in call.say("No, that's all, thanks.")
    assert call.last.hang_up


def test_a_question_about_a_service_leads_to_booking_it():
    call = Call()
    assert "Would you like to book that?" in call.say("Do you do teeth whitening?")
    assert "What day" in call.say("Yes, please.")
    assert call.slots["service"] == "whitening"


def test_a_price_and_then_the_booking():
    call = Call()
    assert "120 dollars" in call.say("How much is a cleaning?")
    assert "What day" in call.say("Okay, I'd like to book an appointment.")
    assert call.slots["service"] == "cleaning"


def test_nothing_understood_twice_on_one_question_is_asked_again_then_a_human():
    call = Call(caller="")
    call.say("I need an appointment")
    assert "Is it for a check-up" in call.say("blue sky")
    assert call.last.transfer is None
    call.say("green grass")
    call.say("red wine")
    assert call.last.transfer == "repeated_failure"


def test_noise_is_excused_twice_then_a_human():
    call = Call()
    assert "did not catch" in call.say("")
    assert "did not catch" in call.say("um")
    call.say("")
    assert call.last.transfer == "not_heard"


def test_silence_asks_twice_then_takes_leave():
    call = Call()
    first, second, third = (dlg.silence(call.last.dialogue, call.profile, nth) for nth in (1, 2, 3))
    assert first.clauses[-1].text == call.profile.greeting
    assert not second.hang_up
    assert third.hang_up
    assert dlg.outcome(third.dialogue) is Outcome.SILENT


def test_a_lost_look_is_repeated_in_silence():
    call = Call()
    looking = dlg.hear(call.last.dialogue, call.profile, "a check-up on Friday at nine")
    again = dlg.silence(looking.dialogue, call.profile, 1)
    assert again.tool == looking.tool


def test_an_old_appointment_is_for_a_human():
    call = Call()
    assert "Would you like to speak to our front desk?" in call.say("I'd like to cancel my appointment")
    call.say("Yes please")
    assert call.last.transfer == "human"


@pytest.mark.parametrize(
    ("answer", "consent"),
    [
        ("Yes, that's fine.", Consent.GRANTED),
        ("No, I'd rather not.", Consent.REFUSED),
        ("I want a demo on Monday at ten", Consent.REFUSED),
    ],
)
def test_recording_needs_a_clear_yes(answer, consent):
    call = Call(SALES)
    assert "May I record this call" in call.last.clauses[-1].text
    call.say(answer)
    assert call.last.dialogue.consent is consent


def test_booking_with_the_sales_line():
    call = Call(SALES, wall="2026-11-24T10:00:00-05:00")
    call.say("Sure, go ahead.", "Hi, could you arrange a demo for us on Saturday at 3?")
    assert "3 pm is not free" in " ".join(c.text for c in call.last.clauses)
    call.say("half eleven", "this is Maria Garcia")
    assert call.last.expects == "yes_no"
    call.say("This number is fine.", "That's correct, thank you.")
    assert call.calendar.booked[0]["start"] == "2026-11-28T11:30"
    assert call.calendar.booked[0]["name"] == "Maria Garcia"


def test_are_you_a_robot_is_answered_truthfully():
    call = Call()
    assert "automated assistant" in call.say("Am I talking to a real person?")
    assert call.last.transfer is None


def test_say_that_again():
    call = Call()
    call.say("a check-up on Friday")
    assert "Which would you like?" in call.say("Sorry, could you say that again?")


def test_the_model_phrases_what_no_rule_answers_from_facts_only():
    asked = []

    def model(message: str) -> str:
        asked.append(message)
        return "Use a soft toothbrush and change it every three months. And then"

    call = Call(model=model)
    heard = call.say("Hello, what kind of toothbrush would you recommend?")
    assert asked == ["what kind of toothbrush would you recommend? (see toothbrush)"]
    (request,) = [d.model for d in call.decisions if d.model]
    assert "toothbrush: Our dentists recommend a soft toothbrush, changed every three months." in request.system
    assert heard.startswith("Use a soft toothbrush and change it every three months. Is there")
    assert any(d.model and d.model.task is ModelTask.ANSWER for d in call.decisions)
    assert call.last.decided_by == "model"


def test_what_the_model_invents_is_not_said():
    call = Call(model=lambda message: "Yes, you are booked for 3 pm and it costs 20 dollars.")
    heard = call.say("Hello, what kind of toothbrush would you recommend?")
    assert "do not know" in heard
    assert "20" not in heard


def test_the_model_only_copies_the_callers_words():
    call = Call(model=lambda message: '{"name":"Anna Lee"}', caller="")
    call.say("a check-up on Friday at nine")
    call.say("well the appointment would be for Anna Lee my sister of course")
    assert call.slots["name"] == "Anna Lee"
    liar = Call(model=lambda message: '{"name":"Robert Foster"}', caller="")
    liar.say("a check-up on Friday at nine")
    liar.say("well this would be for my sister of course you see")
    assert "name" not in liar.slots


def test_the_model_chooses_a_service_of_the_list_or_none():
    call = Call(model=lambda message: '{"service":"emergency"}')
    call.say("I need an appointment")
    assert "What day" in call.say("well something is swollen in there")
    assert call.slots["service"] == "emergency"


def test_the_model_may_see_a_wish_to_book_but_not_decide_it():
    call = Call(model=lambda message: '{"intent":"book"}')
    assert "What would you like to come in for?" in call.say("my jaw feels odd lately")
    assert call.calendar.booked == []


def test_heard_is_the_history():
    call = Call()
    d = dlg.heard(dlg.heard(call.last.dialogue, "agent", "Thank you for calling"), "caller", " ")
    assert d.history == (("agent", "Thank you for calling"),)


@pytest.mark.parametrize("name", [CLINIC, SALES])
def test_hints_are_our_question_and_at_the_start_what_we_offer(name):
    call = Call(name)
    if call.last.expects == "yes_no":
        call.say("No, thanks.")
    assert call.profile.services[0].name in dlg.hints(call.last.dialogue, call.profile)
    call.say("I'd like to book an appointment", call.profile.services[0].name)
    assert dlg.hints(call.last.dialogue, call.profile) == " ".join(c.text for c in call.last.dialogue.prompt)
    assert len(dlg.hints(call.last.dialogue, call.profile)) < 200


def test_a_time_that_has_passed_today_is_taken_back():
    call = Call()
    call.say("a check-up at eight")
    assert "already passed" in call.say("today")
    assert "time" not in call.slots
    assert "already passed" in call.say("at nine in the morning")


def test_a_day_in_doubt_is_asked_back():
    call = Call()
    assert "Do you mean Thursday, November 26th, or Friday, November 27th?" in call.say("a check-up on Friday the 26th")
    call.say("Friday")
    assert call.slots["date"] == "2026-11-27"


def test_a_week_alone_asks_for_its_day():
    call = Call()
    assert "Which day of that week" in call.say("a check-up next week")
    call.say("Wednesday")
    assert call.slots["date"] == "2026-12-02"


@pytest.mark.parametrize(
    "text",
    ["You can use the number I'm calling from.", "This number is fine.", "The number I am calling from, please."],
)
def test_the_callers_own_number_may_be_named_at_any_time(text):
    call = Call()
    call.say("a check-up on Friday at nine", "Anna", "no", text)
    assert call.slots["phone"] == "+15125554567"


def test_december_third_one_oclock_is_no_pronoun():
    call = Call()
    call.say("a check-up on Thursday, December third, one o'clock")
    assert (call.slots["date"], call.slots["time"]) == ("2026-12-03", "13:00")


def test_the_afternoon_is_not_the_second_of_two_in_the_morning():
    call = Call()
    call.say("I'd like to book a cleaning", "next Thursday morning")
    assert [offer[11:] < "12:00" for offer in call.last.dialogue.offers] == [True, True]
    call.say("oh in the afternoon please")
    assert "time" not in call.slots or call.slots["time"] >= "12:00"


def test_one_thirty_is_understood_when_it_is_heard_as_a_wish():
    call = Call()
    call.say("I'd like to book a cleaning", "next Thursday", "I want 30 in the afternoon please.")
    assert call.slots["time"] == "13:30"
