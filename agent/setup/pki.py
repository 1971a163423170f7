"""A small certificate authority for one purpose: a controller and the model workers of other hosts know each other.

``make_pki`` writes three folders, each to be copied whole: ``ca`` (whoever has its key is believed: keep it off both
hosts), ``worker`` (the GPU host) and ``controller``. A certificate serves its role only (RFC 5280, 4.2.1.12).
"""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from agent.adapters.models.tls import CA, CERTIFICATE, KEY
from agent.setup.errors import CannotSetUp
from agent.setup.files import write_text

AUTHORITY_DAYS = 3650
SIDE_DAYS = 825
SOON_DAYS = 30
_ROLES = {"worker": ExtendedKeyUsageOID.SERVER_AUTH, "controller": ExtendedKeyUsageOID.CLIENT_AUTH}

_Key = ec.EllipticCurvePrivateKey


def make_pki(folder: Path, hosts: Sequence[str]) -> list[Path]:
    """Make the folders; ``hosts`` are the names and addresses by which controllers reach the workers.

    An authority that is there already goes on: run again, it makes fresh certificates of the same authority, for other
    hosts or because the old ones expire. CannotSetUp without hosts, or where the folder cannot be written.
    """
    if not hosts:
        raise CannotSetUp("the workers' host has no name", "give --host NAME, as the service file will call it")
    try:
        key, authority = _authority(folder / "ca")
        for role, usage in _ROLES.items():
            _write_side(folder / role, key, authority, _request(role, usage, hosts))
    except OSError as error:
        raise CannotSetUp(f"{error.filename or folder}: {error.strerror}", "name a folder you may write") from error
    return [folder / name for name in ("ca", *_ROLES)]


def days_left(folder: Path) -> int:
    """Whole days until the certificate in ``folder`` expires; negative when it has. Raises OSError, ValueError."""
    certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
    return (certificate.not_valid_after_utc - datetime.now(UTC)).days


def _authority(folder: Path) -> tuple[_Key, x509.Certificate]:
    if (folder / KEY).exists():
        return _read_authority(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Attendant model workers")])
    builder = _builder(name, name, key.public_key(), AUTHORITY_DAYS)
    certificate = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(is_authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_key(folder / KEY, key)
    write_text(folder / CA, _pem(certificate))
    return key, certificate


def _read_authority(folder: Path) -> tuple[_Key, x509.Certificate]:
    try:
        key = serialization.load_pem_private_key((folder / KEY).read_bytes(), None)
        certificate = x509.load_pem_x509_certificate((folder / CA).read_bytes())
    except (OSError, ValueError) as error:
        raise CannotSetUp(f"{folder} holds no authority ({error})", "name another folder, or restore it") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise CannotSetUp(f"{folder} holds a key that is not its certificate's", "name another folder, or restore it")
    return key, certificate


def _request(role: str, usage: x509.ObjectIdentifier, hosts: Sequence[str]) -> list[x509.ExtensionType]:
    names = hosts if role == "worker" else [f"{role}.attendant.invalid"]
    return [x509.SubjectAlternativeName([_name(host) for host in names]), x509.ExtendedKeyUsage([usage])]


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return x509.DNSName(host)
    except ValueError as error:
        raise CannotSetUp(f"{host!r} is no host name", "write it in ASCII, without port") from error


def _write_side(folder: Path, key: _Key, authority: x509.Certificate, extensions: list[x509.ExtensionType]) -> None:
    own = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Attendant {folder.name}")])
    builder = _builder(subject, authority.subject, own.public_key(), SIDE_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(is_authority=False), critical=True)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    for extension in (*extensions, issuer):
        builder = builder.add_extension(extension, critical=False)
    _write_key(folder / KEY, own)
    write_text(folder / CERTIFICATE, _pem(builder.sign(key, hashes.SHA256())))
    write_text(folder / CA, _pem(authority))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    # An hour back: the clocks of two hosts differ.
    start = datetime.now(UTC) - timedelta(hours=1)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(start).not_valid_after(start + timedelta(days=days))


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _write_key(path: Path, key: _Key) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(text)
