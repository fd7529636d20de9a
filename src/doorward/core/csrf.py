"""Cross-site request forgery: did a page of ours send this?

The order is Go's `CrossOriginProtection`: what the browser says of itself comes first, since a script cannot
forge it; the token comes always (OWASP ASVS 3.5.1, 3.5.3; Fetch Metadata, W3C).
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_MASK = 32


def is_unsafe(method: str) -> bool:
    """Does a request of this method change state (RFC 9110 section 9.2.1)? Unknown methods count as unsafe."""
    return method.upper() not in SAFE_METHODS


def browser_says_foreign(sec_fetch_site: str | None, origin: str | None, own_origin: str) -> str | None:
    """Why the browser's own words make this request foreign; None when they do not.

    Arguments:
        sec_fetch_site: the `Sec-Fetch-Site` header, if any.
        origin: the `Origin` header, if any.
        own_origin: scheme, host and port under which this request reached us.

    Results:
        a reason for the journal, or None. A caller that sends neither header is no browser of today;
        the token decides about it.
    """
    if sec_fetch_site is not None and sec_fetch_site not in ("same-origin", "none"):
        return f"Sec-Fetch-Site is {sec_fetch_site[:20]!r}"
    if origin is not None and not _same_origin(origin, own_origin):
        return "Origin is foreign"
    return None


def _same_origin(origin: str, own_origin: str) -> bool:
    try:
        return _triple(origin) == _triple(own_origin)
    except ValueError:
        return False


def _triple(origin: str) -> tuple[str, str, int]:
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(origin)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]


def make_token(proof: bytes) -> str:
    """A token for a page: the session's 32-byte proof under a fresh mask, so that compression leaks nothing (BREACH).

    Arguments:
        proof: the keyed hash of the session's identifier.
    """
    mask = secrets.token_bytes(_MASK)
    return base64.urlsafe_b64encode(mask + _xor(mask, proof)).decode().rstrip("=")


def token_holds(token: str | None, proofs: Sequence[bytes]) -> bool:
    """Does `token` unmask to one of the proofs (one for each secret key still accepted)? Constant time in content."""
    raw = _decode(token or "")
    if raw is None:
        return False
    unmasked = _xor(raw[:_MASK], raw[_MASK:])
    matches = [hmac.compare_digest(unmasked, proof) for proof in proofs]  # all of them, so that time tells nothing
    return any(matches)


def _decode(token: str) -> bytes | None:
    if len(token) != 86 or not token.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "==")
    except ValueError:
        return None
    return raw if len(raw) == 2 * _MASK else None


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(_MASK)
