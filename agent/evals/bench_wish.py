"""What the person who starts a bench asks for, and where the makers of clips find recordings."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClipsWish:
    """For the benches on labelled clips. ``folder`` holds clips to use instead of those the project makes.

    ``recordings`` is Asterisk's data directory, with ``sounds`` (human prompts) and ``moh`` (music); None without it.
    ``is_quick`` asks for a tenth of the clips, to see that all works: no figure. ``profile`` is the tenant whose
    services, country and hours the bench ``slots`` reads with; empty for the first of the shipped ones.
    """

    folder: Path | None = None
    recordings: Path | None = None
    is_quick: bool = False
    profile: str = ""
