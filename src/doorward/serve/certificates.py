"""Making certificates (RFC 5280): the local authority's own, and the server's. Plain values; no files, no clock.

The authority may only vouch for private networks, for names that exist on local networks only, and for the names and
addresses this machine had when the authority was made. People install it on their phones; if its key is ever
stolen, it must not open their bank. The constraint is critical, as RFC 5280 section 4.2.1.10 demands: OpenSSL, NSS,
Chrome, Windows and Apple's systems since iOS 10.3 honour it also on an installed root; a system that does not look
at an installed root's constraints (Android's own) trusts it as it would trust any other.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE = timedelta(days=3652)
#: Apple's systems accept at most 825 days below a root that a person installed, 398 elsewhere; browsers follow.
SERVER_LIFE = timedelta(days=397)
#: Phones whose clock is late must not find a certificate that begins in their future.
BACKDATED = timedelta(days=1)

#: mDNS (RFC 6762), localhost (RFC 6761), home.arpa (RFC 8375), internal (ICANN, 2024), lan (many home routers).
_LOCAL_NAMES = ("localhost", "local", "home.arpa", "internal", "lan")
#: Words that are likely names of machines and are top-level domains too. A constraint on `dev` would permit every name
#: below it, so a machine called so is reached as `dev.local` or by its address.
_ALSO_DOMAINS = frozenset(
    (
        "app", "blog", "box", "cam", "cloud", "club", "codes", "com", "computer", "cool", "dev", "digital",
        "edu", "education", "events", "games", "gov", "host", "house", "info", "live", "media", "net",
        "network", "one", "online", "org", "page", "school", "science", "services", "site", "social",
        "software", "space", "studio", "support", "systems", "team", "tech", "tools", "top", "training", "tv",
        "video", "wiki", "work", "works", "world", "zone",
    )
)  # fmt: skip
#: RFC 1918, 1122, 3927, 6598, 4193, 4291: networks that nobody owns on the internet.
_LOCAL_NETWORKS = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
        "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def make_authority(names: Sequence[str], addresses: Iterable[str], now: datetime) -> Issued:
    """A new authority: ECDSA P-256, ten years, no authorities below it.

    Arguments:
        names, addresses: of this machine, which it may vouch for besides what is local anyway.
        now: aware, UTC.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    # A root needs a common name, or iOS does not list it; a unique one, or two machines' roots get mixed up.
    host = next((name for name in names if name != "localhost"), "local")
    own = _subject(f"Doorward {host[:40]} {secrets.token_hex(3)}")
    certificate = (
        _builder(own, own, key.public_key(), now, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(_constraints(names, addresses), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Issued(key, certificate)


def issue(authority: Issued, names: Sequence[str], addresses: Sequence[str], now: datetime) -> Issued:
    """A new key and certificate for a server.

    Arguments:
        names, addresses: what it is reached under; all of them permitted by `permits`.
        now: aware, UTC.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    ends = min(now - BACKDATED + SERVER_LIFE, authority.certificate.not_valid_after_utc)
    issuer = authority.certificate.subject
    subject = _subject((names or addresses)[0][:64])
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    certificate = (
        _builder(subject, issuer, key.public_key(), now, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_general_names(names, addresses)), critical=False)
        .add_extension(signer, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return Issued(key, certificate)


def permits(authority: x509.Certificate, name_or_address: str) -> bool:
    """May this authority vouch for that name or address?"""
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    if not is_address(name_or_address):
        below = [one.value for one in permitted if isinstance(one, x509.DNSName)]
        return any(name_or_address == name or name_or_address.endswith(f".{name}") for name in below)
    address = ip_address(name_or_address)
    networks = [one.value for one in permitted if isinstance(one, x509.IPAddress)]
    return any(address in one for one in networks if isinstance(one, IPv4Network | IPv6Network))


def is_address(text: str) -> bool:
    """Is this an IP address, rather than a name?"""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def names_in(certificate: x509.Certificate) -> frozenset[str]:
    """The names and addresses that a server's certificate is for."""
    named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = (str(address) for address in named.get_values_for_type(x509.IPAddress))
    return frozenset([*named.get_values_for_type(x509.DNSName), *addresses])


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 over the certificate, as phones show it: "AB:CD:…"."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(ends)
    )


def _subject(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _constraints(names: Iterable[str], addresses: Iterable[str]) -> x509.NameConstraints:
    dns = dict.fromkeys((*_LOCAL_NAMES, *(name for name in names if name not in _ALSO_DOMAINS)))
    own = (_own_network(address) for address in addresses if not _is_local(address))
    networks = dict.fromkeys((*_LOCAL_NETWORKS, *own))
    return x509.NameConstraints([*map(x509.DNSName, dns), *map(x509.IPAddress, networks)], None)


def _is_local(address: str) -> bool:
    return any(ip_address(address) in network for network in _LOCAL_NETWORKS)


def _own_network(address: str) -> IPv4Network | IPv6Network:
    """The address itself; of IPv6 its /64, since the rest changes by the day (RFC 8981)."""
    return ip_network(f"{address}/64" if ":" in address else address, strict=False)


def _general_names(names: Iterable[str], addresses: Iterable[str]) -> list[x509.GeneralName]:
    return [*map(x509.DNSName, names), *(x509.IPAddress(ip_address(one)) for one in addresses)]
