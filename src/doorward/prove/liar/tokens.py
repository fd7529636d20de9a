"""Signed tokens (RFC 7515, RFC 7519) as a provider makes them, and as only a liar would.

Made by hand, and not with the library that the door reads them with: who judges shall not depend on who is judged.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from doorward.prove.authenticator import b64

Claims = Mapping[str, Any]


class SigningKey:
    """A key of a provider: P-256, for ES256 (RFC 7518 section 3.4).

    Arguments:
        name: its `kid`; a made-up one without it.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name or secrets.token_urlsafe(8)
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> dict[str, str]:
        """Its public half, as a list of keys has it (RFC 7517)."""
        numbers = self._key.public_key().public_numbers()
        place = {name: b64(number.to_bytes(32, "big")) for name, number in (("x", numbers.x), ("y", numbers.y))}
        return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.name, **place}

    @property
    def pem(self) -> bytes:
        """Its public half as a file has it: what a careless reader may take for a shared secret."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, claims: Claims, **header: Any) -> str:
        """A token with these claims. `header` adds to its header, or replaces what is there."""
        signed = _signed_part({"alg": "ES256", "kid": self.name, **header}, claims)
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(SHA256())))
        return f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def unsigned(claims: Claims, algorithm: str = "none", **header: Any) -> str:
    """A token that nobody has signed."""
    return f"{_signed_part({'alg': algorithm, **header}, claims)}."


def by_secret(claims: Claims, secret: bytes, name: str) -> str:
    """A token under HS256, as if both sides shared a secret; `name` is its `kid`."""
    signed = _signed_part({"alg": "HS256", "kid": name}, claims)
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def with_claims(token: str, claims: Claims) -> str:
    """The header and the signature of this token around other claims."""
    header, _, signature = token.split(".")
    return f"{header}.{_json(claims)}.{signature}"


def _signed_part(header: Mapping[str, Any], claims: Claims) -> str:
    return f"{_json(header)}.{_json(claims)}"


def _json(value: Mapping[str, Any]) -> str:
    return b64(json.dumps(value, separators=(",", ":")).encode())
