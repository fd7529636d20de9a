"""Certificates of a run's own: from an authority that the app is told to trust, and others that nobody should."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HERE = "127.0.0.1"
_DAY = timedelta(days=1)
_AUTHORITY = "doorward prove"
#: RFC 5280 section 4.2.1: who does not know these must not go on.
_CRITICAL = (x509.BasicConstraints, x509.KeyUsage)


class Certificates:
    """An authority that lives as long as the run.

    Arguments:
        folder: where files are written; it is gone after the run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        is_authority = (x509.BasicConstraints(ca=True, path_length=0), _signs_certificates())
        own = _made(_AUTHORITY, self._key, _AUTHORITY, self._key, _DAY, *is_authority)
        self.authority = folder / "authority.pem"
        self.authority.write_bytes(own.public_bytes(Encoding.PEM))
        #: The authorities of this machine and ours: what a program reads that is told of one file only.
        self.trusted = folder / "trusted.pem"
        self.trusted.write_bytes(b"\n".join(file.read_bytes() for file in (*_of_this_machine(), self.authority)))

    def sound(self, name: str = HERE) -> ssl.SSLContext:
        """For a server whose certificate the authority has made for this name or address."""
        return self._context(name, self._key, _DAY)

    def expired(self) -> ssl.SSLContext:
        """For a server whose certificate was right until yesterday."""
        return self._context(HERE, self._key, -_DAY)

    def self_signed(self) -> ssl.SSLContext:
        """For a server that vouches for itself."""
        return self._context(HERE, None, _DAY)

    def _context(self, name: str, authority: ec.EllipticCurvePrivateKey | None, life: timedelta) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = _AUTHORITY if authority is not None else name
        made = _made(name, key, issuer, authority or key, life, x509.SubjectAlternativeName([_general(name)]))
        file = self._folder / f"{made.serial_number:x}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.touch(0o600)
        file.write_bytes(made.public_bytes(Encoding.PEM) + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(file)
        return context


def _of_this_machine() -> list[Path]:
    """The files of the authorities that this machine trusts."""
    places = ssl.get_default_verify_paths()
    if places.cafile:
        return [Path(places.cafile)]
    return sorted(Path(places.capath).glob("*.[0-9]")) if places.capath else []


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _made(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    by: ec.EllipticCurvePrivateKey,
    life: timedelta,
    *more: x509.ExtensionType,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        _named(issuer), _named(subject), key.public_key(), x509.random_serial_number(), now - 2 * _DAY, now + life
    )
    identified = (
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()),
    )
    for extension in (*identified, *more):
        builder = builder.add_extension(extension, critical=isinstance(extension, _CRITICAL))
    return builder.sign(by, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _signs_certificates() -> x509.KeyUsage:
    others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    never = dict.fromkeys((*others, "crl_sign", "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(key_cert_sign=True, **never)
