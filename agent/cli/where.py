"""Which stack a command means: a service file that is named, the service's own, or a stack that runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.setup import postgres
from agent.setup.errors import CannotSetUp
from agent.setup.paths import Home, home
from agent.setup.service import DatabaseSection, ServiceFile, read_service_file

SERVICE = "attendant"
FILE = "attendant.toml"


def stack_folder(here: Home, name: str = SERVICE) -> Path:
    """Where a stack keeps its service file; that of ``attendant init`` without --folder is `SERVICE`."""
    return here.var / "stacks" / name


def own_service_path(config: Path | None) -> Path:
    """The service file for somebody's own Asterisk. CannotSetUp, with the way to make one, where there is none."""
    path = config or stack_folder(home()) / FILE
    if not path.exists():
        make = "attendant init" if config is None else f"attendant init --folder {path.parent}"
        raise CannotSetUp(f"there is no service file {path}", f"make one: {make}; or ring it without: attendant talk")
    return path


def service_of(config: Path | None) -> ServiceFile:
    """The named service file, or the service's own, or that of a stack that runs. CannotSetUp where there is none."""
    if config is not None or (stack_folder(home()) / FILE).exists():
        return read_service_file(own_service_path(config))
    running = [path for path in _known(home()) if (path.parent / "ready.json").exists()]
    if not running:
        raise CannotSetUp("nothing runs here", "start it (attendant talk, attendant run), or give --config FILE")
    return read_service_file(running[0])


def database_of(config: Path | None) -> DatabaseSection:
    """Where the calls are kept."""
    return service_of(config).database


@contextmanager
def database_up(path: Path) -> Iterator[DatabaseSection]:
    """The database of a service file; a stack's embedded server that does not run is started for the block."""
    database = read_service_file(path).database
    own = Home(home().root, path.parent)
    server = postgres.start_embedded(own) if database.dsn == postgres.embedded_dsn(own) else None
    try:
        yield database
    finally:
        if server is not None:
            server.stop()


def service_files(config: Path | None) -> list[Path]:
    """The named service file; without a name every one in this home, the one used last first."""
    return _known(home()) if config is None else [own_service_path(config)]


def _known(here: Home) -> list[Path]:
    """Service files of the stacks in this home, the one used last first."""
    return sorted((here.var / "stacks").glob(f"*/{FILE}"), key=lambda path: path.stat().st_mtime, reverse=True)
