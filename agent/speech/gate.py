"""The voice gate: probability and level of 32 ms windows in, speech or not out. Audio time only."""

from collections import deque
from dataclasses import dataclass

from agent.values.audio import BYTES_PER_MS

WINDOW_MS = 32
WINDOW_BYTES = WINDOW_MS * BYTES_PER_MS


class Windows:
    """Cuts 20 ms frames into 32 ms windows: five windows in eight frames. Before the first frame stands silence."""

    def __init__(self, ahead_ms: int = 0) -> None:
        self._rest = bytes(ahead_ms * BYTES_PER_MS)

    @property
    def waiting_ms(self) -> int:
        """Audio that is not yet in a window."""
        return len(self._rest) // BYTES_PER_MS

    def feed(self, pcm: bytes) -> tuple[bytes, ...]:
        """The windows (WINDOW_BYTES each) that ``pcm`` completes: none, one, or more."""
        rest = self._rest + pcm
        whole = len(rest) - len(rest) % WINDOW_BYTES
        self._rest = rest[whole:]
        return tuple(rest[at : at + WINDOW_BYTES] for at in range(0, whole, WINDOW_BYTES))


class PreRoll:
    """The last moments of audio before the gate opened: a word's first consonant comes before its vowel."""

    def __init__(self, keep_ms: int = 480) -> None:
        """``keep_ms`` reaches back from the moment of opening, so it holds the opening windows (96 ms) too."""
        self._keep_bytes = keep_ms * BYTES_PER_MS
        self._pieces: deque[bytes] = deque()
        self._bytes = 0

    def feed(self, pcm: bytes) -> None:
        """Keep ``pcm``; forget what is older than the limit."""
        self._pieces.append(pcm)
        self._bytes += len(pcm)
        while self._bytes - len(self._pieces[0]) >= self._keep_bytes:
            self._bytes -= len(self._pieces.popleft())

    def take(self) -> bytes:
        """All that is kept, oldest first; nothing is kept afterwards."""
        kept = b"".join(self._pieces)
        self._pieces.clear()
        self._bytes = 0
        return kept


class NoiseFloor:
    """The level under the speech by minimum statistics: the least smoothed level of the last three seconds."""

    def __init__(self, start_dbfs: float = -60.0, least_dbfs: float = -75.0, most_dbfs: float = -38.0) -> None:
        self._least_dbfs = least_dbfs
        self._most_dbfs = most_dbfs
        self._smooth = start_dbfs
        self._minima: deque[float] = deque([start_dbfs], maxlen=6)
        self._count = 0

    @property
    def dbfs(self) -> float:
        """The present estimate, held within the limits: a loud room must not deafen us."""
        return min(self._most_dbfs, max(self._least_dbfs, min(self._minima)))

    def feed(self, rms_dbfs: float) -> None:
        """One window's level."""
        self._smooth += 0.4 * (rms_dbfs - self._smooth)
        self._count += 1
        if self._count % 16 == 0:
            self._minima.append(self._smooth)
        else:
            self._minima[-1] = min(self._minima[-1], self._smooth)


class Loudness:
    """How loud the caller was a moment ago. It rises within a few voiced windows and fades by 2.5 dB a second."""

    RISES, FADES_DB = 0.3, 0.08

    def __init__(self) -> None:
        self.dbfs = -96.0

    def feed(self, rms_dbfs: float, is_voiced: bool) -> None:
        """One window's level."""
        if is_voiced and rms_dbfs > self.dbfs:
            self.dbfs += self.RISES * (rms_dbfs - self.dbfs)
        else:
            self.dbfs -= self.FADES_DB


@dataclass(frozen=True, slots=True)
class GateSettings:
    """When the gate opens and closes. Counts are windows of WINDOW_MS; margins are dB above the noise floor.

    What is more than ``behind_db`` weaker than the caller just was is behind the caller: music, other people.
    """

    open_prob: float = 0.5
    stay_prob: float = 0.35
    open_windows: int = 3
    close_windows: int = 6
    open_margin_db: float = 6.0
    stay_margin_db: float = 3.0
    behind_db: float = 16.0


class Gate:
    """Opens on a run of voiced windows, closes on a run of silent ones.

    Hysteresis twice: a window counts as voiced more easily while the gate is open, and a lone voiced window
    inside a silence (a click, a breath) does not end that silence.
    """

    RESUME_WINDOWS = 2
    SETTLED_WINDOWS = 3

    def __init__(self, settings: GateSettings | None = None) -> None:
        self._settings = settings or GateSettings()
        self.floor = NoiseFloor()
        self._loudness = Loudness()
        self.is_open = False
        self.voiced_run = 0
        """Voiced windows up to now, without a gap."""
        self.silent_run = 0
        """Windows since the speech paused."""
        self._is_prompted = False

    def prompt(self) -> None:
        """Other evidence says that speech begins: if the next window is voiced, it opens the gate alone."""
        self._is_prompted = True

    def feed(self, prob: float, rms_dbfs: float) -> bool:
        """Judge one window. True when it is voiced."""
        is_voiced = self._is_voiced(prob, rms_dbfs)
        self.floor.feed(rms_dbfs)
        self._loudness.feed(rms_dbfs, is_voiced)
        self.voiced_run = self.voiced_run + 1 if is_voiced else 0
        self.silent_run += 1
        needed, self._is_prompted = 1 if self._is_prompted else self._settings.open_windows, False
        if not self.is_open:
            if self.voiced_run >= needed:
                self.is_open, self.silent_run = True, 0
            return is_voiced
        settled = self.silent_run > self.SETTLED_WINDOWS
        if is_voiced and self.voiced_run >= (self.RESUME_WINDOWS if settled else 1):
            self.silent_run = 0
        elif self.silent_run >= self._settings.close_windows and not is_voiced:
            self.is_open = False
        return is_voiced

    def shut(self) -> None:
        """Close at once; it may open again."""
        self.is_open, self.voiced_run = False, 0

    def _is_voiced(self, prob: float, rms_dbfs: float) -> bool:
        s = self._settings
        if rms_dbfs < self._loudness.dbfs - s.behind_db:
            return False
        if self.is_open:
            return prob >= s.stay_prob and rms_dbfs >= self.floor.dbfs + s.stay_margin_db
        return prob >= s.open_prob and rms_dbfs >= self.floor.dbfs + s.open_margin_db
