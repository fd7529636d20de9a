"""ID tokens: whose signature, for whom, for which sign-in, and not too late.

Sources: OpenID Connect Core 1.0 (sections 2 and 3.1.3.7), RFC 7519 (JWT), RFC 8725 (best practice for JWT).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from doorward.core.oidc_metadata import ALGORITHMS, Untrusted

__all__ = [
    *("Claims", "ClocksDiffer", "Expected", "UnknownKey"),
    *("judge_claims", "judge_logout", "open_token", "public_keys"),
]

#: How far the provider's clock may be from ours.
SLACK = timedelta(seconds=90)
#: How long ago a token for a sign-in that is under way may have been made.
OLDEST = timedelta(minutes=10)

_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
_LONGEST = 32 * 1024
_LONGEST_SUBJECT = 255
_MOST_KEYS = 100
_LEAST_RSA_BITS = 2048
_FAMILY: dict[type, frozenset[str]] = {
    RSAKey: frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    ECKey: frozenset({"ES256", "ES384", "ES512"}),
    OKPKey: frozenset({"EdDSA", "Ed25519"}),
}

Claims = dict[str, Any]


class UnknownKey(Untrusted):
    """The token names a key that the provider's list did not have when we last looked."""


class ClocksDiffer(Untrusted):
    """The token would hold at another time: our clock and the provider's differ, or it waited too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the token must say.

    Arguments:
        issuer: of the provider that was asked.
        client_id: ours.
        nonce: of this sign-in; None for a token that must have none.
        access_token: that came with it.
        signed_in_since: when the person must have proved at the provider who they are; None if it does not matter.
    """

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None = None
    signed_in_since: datetime | None = None


