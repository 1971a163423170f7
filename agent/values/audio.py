"""Audio inside a call: 20 ms frames, 16 kHz, signed 16-bit little-endian mono. Audio is counted, not timed."""

from dataclasses import dataclass

SAMPLE_RATE_HZ = 16_000
FRAME_MS = 20
FRAME_SAMPLES = SAMPLE_RATE_HZ * FRAME_MS // 1000
FRAME_BYTES = FRAME_SAMPLES * 2
SILENCE = bytes(FRAME_BYTES)
BYTES_PER_MS = SAMPLE_RATE_HZ * 2 // 1000


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """20 ms of audio: ``pcm`` is FRAME_BYTES long; ``at_ms`` is its start in the call's audio time."""

    pcm: bytes
    at_ms: int
    concealed: bool = False


def duration_ms(pcm: bytes) -> int:
    """Length of 16 kHz mono 16-bit ``pcm`` in whole milliseconds."""
    return len(pcm) // BYTES_PER_MS
