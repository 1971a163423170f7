"""A home of the tests' own, with what set-up brought linked in: stacks, databases and instances are its own."""

from pathlib import Path

from agent.setup.paths import Home, home

BROUGHT = ("models", "stamps", "prompts", "phrases", "clips", "asterisk/root")


def moved_home(var: Path) -> Home:
    """What ATTENDANT_HOME=var means, nothing fetched twice."""
    for name in BROUGHT:
        source = home().var / name
        source.mkdir(parents=True, exist_ok=True)
        (var / name).parent.mkdir(parents=True, exist_ok=True)
        (var / name).symlink_to(source)
    return home({"ATTENDANT_HOME": str(var)})
