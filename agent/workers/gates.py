"""Whether what Whisper wrote was spoken: it invents text on noise and loops on what it cannot follow.

The thresholds were measured on telephone audio: ``no_speech_prob`` lay at 0.44-0.91 on noise and under 0.16 on 99 %
of speech, but at 0.42 on a clear "Tomorrow morning."; what voice activity let through gets the benefit of the doubt.
The others are those of Whisper's own decoding (Radford et al. 2022, section 4.5), the
rate of speech the fastest anyone talks.
"""

import zlib

MAX_NO_SPEECH = 0.5
MIN_AVG_LOGPROB = -1.0
# A short word with an accent ("Great.") is recognised below that: where the sound is surely speech, it is let through.
SURE_SPEECH = 0.16
MAX_COMPRESSION = 2.4
MAX_LETTERS_PER_S = 30.0
# Two words said in a fragment of a second are not a rate.
MIN_RATED_S = 1.0
# Below this the line is silent (-66 dBFS peak): nothing to recognise.
MIN_PEAK = 16 / 32768


def is_speech(text: str, no_speech_prob: float, avg_logprob: float, duration_s: float) -> bool:
    """Whether ``text`` may be believed to have been spoken within ``duration_s``."""
    if not any(letter.isalnum() for letter in text):
        return False
    if no_speech_prob >= MAX_NO_SPEECH or (avg_logprob < MIN_AVG_LOGPROB and no_speech_prob > SURE_SPEECH):
        return False
    if compression_ratio(text) > MAX_COMPRESSION:
        return False
    return len(text) / max(duration_s, MIN_RATED_S) <= MAX_LETTERS_PER_S


def compression_ratio(text: str) -> float:
    """How much shorter zlib makes ``text``; repetition drives it up."""
    raw = text.encode("utf-8", "replace")
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0
