"""Consent to recording. Silence, doubt or another topic is not consent."""

from enum import StrEnum
from typing import Literal


class Consent(StrEnum):
    """UNASKED → ASKED → GRANTED or REFUSED; the last two are final."""

    UNASKED = "unasked"
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


QUESTION = "May I record this call for quality purposes?"
GRANTED_TEXT = "Thank you."
REFUSED_TEXT = "That is fine, I will not record."


def must_ask(recording: Literal["off", "ask"]) -> bool:
    """Whether the opening asks for consent."""
    return recording == "ask"


def answered(consent: Consent, is_yes: bool | None) -> Consent:
    """The state after the caller's next turn; only a clear yes grants, and only while asked."""
    if consent is not Consent.ASKED:
        return consent
    return Consent.GRANTED if is_yes else Consent.REFUSED


def may_record(consent: Consent) -> bool:
    """Whether a recording may run now."""
    return consent is Consent.GRANTED
