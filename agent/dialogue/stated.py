"""The slots of an utterance that stands alone: no question before it, no task, no offers.

Where a call would ask back, custom decides: hours from 8 to 11 are in the morning, those from 12 to 7 in the afternoon.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.dialogue.assent import stated
from agent.dialogue.clock import decide
from agent.dialogue.finding import Asked, Found, find
from agent.dialogue.fluency import fluent
from agent.policy.hours import window
from agent.policy.wording import plain
from agent.values.profile import AgentProfile

SLOTS = ("name", "phone", "email", "date", "time", "service", "yes_no")
_LONGEST = 1_000
_FIRST_THING = re.compile(r"\bfirst thing\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def read(text: str, now: datetime, profile: AgentProfile) -> dict[str, str]:
    """The values in ``text`` by slot of SLOTS: phone in E.164, date ISO, time HH:MM, service its id.

    ``now`` without a zone is the tenant's local time. Only what was said is there. Total on any text.
    """
    today = (now.astimezone(ZoneInfo(profile.timezone)) if now.tzinfo else now).date()
    text = text[:_LONGEST]
    found = find(text, profile, Asked(today, is_alone=True))
    values = {
        "name": found.name,
        "phone": found.phone.number if found.phone else "",
        "email": found.email,
        "date": found.day.days[0].isoformat() if found.day and found.day.days else "",
        "time": _time(found, profile, text),
        "service": found.service,
    }
    kept = {slot: value for slot, value in values.items() if value}
    yes_no = stated([plain(sentence) for sentence in _SENTENCE.split(fluent(text))], kept, found.is_denied)
    return kept | ({"yes_no": yes_no} if yes_no else {})


def _time(found: Found, profile: AgentProfile, text: str) -> str:
    minutes = decide(found.time, None)
    day = found.day.days[0] if found.day and found.day.days else None
    if not minutes and _FIRST_THING.search(text) and (span := window(profile.hours, day)):
        minutes = span[:1]
    return f"{minutes[0] // 60:02d}:{minutes[0] % 60:02d}" if minutes else ""