def public_keys(document: object) -> tuple[Key, ...]:
    """The keys of a provider that can sign: public ones, long enough, not for encryption.

    Errors:
        Untrusted: the document is no list of keys. A single key that we cannot read is left out.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise Untrusted("list of keys is not one")
    return tuple(key for entry in listed[:_MOST_KEYS] if (key := _public_key(entry)) is not None)


def _public_key(entry: object) -> Key | None:
    if not isinstance(entry, dict) or entry.get("kty") not in ("RSA", "EC", "OKP") or entry.get("use") == "enc":
        return None
    try:
        key = JWKRegistry.import_key(entry)
        bits = key.public_key.key_size if isinstance(key, RSAKey) else _LEAST_RSA_BITS
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return key if bits >= _LEAST_RSA_BITS else None


def open_token(token: str, keys: Sequence[Key], algorithms: Collection[str] = ALGORITHMS) -> tuple[Claims, str]:
    """The claims of a token and the algorithm of its signature, which is right.

    The algorithm comes from our list, and the key must be of its family: so neither `none`, nor a public key taken
    for a shared secret, gets through (RFC 8725 section 3.1). A token never says where its key is: we know that.

    Errors:
        UnknownKey: it names a key that is not among `keys`. Untrusted: anything else.
    """
    if not isinstance(token, str) or len(token) > _LONGEST or not token.isascii() or token.count(".") != 2:
        raise Untrusted("ID token has not the form of one")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError):
        raise Untrusted("ID token has not the form of one") from None
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS or algorithm not in algorithms:
        raise Untrusted("signature of a kind that is not accepted")
    key = _key_for(header.get("kid"), algorithm, keys)
    try:
        opened = jws.deserialize_compact(token.encode(), key, algorithms=[algorithm])
        claims = json.loads(opened.payload)
    except (JoseError, ValueError, TypeError):
        raise Untrusted("wrong signature") from None
    if not isinstance(claims, dict):
        raise Untrusted("ID token holds no claims")
    return claims, algorithm


def _key_for(kid: object, algorithm: str, keys: Sequence[Key]) -> Key:
    fitting = [key for key in keys if algorithm in _FAMILY.get(type(key), ()) and key.get("alg") in (None, algorithm)]
    if kid is None and len(keys) == 1 and fitting:
        return fitting[0]
    named = [key for key in fitting if kid is not None and key.get("kid") == kid]
    if len(named) == 1:
        return named[0]
    if any(key.get("kid") == kid for key in keys):
        raise Untrusted("the key named is for something else")
    raise UnknownKey("signed with a key that the provider does not list")


def judge_claims(claims: Claims, algorithm: str, expected: Expected, now: datetime) -> str:
    """Check everything that an ID token of the code flow must say (OIDC Core 3.1.3.7). The subject.

    Arguments:
        algorithm: of its signature, which tells how `at_hash` is made.
        now: the time, aware.

    Errors:
        ClocksDiffer: it holds at another time. Untrusted: it is not for us, for this sign-in, or not whole.
    """
    if claims.get("iss") != expected.issuer:
        raise Untrusted("wrong issuer")
    must_be_for(claims, expected.client_id)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise Untrusted("wrong nonce")
    must_be_of_now(claims, now)
    _judge_access_token(claims, algorithm, expected.access_token)
    _judge_signed_in(claims, expected.signed_in_since, now)
    return subject_of(claims)


def judge_logout(claims: Claims, issuer: str, client_id: str, now: datetime) -> tuple[str, str, str]:
    """Check a logout token (OIDC Back-Channel Logout 1.0, section 2.6): its number, the subject and the session.

    Of the subject and the session at the provider one may be empty. What was made for signing in has a nonce and no
    such event, so neither kind of token passes for the other.

    Errors:
        ClocksDiffer, Untrusted: as for `judge_claims`.
    """
    if claims.get("iss") != issuer:
        raise Untrusted("wrong issuer")
    must_be_for(claims, client_id)
    must_be_of_now(claims, now)
    events = claims.get("events")
    if "nonce" in claims or not isinstance(events, dict) or not isinstance(events.get(_LOGOUT), dict):
        raise Untrusted("not a logout token")
    number, subject, session = (claims.get(name, "") for name in ("jti", "sub", "sid"))
    if not all(isinstance(value, str) and len(value) <= _LONGEST_SUBJECT for value in (number, subject, session)):
        raise Untrusted("logout token is not whole")
    if not number or not (subject or session):
        raise Untrusted("logout token is not whole")
    return number, subject, session


def must_be_for(claims: Claims, client_id: str) -> None:
    """Errors: Untrusted: it was made for somebody else, or for others too without naming us as who asked."""
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    if client_id not in audiences:
        raise Untrusted("wrong audience")
    azp = claims.get("azp")
    if (azp is not None or len(audiences) > 1) and azp != client_id:
        raise Untrusted("wrong authorised party")


def must_be_of_now(claims: Claims, now: datetime) -> None:
    """Errors: ClocksDiffer: it has expired, is not yet valid, or was made at another time than now."""
    expires, made, begins = (_moment(claims, name) for name in ("exp", "iat", "nbf"))
    seconds = now.timestamp()
    slack = SLACK.total_seconds()
    if expires is None or made is None:
        raise Untrusted("ID token without its times")
    if seconds >= expires + slack or seconds > made + OLDEST.total_seconds() + slack:
        raise ClocksDiffer("expired")
    if made > seconds + slack or (begins is not None and begins > seconds + slack):
        raise ClocksDiffer("not yet valid")


def subject_of(claims: Claims) -> str:
    """Who it is at the provider. Errors: Untrusted: it does not say."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        raise Untrusted("no subject")
    return subject


def _judge_access_token(claims: Claims, algorithm: str, access_token: str | None) -> None:
    """`at_hash` ties the access token that came with it to the ID token (OIDC Core 3.1.3.8); optional in this flow."""
    told = claims.get("at_hash")
    if told is None:
        return
    from authlib.oidc.core.util import create_half_hash

    ours = create_half_hash(access_token or "", algorithm)
    if not isinstance(told, str) or (ours is not None and not hmac.compare_digest(told.encode(), bytes(ours))):
        raise Untrusted("access token is not the ID token's")


def _judge_signed_in(claims: Claims, since: datetime | None, now: datetime) -> None:
    """Did the person prove who they are since then? Who was asked for it must say when (OIDC Core 3.1.2.1)."""
    if since is None:
        return
    when = _moment(claims, "auth_time")
    if when is None or when + SLACK.total_seconds() < since.timestamp():
        raise Untrusted("provider did not ask again who it is")
    if when > now.timestamp() + SLACK.total_seconds():
        raise ClocksDiffer("signed in in the future")


def _moment(claims: Claims, name: str) -> float | None:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        return None
    return float(value)
