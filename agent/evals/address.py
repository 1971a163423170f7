"""Where a running stack is found: everything the simulated caller and its look-ups need, and nothing else."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CarrierAddress:
    """The Asterisk that plays the public network. ``ari_url`` is ``http://127.0.0.1:PORT``.

    ``trunk`` is the PJSIP endpoint towards our PBX: a call is ``PJSIP/<dialled>@<trunk>``. The Stasis application
    of a run begins with ``app``.
    """

    ari_url: str
    ari_user: str
    ari_password: str
    app: str = "caller"
    trunk: str = "to-pbx"
    media_host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class StackAddress:
    """A stack that is up. ``workers_dir`` holds the model workers' sockets, ``out_dir`` takes recordings.

    ``cache_dir`` keeps rendered clips between runs; ``tenants_dir`` the profiles that the calls will meet;
    ``key_file`` opens the encrypted fields of the database at ``dsn``. Calls of ``serial_caller`` are served serially.
    """

    carrier: CarrierAddress
    dsn: str
    key_file: Path
    tenants_dir: Path
    workers_dir: Path
    models_dir: Path
    cache_dir: Path
    out_dir: Path
    serial_caller: str = ""
