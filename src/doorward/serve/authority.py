"""The local certificate authority: TLS on a network where no public authority vouches for anybody (law 6).

Three files in one folder: `authority.pem` (the authority's key and certificate, the one thing to guard), `ca.pem` (its
certificate, for people to install), `server.pem` (the server's key and certificate, in one file, so that the two are
always replaced together). TLS by OWASP ASVS 12.1.1 and 12.1.2.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from doorward.core.transport import host_name
from doorward.errors import StartRefused
from doorward.serve.certificates import Issued, fingerprint, is_address, issue, make_authority, names_in, permits
from doorward.store.private_files import one_at_a_time, others_can_read, write_whole

_AUTHORITY = "authority.pem"
_PUBLIC = "ca.pem"
_SERVER = "server.pem"
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
#: TLS 1.2 with forward secrecy and authenticated encryption; the suites of TLS 1.3 all have both.
_SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The server's certificate, and the authority behind it.

    Arguments:
        path: the server's key and certificate, for `tls_context`.
        authority_path: the authority's public certificate, for people to install.
        expires: when the server's certificate does.
        fingerprint: SHA-256 of the authority's certificate, to compare by eye.
        names: the names and addresses it is for.
        left_out: those it is not for, since they are outside of what the authority may vouch for. A new authority
            (without the folder's files) would cover them, and every phone must then trust it anew.
        serial: changes with every renewal.
    """

    path: Path
    authority_path: Path
    expires: datetime
    fingerprint: str
    names: frozenset[str]
    left_out: frozenset[str]
    serial: int


def ensure_certificate(folder: Path, names: Sequence[str], addresses: Sequence[str], now: datetime) -> Certificate:
    """The server's certificate, made or renewed if that is due; at the first run the authority too.

    Renewed when less than a third of its life is left, when this machine has a name or address that it lacks, and
    when it is damaged. Call it at every start, and every few hours.

    Arguments:
        folder: where the files live; made if missing, mode 0700.
        names, addresses: of this machine; one that cannot be either is left out.
        now: aware, UTC.

    Errors:
        StartRefused: the authority's file is damaged, expired or readable by others; the folder cannot be written;
            the clock is plainly wrong.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with one_at_a_time(folder / ".lock"):
            return _ensure(folder, names, addresses, now)
    except OSError as problem:
        raise StartRefused(f"The certificates in {folder} cannot be written: {problem.strerror}.") from problem


def tls_context(certificate: Path) -> ssl.SSLContext:
    """What a server needs for TLS 1.2 and 1.3 with forward-secret, authenticated encryption only.

    Arguments:
        certificate: a PEM file with a private key and the certificates.

    Errors:
        StartRefused: the file is missing or damaged.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_SUITES)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    _load(context, certificate)
    return context


def renew(context: ssl.SSLContext, certificate: Path) -> None:
    """Let new handshakes on a live context use the file's present content; connections that are open go on.

    Errors:
        StartRefused: the file is missing or damaged; the context goes on as it was.
    """
    tls_context(certificate)  # a damaged file must fail here, before it touches the live context
    _load(context, certificate)


def keep_current(
    context: ssl.SSLContext,
    current: Certificate,
    names: Sequence[str],
    addresses: Sequence[str],
    now: datetime,
) -> Certificate:
    """Renew the certificate of a running server if that is due; answers the one in use from now on.

    Errors:
        StartRefused: as of `ensure_certificate`; the server goes on with the old one.
    """
    fresh = ensure_certificate(current.path.parent, names, addresses, now)
    if fresh.serial != current.serial:
        renew(context, fresh.path)
    return fresh


