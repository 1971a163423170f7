"""`python -m agent.setup.foreign_prompts`: people who speak Spanish, French and Italian, to test the recogniser with.

They are Asterisk's own prompts in those languages, from Debian, unpacked below var/languages and installed nowhere.
Nothing needs them at run time.
"""

import shutil
import sys
from pathlib import Path

from agent.setup import debian_root
from agent.setup.errors import CannotSetUp
from agent.setup.paths import Home, home

PACKAGES = {language: f"asterisk-core-sounds-{language}-wav" for language in ("es", "fr", "it")}
_SOUNDS = Path("usr/share/asterisk/sounds")


def ensure(here: Home) -> dict[str, Path]:
    """The folder of each language's prompts (8 kHz WAV), fetched if it is not there. CannotSetUp."""
    target = here.var / "languages"
    if not (target / "complete").exists():
        state = here.var / "languages.apt"
        shutil.rmtree(target, ignore_errors=True)
        for archive in debian_root.download(here, state, tuple(PACKAGES.values())):
            debian_root.unpack(archive, target)
        shutil.rmtree(state)
        (target / "complete").touch()
    return {language: next((target / _SOUNDS).glob(f"{language}_*")) for language in PACKAGES}


def main() -> int:
    """Fetch them; status 1 and one line where that cannot be."""
    try:
        ensure(home())
    except CannotSetUp as error:
        sys.stderr.write(f"set-up: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
