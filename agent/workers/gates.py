"""Whether what Whisper wrote was spoken: it invents text on noise and loops on what it cannot follow.

The thresholds were measured on telephone audio with the recogniser's short window, with and without hints: 320 readings
of noise, tones and music had a ``no_speech_prob`` of 0.54 to 0.96, 272 of speech 0.01 to 0.59. What of the former lies
under 0.65 is unlikely as text, or says the hint again. Digits with pauses reach 0.81, but as likely text: of 450 more
readings of noise, those more likely than -0.8 had no word that was not the hint's. The other thresholds are those of
Whisper's own decoding (Radford et al. 2022, section 4.5), the rate of speech the fastest anyone talks.
"""

import re
import zlib

MAX_NO_SPEECH = 0.65
MIN_AVG_LOGPROB = -1.0
# From here on digits, or a few words that are not the hint's, were spoken, whatever the first decoder step made of it.
LIKELY_LOGPROB = -0.65
FEW_WORDS = 3
# A short word with an accent ("Great.") is recognised below that: where the sound is surely speech, it is let through.
SURE_SPEECH = 0.5
MAX_COMPRESSION = 2.4
MAX_LETTERS_PER_S = 30.0
# Two words said in a fragment of a second are not a rate.
MIN_RATED_S = 1.0
# Below this the line is silent (-66 dBFS peak): nothing to recognise.
MIN_PEAK = 16 / 32768
# The first words of a hint, said again, are no answer to it.
ECHOED_WORDS = 4
_WORD = re.compile(r"\w+")


def is_speech(text: str, no_speech_prob: float, avg_logprob: float, duration_s: float, hints: str = "") -> bool:
    """Whether ``text`` may be believed to have been spoken within ``duration_s`` by one who was told ``hints``."""
    if not any(letter.isalnum() for letter in text):
        return False
    if no_speech_prob >= MAX_NO_SPEECH and (avg_logprob < LIKELY_LOGPROB or not says_more(text, hints)):
        return False
    if avg_logprob < MIN_AVG_LOGPROB and no_speech_prob > SURE_SPEECH:
        return False
    if compression_ratio(text) > MAX_COMPRESSION or (no_speech_prob > SURE_SPEECH and is_echo(text, hints)):
        return False
    return len(text) / max(duration_s, MIN_RATED_S) <= MAX_LETTERS_PER_S


def is_echo(text: str, hints: str) -> bool:
    """Whether ``text`` begins with words of ``hints`` in their order: what the decoder writes when it hears nothing."""
    said = _WORD.findall(text.lower())[:ECHOED_WORDS]
    return len(said) == ECHOED_WORDS and f" {' '.join(said)} " in f" {' '.join(_WORD.findall(hints.lower()))} "


def repeats(text: str, hints: str) -> bool:
    """Whether ``text`` is a sentence of words of ``hints`` alone."""
    said = _WORD.findall(text.lower())
    return len(said) >= ECHOED_WORDS and set(said) <= set(_WORD.findall(hints.lower()))


def says_more(text: str, hints: str) -> bool:
    """Whether ``text`` has digits, or three words ("Thank you." has not), and adds to the words of ``hints``."""
    said = _WORD.findall(text.lower())
    is_long = len(said) >= FEW_WORDS or any(letter.isdigit() for letter in text)
    return is_long and not set(said) <= set(_WORD.findall(hints.lower()))


def compression_ratio(text: str) -> float:
    """How much shorter zlib makes ``text``; repetition drives it up."""
    raw = text.encode("utf-8", "replace")
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0
