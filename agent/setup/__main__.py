"""`python -m agent.setup [MODEL_SET]`: bring everything, in plain words; status 1 and one line where it cannot."""

import sys

from rich.console import Console

from agent.setup.all import DEFAULT_SET, set_up
from agent.setup.errors import CannotSetUp
from agent.setup.paths import home


def main(arguments: list[str]) -> int:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    try:
        with console.status("Setting up"):
            set_up(home(), console.print, arguments[0] if arguments else DEFAULT_SET)
    except CannotSetUp as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"set-up: {error}", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
