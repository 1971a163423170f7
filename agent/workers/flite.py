"""flite's voices, from a program of the system: callers of another kind than Kokoro's, older and plainer."""

import subprocess
import wave
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soxr

from agent.workers.features import RATE_HZ, Floats
from agent.workers.server import BadRequest

PROGRAM = "flite"
VOICES = ("flite-awb", "flite-kal16", "flite-rms", "flite-slt")
"""Those of Debian's package that speak at 16 kHz. It takes paths and addresses for voices too: it gets these alone."""
_TIMEOUT_S = 30
_VOICED, _LEVEL, _PEAK = 0.01, 0.13, 0.99
"""flite's voices lie 13 dB apart. What is louder than the first is brought to the second (RMS), which is -17.7 dBFS, as
the median of 200 of Kokoro's lines; no sample goes beyond the third."""


class Flite:
    """One process a line, for any number of threads."""

    voices = VOICES

    def render(self, text: str, voice: str) -> Floats:
        """16 kHz samples of ``text``. Raises KeyError for an unknown voice, BadRequest where flite cannot speak it."""
        if voice not in VOICES:
            raise KeyError(voice)
        with TemporaryDirectory(prefix="attendant-flite-") as folder:
            line, sound = Path(folder) / "line.txt", Path(folder) / "line.wav"
            line.write_text(text, encoding="utf-8")
            _run([PROGRAM, "-voice", voice.removeprefix("flite-"), "-f", str(line), "-o", str(sound)])
            return _levelled(_samples(sound))


def _run(argv: list[str]) -> None:
    try:
        subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT_S, check=True)
    except FileNotFoundError as error:
        raise BadRequest("flite is not installed; as root: apt-get install flite") from error
    except subprocess.SubprocessError as error:
        raise BadRequest("flite could not speak the line") from error


def _samples(path: Path) -> Floats:
    with wave.open(str(path)) as source:
        samples = np.frombuffer(source.readframes(source.getnframes()), "<i2").astype(np.float32) / 32_768
        return np.asarray(soxr.resample(samples, source.getframerate(), RATE_HZ, quality="HQ"), np.float32)


def _levelled(samples: Floats) -> Floats:
    voiced = samples[np.abs(samples) > _VOICED]
    if not voiced.size:
        return samples
    gain = min(_LEVEL / float(np.sqrt(np.mean(voiced**2))), _PEAK / float(np.abs(voiced).max()))
    return np.asarray(samples * gain, np.float32)
