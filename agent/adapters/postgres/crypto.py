"""Sealing of fields that carry speech or personal data: AES-256-GCM in the application.

A sealed field is ``0x01 | key id (8 ASCII) | nonce (12) | ciphertext and tag``. The associated data is the
field's place (``table:column:row``), so a ciphertext moved to another row or column does not open. Keys live
in a file outside the database: JSON ``{"current": id, "keys": {id: base64 of 32 bytes}}``, mode 0600.
With random nonces a key is good for 2^32 messages (NIST SP 800-38D, 8.3).

What must be found again without being opened has a *mark* beside it: HMAC-SHA256 under a key of its own, derived from
the sealing key (HKDF, RFC 5869). Without the key file nobody can try numbers out on it.
"""

import base64
import binascii
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_FORMAT = b"\x01"
_KEY_ID_BYTES = 8
_NONCE_BYTES = 12
_KEY_BYTES = 32
_HEAD = len(_FORMAT) + _KEY_ID_BYTES


class KeyTrouble(RuntimeError):
    """A key is missing, wrong or unreadable, or sealed data was altered: one line with cause and remedy."""


@dataclass(frozen=True, slots=True)
class Cipher:
    """Seals with the current key, opens with any key of the file. Holds no state but the keys."""

    current: str
    keys: Mapping[str, AESGCM]
    source: str = "the key file"
    mark_keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt ``plain`` for ``place`` under the current key and a fresh nonce."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self.keys[self.current].encrypt(nonce, plain, place.encode())
        return _FORMAT + self.current.encode("ascii") + nonce + sealed

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt what ``seal`` made for the same place. Raises KeyTrouble."""
        sealed = bytes(sealed)
        key = self.keys.get(key_id_of(sealed))
        if key is None:
            raise KeyTrouble(
                f"key {key_id_of(sealed)!r} is not in {self.source}: restore the file this database was written with"
            )
        nonce, body = sealed[_HEAD : _HEAD + _NONCE_BYTES], sealed[_HEAD + _NONCE_BYTES :]
        try:
            return key.decrypt(nonce, body, place.encode())
        except InvalidTag:
            raise KeyTrouble(
                f"{place} does not open with key {key_id_of(sealed)!r} of {self.source}: "
                "the key is another one or the row was altered"
            ) from None

    def mark(self, text: str, place: str) -> bytes:
        """The mark of ``text`` at ``place`` under the current key: 32 bytes, the same every time."""
        return _mark(self.mark_keys[self.current], text, place)

    def marks(self, text: str, place: str) -> list[bytes]:
        """The marks that ``text`` may have at ``place``, whichever key of the file was current then."""
        return [_mark(key, text, place) for key in self.mark_keys.values()]

    def seal_text(self, text: str, place: str) -> bytes:
        """``seal`` for text; lone surrogates survive."""
        return self.seal(text.encode("utf-8", "surrogatepass"), place)

    def open_text(self, sealed: bytes, place: str) -> str:
        """``open`` for text."""
        return self.open(sealed, place).decode("utf-8", "surrogatepass")


def key_id_of(sealed: bytes) -> str:
    """The id of the key a field was sealed with. Raises KeyTrouble for what is no sealed field."""
    if len(sealed) < _HEAD + _NONCE_BYTES + 16 or sealed[:1] != _FORMAT:
        raise KeyTrouble("not a sealed field: the row was altered or written by a newer version")
    return bytes(sealed[1:_HEAD]).decode("ascii", "replace")


def load_cipher(path: Path) -> Cipher:
    """The cipher of a key file. Raises KeyTrouble when it is missing, unreadable or malformed."""
    try:
        data = json.loads(path.read_text())
        raw = {str(key_id): _key(str(key_id), text) for key_id, text in data["keys"].items()}
        current = str(data["current"])
    except FileNotFoundError:
        raise KeyTrouble(f"{path}: no key file: restore it from its backup, nothing can be read without") from None
    except OSError as error:
        raise KeyTrouble(f"{path}: cannot read the key file: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise KeyTrouble(f"{path}: not a key file ({error}): restore it from its backup") from None
    if current not in raw:
        raise KeyTrouble(f"{path}: the current key {current!r} is not among its keys: restore it from its backup")
    keys = {key_id: AESGCM(key) for key_id, key in raw.items()}
    return Cipher(current, keys, str(path), {key_id: _mark_key(key) for key_id, key in raw.items()})


def create_key_file(path: Path) -> Cipher:
    """Write a key file with one fresh key. Raises FileExistsError: a key is never overwritten."""
    if path.exists():
        raise FileExistsError(path)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _add_key(path, {})
    return load_cipher(path)


def rotate(path: Path) -> str:
    """Add a fresh key, make it current and return its id; the old keys stay until ``retire``."""
    load_cipher(path)
    return _add_key(path, json.loads(path.read_text())["keys"])


def retire(path: Path, key_id: str) -> None:
    """Remove a key that is not current. The caller has made sure that no row needs it. Raises KeyTrouble."""
    cipher = load_cipher(path)
    if key_id == cipher.current or key_id not in cipher.keys:
        raise KeyTrouble(f"{path}: {key_id!r} is the current key or none of its keys")
    keys = json.loads(path.read_text())["keys"]
    _write(path, cipher.current, {k: v for k, v in keys.items() if k != key_id})


def _add_key(path: Path, keys: Mapping[str, str]) -> str:
    key_id = secrets.token_hex(_KEY_ID_BYTES // 2)
    _write(path, key_id, {**keys, key_id: base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")})
    return key_id


def _write(path: Path, current: str, keys: Mapping[str, str]) -> None:
    """Replace the file in one step, so that a crash leaves the old or the new one."""
    draft = path.with_name(path.name + ".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"current": current, "keys": dict(keys)}, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _mark_key(key: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, None, b"attendant marks").derive(key)


def _mark(key: bytes, text: str, place: str) -> bytes:
    return hmac.digest(key, f"{place}\0{text}".encode("utf-8", "surrogatepass"), "sha256")


def _key(key_id: str, text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if not re.fullmatch(rf"[0-9a-z]{{{_KEY_ID_BYTES}}}", key_id) or len(raw) != _KEY_BYTES:
        raise ValueError(f"key {key_id!r} is not {_KEY_BYTES} bytes under an id of {_KEY_ID_BYTES} characters")
    return raw
