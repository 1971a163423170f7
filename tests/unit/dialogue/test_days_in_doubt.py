"""A weekday that does not fit its date: which of two days is meant."""

from tests.unit.dialogue.rig import Call


def test_the_weekday_of_two_days_in_doubt_names_one() -> None:
    """TUESDAY is 24 November 2026: its Thursday week is 3 December."""
    call = Call()
    assert call.say("a cleaning", "On Tuesday, the 3rd of December") == (
        "Do you mean Thursday, December 3rd, or Tuesday, December 1st?"
    )
    call.say("Thursday, December 4th, in the morning.")
    assert call.slots["date"] == "2026-12-03"


def test_half_of_the_day_that_stands_misheard_is_that_day() -> None:
    call = Call()
    call.say("a cleaning", "on Thursday, December 3rd")
    assert call.slots["date"] == "2026-12-03"
    assert "Do you mean" not in call.say("On Tuesday, December 3rd.")
    assert call.slots["date"] == "2026-12-03"
    assert "Do you mean" in call.say("No, Tuesday, December 3rd.")
