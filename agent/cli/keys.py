"""``attendant keys``: the keys that open the encrypted fields."""

from pathlib import Path
from typing import Annotated

import typer

from agent.adapters.postgres import crypto
from agent.adapters.postgres.keys import ensure_cipher, forget_key, known_keys, reseal
from agent.cli.common import AsJson, one_line_errors, print_json
from agent.cli.where import database_of
from agent.setup.errors import CannotSetUp

keys = typer.Typer(no_args_is_help=True, help="The keys of the encrypted fields: list, rotate, reseal.")
Config = Annotated[Path | None, typer.Option(help="Service file; default: the running stack's.")]


@keys.command("list")
@one_line_errors
def list_keys(config: Config = None, as_json: AsJson = False) -> None:
    """The ids of the key file, the current one first."""
    cipher = crypto.load_cipher(Path(database_of(config).key_file))
    old = sorted(set(cipher.keys) - {cipher.current})
    if as_json:
        print_json({"file": cipher.source, "current": cipher.current, "old": old})
        return
    print("\n".join([f"{cipher.current}  current", *(f"{key}  old" for key in old)]))


@keys.command()
@one_line_errors
def rotate(config: Config = None, as_json: AsJson = False) -> None:
    """Add a fresh key and make it the current one. Back the file up, restart the service, then reseal."""
    path = Path(database_of(config).key_file)
    fresh = crypto.rotate(path)
    if as_json:
        print_json({"file": str(path), "current": fresh})
        return
    print(f"The current key is {fresh}. Back up {path}, restart service and console, then: attendant keys reseal")


@keys.command("reseal")
@one_line_errors
def reseal_rows(config: Config = None, as_json: AsJson = False) -> None:
    """Seal every row under the current key, then take the old keys out of the file."""
    database = database_of(config)
    path = Path(database.key_file)
    cipher = crypto.load_cipher(path)
    if cipher.current not in known_keys(database.dsn):
        # A service that runs with the old file could not read what is sealed anew.
        raise CannotSetUp(f"no service has started with key {cipher.current!r} yet", "restart it, then run this again")
    cipher = ensure_cipher(database.dsn, path)
    changed = reseal(database.dsn, cipher)
    gone = sorted(set(cipher.keys) - {cipher.current})
    for key in gone:
        forget_key(database.dsn, key)
        crypto.retire(path, key)
    if as_json:
        print_json({"file": str(path), "current": cipher.current, "rows": changed, "retired": gone})
        return
    print(f"{changed} row(s) sealed anew with key {cipher.current}; taken out: {', '.join(gone) or 'none'}")
    if gone:
        print("Keep the old key file with the backups that were made under it.")
