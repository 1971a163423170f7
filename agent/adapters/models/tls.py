"""Mutual TLS between the controller and the model workers of another host: who they are, and how they connect.

A folder holds what one side needs: ``ca.pem`` (whom to trust), ``cert.pem`` and ``key.pem`` (who we are). TLS 1.3 only,
and no side talks to one that has no certificate of that same authority, made for its role.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

from agent.wire.messages import alpn

CA, CERTIFICATE, KEY = "ca.pem", "cert.pem", "key.pem"


class TlsFault(RuntimeError):
    """The folder does not do, or the other side is not who it should be; one line with its remedy."""


@dataclass(frozen=True, slots=True)
class TlsPlace:
    """A worker of ``kind`` behind the relay of another host."""

    kind: str
    host: str
    port: int
    tls: ssl.SSLContext

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.kind} at {self.address}"

    @property
    def address(self) -> str:
        """As in a URL (RFC 3986, section 3.2.2)."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def split_address(address: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT`` or ``[IPV6]:PORT``. Raises ValueError, which quotes what it was given."""
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not (colon and host and port.isdigit() and 0 < int(port) < 65536) or (":" in host and address[0] != "["):
        raise ValueError(f"{address!r} is not HOST:PORT")
    return host, int(port)


def tls_place(kind: str, address: str, folder: Path) -> TlsPlace:
    """Where the worker of ``kind`` is reached. Raises ValueError for an address that is none, and TlsFault."""
    host, port = split_address(address)
    return TlsPlace(kind, host, port, client_context(folder, kind))


def client_context(folder: Path, kind: str) -> ssl.SSLContext:
    """The controller's side: it checks the host's name, and asks for the worker of ``kind``. Raises TlsFault."""
    context = _loaded(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), folder)
    context.set_alpn_protocols([alpn(kind)])
    return context


def server_context(folder: Path, kinds: tuple[str, ...]) -> ssl.SSLContext:
    """The workers' side: it serves ``kinds`` to whoever shows a certificate of the authority. Raises TlsFault."""
    context = _loaded(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), folder)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols([alpn(kind) for kind in kinds])
    return context


def _loaded(context: ssl.SSLContext, folder: Path) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(folder / CA)
        context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    except (OSError, ssl.SSLError) as error:
        cause = "is no certificate with its key" if isinstance(error, ssl.SSLError) else f"{error.strerror}"
        needs = f"it needs {CA}, {CERTIFICATE} and {KEY}"
        raise TlsFault(f"{folder}: {cause}; {needs}: attendant workers make-pki") from error
    return context


def told(error: BaseException | None) -> str:
    """Why a connection failed, in few words; alerts of the other side say what it held against us."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is refused: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "TLS failed").lower().replace("_", " ")
        return f"it refuses our certificate: {reason.partition('alert ')[2]}" if "alert" in reason else reason
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "no answer"
