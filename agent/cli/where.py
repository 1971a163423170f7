"""Which stack a command means: the one that runs, or a service file that is named."""

from pathlib import Path

from agent.setup.errors import CannotSetUp
from agent.setup.paths import Home, home
from agent.setup.service import DatabaseSection, ServiceFile, read_service_file


def service_path(here: Home, name: str = "attendant") -> Path:
    """The service file that set-up writes for stack ``name``."""
    return here.var / "stacks" / name / "attendant.toml"


def service_of(config: Path | None) -> ServiceFile:
    """The named service file, or that of the stack in this home. CannotSetUp where there is none."""
    path = config or service_path(home())
    if not path.exists():
        raise CannotSetUp(f"{path} is not there", "start a stack first (make talk), or give --config FILE")
    return read_service_file(path)


def database_of(config: Path | None) -> DatabaseSection:
    """Where the calls are kept."""
    return service_of(config).database
