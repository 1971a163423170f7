"""The PBX refuses to take the caller over: tried again, and then left to the lease. Real shell, virtual time."""

from agent.call import events as ev
from agent.call.codec import loads
from agent.values.caller import CallRecord, Outcome
from tests.unit.shell.story import BOUND_S, Story, told


class Stubborn(dict[str, str]):
    """Refuses each time, not once."""

    def pop(self, operation: str) -> str:  # type: ignore[override]
        return self[operation]


def handed_over(refusals: dict[str, str]) -> tuple[Story, CallRecord, list[ev.Event]]:
    """A caller who presses 0, with a PBX that refuses something."""

    async def story(story: Story) -> None:
        await story.listening()
        story.world.telephony.refusals = refusals
        story.world.telephony.press(story.channel.channel_id, "0")
        await story.until(lambda: story.owner == "dialplan", 2 * BOUND_S)

    one = told(story)
    (head,) = one.world.store.heads.values()
    return one, head, [loads(body) for _, body in sorted(one.world.store.journal[head.call_id].items())]


def test_a_refused_hand_over_is_tried_again() -> None:
    one, head, events = handed_over({"hand_over": "no"})
    assert one.world.telephony.channels[one.channel.channel_id].queue == "bright-smile-front-desk"
    assert (head.outcome, head.end_reason) == (Outcome.TRANSFERRED, "transferred to dialplan")
    (failed,) = [event for event in events if isinstance(event, ev.TransferFailed)]
    assert (failed.destination, failed.reason) == ("bright-smile-front-desk", "hand_over: no")


def test_a_caller_nobody_takes_over_is_the_dialplans_when_the_lease_runs_out() -> None:
    """Its own prompt, queue and voicemail then have the caller: nobody is left with us in silence."""
    one, head, events = handed_over(Stubborn(hand_over="no"))
    assert one.world.telephony.channels[one.channel.channel_id].queue == "", "the dialplan chose"
    assert (head.outcome, head.end_reason) == (Outcome.ERROR, "transfer_failed: hand_over: no")
    assert sum(isinstance(event, ev.TransferFailed) for event in events) == 2
    assert not any(isinstance(event, ev.CommandFailed) for event in events)
    assert not one.world.telephony.media
