"""Conversations by word beside the booking: questions, people, recording, what the model may say."""

import pytest

from agent import dialogue as dlg
from agent.policy.recording import Consent
from agent.values.caller import Outcome
from agent.values.talk import ModelTask
from tests.unit.dialogue.rig import CLINIC, SALES, Call

DONE_WORDS = ("booked for", "You are booked")
TO_READ_BACK = ("I'd like a check up next Friday at 2.30 p.m.", "Anna Lee.", "Yes, please.")


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