def _ensure(folder: Path, names: Sequence[str], addresses: Sequence[str], now: datetime) -> Certificate:
    authority = _authority(folder, names, addresses, now)
    asked = {one: host_name(one) or host_name(f"[{one}]") for one in (*names, *addresses)}
    wanted = {one for one in asked.values() if one and permits(authority.certificate, one)} | {"localhost"}
    server = _read(folder / _SERVER)
    if server is None or not _is_good(server, authority, wanted, now):
        server = issue(authority, sorted(wanted - _addresses(wanted)), sorted(_addresses(wanted)), now)
        write_whole(folder / _SERVER, _pem(server))
    return Certificate(
        path=folder / _SERVER,
        authority_path=folder / _PUBLIC,
        expires=server.certificate.not_valid_after_utc,
        fingerprint=fingerprint(authority.certificate),
        names=names_in(server.certificate),
        left_out=frozenset(given for given, one in asked.items() if one not in wanted),
        serial=server.certificate.serial_number,
    )


def _addresses(wanted: set[str]) -> set[str]:
    return {one for one in wanted if is_address(one)}


def _authority(folder: Path, names: Sequence[str], addresses: Sequence[str], now: datetime) -> Issued:
    path = folder / _AUTHORITY
    if path.exists():
        found = _guarded(path, now)
    else:
        found = _new_authority(names, addresses, now)
        write_whole(path, _pem(found))
    public = found.certificate.public_bytes(Encoding.PEM)
    if _content(folder / _PUBLIC) != public:
        write_whole(folder / _PUBLIC, public, mode=0o644)
    return found


def _new_authority(names: Sequence[str], addresses: Sequence[str], now: datetime) -> Issued:
    if now < _EARLIEST:  # a small machine before it has asked the network for the time
        raise StartRefused(f"The clock of this machine says {now:%Y-%m-%d}. Set it, or certificates are never valid.")
    own = {host_name(one) or host_name(f"[{one}]") for one in (*names, *addresses)} - {""}
    return make_authority(sorted(own - _addresses(own)), sorted(_addresses(own)), now)


def _guarded(path: Path, now: datetime) -> Issued:
    """The authority on disk. It is never replaced silently, not even when the clock says that it has expired:

    everybody would have to trust a new one, and the clock may be wrong.
    """
    if others_can_read(path):
        raise StartRefused(
            f"{path} holds the key of the local certificate authority and can be read by others.\n"
            f"If nobody else has used this machine: chmod 600 {path}. Otherwise delete it, and trust the new one."
        )
    found = _read(path)
    if found is None:
        raise StartRefused(
            f"{path}, the local certificate authority, is damaged. Restore it from a backup, or delete it:\n"
            "a new one is made then, which everybody has to trust anew."
        )
    if found.certificate.not_valid_after_utc <= now:
        raise StartRefused(
            f"{path}, the local certificate authority, expired on {found.certificate.not_valid_after_utc:%Y-%m-%d}.\n"
            "If this machine's clock is right, delete the file: a new one is made, which everybody has to trust anew."
        )
    return found


def _is_good(server: Issued, authority: Issued, wanted: set[str], now: datetime) -> bool:
    certificate = server.certificate
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    in_time = begins <= now and ends - now >= (ends - begins) / 3
    return in_time and _is_from(certificate, authority.certificate) and wanted <= names_in(certificate)


def _is_from(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _read(path: Path) -> Issued | None:
    """Key and certificate from one file; None when it is missing or they are not a pair."""
    content = _content(path)
    with suppress(ValueError, TypeError, x509.ExtensionNotFound):
        key, certificate = load_pem_private_key(content, None), x509.load_pem_x509_certificate(content)
        if isinstance(key, ec.EllipticCurvePrivateKey) and key.public_key() == certificate.public_key():
            return Issued(key, certificate)
    return None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _pem(issued: Issued) -> bytes:
    key = issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key + issued.certificate.public_bytes(Encoding.PEM)


def _load(context: ssl.SSLContext, certificate: Path) -> None:
    try:
        context.load_cert_chain(certificate)
    except (OSError, ssl.SSLError) as problem:
        raise StartRefused(f"The certificate {certificate} cannot be used: {problem}.") from problem
