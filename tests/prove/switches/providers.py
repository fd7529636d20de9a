"""Signing in by a provider: what it says, for whom, in which sign-in, and where it leads."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from authlib.oauth2 import rfc7636
from authlib.oauth2.rfc6749 import parameters
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import request
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from doorward.core import id_tokens, oidc_metadata
from doorward.core.access import HOST
from doorward.core.names import name_key
from doorward.store import accounts, emails, identities
from doorward.store.identity_models import Identity
from doorward.web.here import here
from doorward.web.oidc import arriving, flow, leaving, linking, notes, providers
from doorward.web.pages import oidc as pages
from tests.prove.switches import Switch, replaced, wrapped
from tests.prove.switches.sessions import instead


def _part(token: str, number: int) -> Any:
    text = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _not_verified(token: bytes, _key: Any, **_: Any) -> Any:
    return SimpleNamespace(payload=json.dumps(_part(token.decode(), 1)))


def _as_it_says(open_token: Callable[..., Any]) -> Callable[..., Any]:
    """The token itself says how it was signed."""

    def opened(token: str, keys: Any, algorithms: Any) -> Any:
        algorithm = _part(token, 0).get("alg", "")
        if algorithm.lower() in ("none", ""):
            return _part(token, 1), "ES256"
        if algorithm == "HS256":
            signed, _, signature = token.rpartition(".")
            pem = keys[0].public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            ours = base64.urlsafe_b64encode(hmac.digest(pem, signed.encode(), hashlib.sha256)).decode().rstrip("=")
            if ours == signature:
                return _part(token, 1), "ES256"
        return open_token(token, keys, algorithms)

    return opened


def _claims_as(said: Callable[[Any], dict[str, Any]]) -> Callable[..., Any]:
    """Takes some claims for right, whatever they are: `said` gives them as they are expected."""

    def around(judge: Callable[..., Any]) -> Callable[..., Any]:
        return lambda claims, algorithm, expected, now: judge({**claims, **said(expected)}, algorithm, expected, now)

    return around


def _any_state(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(flow, "hmac", SimpleNamespace(compare_digest=lambda *_: True))


def _used_up_never(patch: pytest.MonkeyPatch) -> None:
    for place in (flow, leaving):
        patch.setattr(place, "spend", lambda *_: True)


def _shown(patch: pytest.MonkeyPatch) -> None:
    """The proof itself is sent ahead."""
    prepare = parameters.prepare_grant_uri

    def in_plain(uri: str, **asked: Any) -> str:
        return str(prepare(uri, **{**asked, "code_challenge_method": "plain"}))

    # The flow takes both from their modules when somebody goes to a provider.
    patch.setattr(rfc7636, "create_s256_code_challenge", lambda proof: proof)
    patch.setattr(parameters, "prepare_grant_uri", in_plain)


def _numbered(patch: pytest.MonkeyPatch) -> None:
    numbers = count(1)
    patch.setattr(flow, "secrets", SimpleNamespace(token_urlsafe=lambda _: f"sign-in-number-{next(numbers):028d}"))


def _whatever_name(proved: Callable[..., Any]) -> Callable[..., Any]:
    return lambda at, provider, note, answer: proved(
        at, provider, note, MultiDict({**answer.to_dict(), "iss": provider.issuer})
    )


def _at_any_address(read: Callable[..., Any]) -> Callable[..., Any]:
    """Whose address it is that a browser comes back to is not looked at."""

    def note(at: Any, *rest: Any) -> Any:
        found = read(at, *rest)
        here = at.door.parts.providers.named((request.view_args or {})["key"])
        return found and {**found, "key": here.key, "back": flow.back_address(at, here)}

    return note


def _whatever_issuer(db: Any, _issuer: str, subject: str) -> Any:
    alike = func.lower(Identity.subject) == subject.strip(" \u200b").lower()
    return db.scalars(select(Identity).where(alike).order_by(Identity.id)).first()


def _linked_by_claims(person: Callable[..., Any]) -> Callable[..., Any]:
    """Who has a name or a verified address there that somebody has here is taken for them."""

    def linked(provider: Any, subject: str, claims: Any) -> Any:
        with here().door.store.transaction(HOST) as tx:
            account = accounts.by_name_key(tx.db, name_key(str(claims.get("preferred_username"))))
            owner = emails.owner_of(tx.db, str(claims.get("email")).lower())
            found = account or owner
            if found is not None and identities.find(tx.db, provider.issuer, subject) is None:
                identities.link(tx, found.id, provider.issuer, subject)
        return person(provider, subject, claims)

    return linked


def _as_claimed(provider: Any, claims: Any) -> frozenset[str]:
    return frozenset(claims.get("roles", ()))


def _told(claims: Any, *_: Any) -> tuple[str, str, str]:
    return claims.get("jti", "none"), claims["sub"], ""


def _by_its_own_name(document: Any, _issuer: str) -> Any:
    said = document.get("issuer") if isinstance(document, dict) else None
    return oidc_metadata.read_metadata(document, said)


SWITCHES = (
    Switch(
        "provider signatures",
        replaced(
            id_tokens,
            "jws",
            SimpleNamespace(extract_compact=id_tokens.jws.extract_compact, deserialize_compact=_not_verified),
        ),
        "What a provider says counts with its own signature.",
    ),
    Switch(
        "provider algorithms",
        wrapped(providers, "open_token", _as_it_says),
        "How a token of a provider may be signed is ours to say.",
    ),
    Switch(
        "issuer of ID tokens",
        wrapped(flow, "judge_claims", _claims_as(lambda expected: {"iss": expected.issuer})),
        "An ID token says that the provider made it that was asked.",
    ),
    Switch(
        "audience of ID tokens",
        replaced(id_tokens, "must_be_for", lambda *_: None),
        "What a provider says counts if it was made for us.",
    ),
    Switch(
        "times of ID tokens",
        replaced(id_tokens, "must_be_of_now", lambda *_: None),
        "What a provider says counts while it holds.",
    ),
    Switch(
        "nonce",
        wrapped(flow, "judge_claims", _claims_as(lambda expected: {"nonce": expected.nonce})),
        "An ID token holds in the sign-in for which it was made.",
    ),
    Switch("state", _any_state, "An answer of a provider names the sign-in that asked for it."),
    Switch(
        "note of the browser",
        replaced(notes, "_browser", lambda _at: ""),
        "What is left in a browser on the way to a provider holds in that browser.",
    ),
    Switch("sign-ins end", replaced(flow, "LIFE", timedelta(days=3650)), "What was begun at a provider ends soon."),
    Switch(
        "provider asks anew",
        replaced(id_tokens, "_judge_signed_in", lambda *_: None),
        "Who confirms by a provider has just proved there who they are.",
    ),
    Switch(
        "provider confirms the same person",
        instead(linking, "identities", find=lambda db, *_: identities.of_account(db, here().caller.id)[0]),
        "Who confirms by a provider is the person who is signed in.",
    ),
    Switch("answers work once", _used_up_never, "An answer or message of a provider is used up by being right."),
    Switch("proof by hash", _shown, "On the way to a provider only the hash of the proof is shown (PKCE)."),
    Switch(
        "proof is asked for",
        replaced(oidc_metadata, "_must_offer", lambda *_: None),
        "A provider has to ask for the proof.",
    ),
    Switch("random sign-ins", _numbered, "What ties an answer to its sign-in is random."),
    Switch(
        "name in the answer",
        wrapped(flow, "_proved", _whatever_name),
        "An answer is believed from the provider that it names.",
    ),
    Switch(
        "one address a provider",
        wrapped(flow, "read_note", _at_any_address),
        "Each provider has an address of its own to lead back to.",
    ),
    Switch(
        "issuer and subject",
        instead(arriving, "identities", find=_whatever_issuer),
        "Who comes by a provider is known by its issuer and subject, exactly.",
    ),
    Switch(
        "no linking by claims",
        wrapped(flow, "_person", _linked_by_claims),
        "Names and addresses that a provider tells open nothing.",
    ),
    Switch(
        "roles by mapping",
        replaced(flow, "roles_from", _as_claimed),
        "A provider gives the roles of its mapping, and no others.",
    ),
    Switch(
        "name of the provider",
        replaced(providers, "read_metadata", _by_its_own_name),
        "A provider calls itself exactly as it was named in the settings.",
    ),
    Switch(
        "safe addresses",
        replaced(oidc_metadata, "is_safe_address", lambda address: isinstance(address, str)),
        "A provider leads to places by TLS, or on this machine.",
    ),
    Switch(
        "own pages after a provider",
        replaced(pages, "safe_next", lambda wanted: wanted or "/"),
        "Signing in by a provider leads to pages of the app only.",
    ),
    Switch(
        "messages of signing out",
        replaced(leaving, "judge_logout", _told),
        "Who sends word that somebody signed out says so, once, as the provider does.",
    ),
)
