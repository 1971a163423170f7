"""Texts that only recordings say: menus, mailboxes, queues. Nobody is there to converse with."""

from agent.speech.words import table, words

SAID_BY_RECORDINGS = table(
    """
    press 1 | press one | press 2 | press two | press 9 | press nine | press the pound key | press any key
    | after the tone | after the beep | at the tone | leave a message | leave your message | record your message
    | your call is important to us | your call may be recorded | calls may be recorded | please stay on the line
    | please continue to hold | all of our agents | all our agents are | all our representatives
    | all of our representatives | you have reached the voicemail | the person you are calling
    | the number you have dialed | the number you have dialled | the subscriber you | you are trying to reach
    | has been forwarded to | the mailbox is full | for english press | main menu | estimated wait time
    | your estimated wait
    """,
    "|",
)
LEAST_WORDS = 4
"""A person may say "press one" to us; a recording says more."""


def is_recording(text: str) -> bool:
    """Whether ``text`` is what an answering machine, a menu or a queue says."""
    said = words(text)
    spoken = f" {' '.join(said)} "
    return len(said) >= LEAST_WORDS and any(f" {phrase} " in spoken for phrase in SAID_BY_RECORDINGS)
