"""What a provider says of itself (its discovery document), and whether we may rely on it.

Sources: OpenID Connect Discovery 1.0 (sections 3 and 4.3), RFC 8414, RFC 9700 (best practice for OAuth), RFC 9207.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

#: What an ID token may be signed with: public keys only. Neither `none`, nor a secret that both sides know, with
#: which a public key could be mistaken for a password (RFC 8725 sections 2.1, 3.1).
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
DISCOVERY = "/.well-known/openid-configuration"

_LONGEST_ADDRESS = 500


class Untrusted(Exception):
    """What the provider sent cannot be relied on. The text is a few words for the journal, without its content."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The part of a discovery document that we use, judged.

    Arguments:
        says_issuer: whether its answers name it (RFC 9207), so that one without the name is refused.
        algorithms: what it may sign ID tokens with.
        client_auth: how we may prove to it that it is us.
        end_session: where one signs out of it; None if it does not say.
    """

    issuer: str
    authorization: str
    token: str
    keys: str
    says_issuer: bool
    algorithms: frozenset[str]
    client_auth: frozenset[str]
    end_session: str | None = None


def is_safe_address(address: object) -> bool:
    """Is it an address by TLS, or of this very machine, without a name and password in it (RFC 9700 section 2.6)?"""
    if not isinstance(address, str) or len(address) > _LONGEST_ADDRESS or not address.isascii():
        return False
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    if not named or parts.username is not None or parts.fragment or any(sign <= " " for sign in address):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def discovery_address(issuer: str) -> str:
    """Where the provider describes itself (OIDC Discovery 4.1)."""
    return issuer.rstrip("/") + DISCOVERY


def read_metadata(document: object, issuer: str) -> Metadata:
    """Judge a discovery document.

    Arguments:
        document: as it came, parsed.
        issuer: as the operator wrote it; the document must say the very same (OIDC Discovery 4.3).

    Errors:
        Untrusted: it is another provider's, leads to places without TLS, or does not do what we ask for.
    """
    if not isinstance(document, dict):
        raise Untrusted("discovery document is not an object")
    if document.get("issuer") != issuer:
        raise Untrusted("discovery document of another issuer")
    _must_offer(document, "response_types_supported", "code")
    # RFC 9700 section 2.1.1: PKCE against codes that were stolen or put under somebody; S256: plain shows the proof.
    _must_offer(document, "code_challenge_methods_supported", "S256")
    algorithms = ALGORITHMS & _words(document, "id_token_signing_alg_values_supported")
    if not algorithms:
        raise Untrusted("provider offers no signature that we accept")
    end = document.get("end_session_endpoint")
    return Metadata(
        issuer=issuer,
        authorization=_address(document, "authorization_endpoint"),
        token=_address(document, "token_endpoint"),
        keys=_address(document, "jwks_uri"),
        says_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        algorithms=algorithms,
        client_auth=_words(document, "token_endpoint_auth_methods_supported") or frozenset({"client_secret_basic"}),
        end_session=end if is_safe_address(end) else None,
    )


def _must_offer(document: dict[str, object], name: str, wanted: str) -> None:
    if wanted not in _words(document, name):
        raise Untrusted(f"provider does not offer {wanted}")


def _words(document: dict[str, object], name: str) -> frozenset[str]:
    found = document.get(name)
    return frozenset(word for word in found if isinstance(word, str)) if isinstance(found, list) else frozenset()


def _address(document: dict[str, object], name: str) -> str:
    address = document.get(name)
    if not isinstance(address, str) or not is_safe_address(address):
        raise Untrusted(f"{name} is missing or not by TLS")
    return address
