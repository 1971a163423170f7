"""What the dialplan says by itself, when the controller does not speak. Set-up renders each as ``<name>.wav``."""

PROMPTS: dict[str, str] = {
    "fallback": "Please hold, I am connecting you to a colleague.",
    "keys": "To leave a message instead, press one.",
    "transfer": "One moment please, I am putting you through.",
    "voicemail": "Nobody can take your call right now. Please leave your name and message after the tone.",
    "hold": "Please hold the line.",
    "goodbye": "Thank you for calling. Goodbye.",
}
"""Name -> English text. Files: ``<folders.prompts>/<name>.wav``, 8 kHz, 16 bit, mono."""

HOLD_PAUSE = "pause"
"""``pause.wav`` beside the prompts: ``HOLD_PAUSE_S`` of silence between two "please hold the line"."""
HOLD_PAUSE_S = 6


def missing(present: frozenset[str]) -> list[str]:
    """Findings for prompts that are not among the file names ``present``: a caller would hear a gap there."""
    return [
        f"prompt {name}.wav is missing: the fallback would be silent there; render the prompts again with `make run`"
        for name in PROMPTS
        if f"{name}.wav" not in present
    ]
