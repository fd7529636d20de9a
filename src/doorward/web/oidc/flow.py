"""The way to a provider and back: authorization code with PKCE, bound to this browser, once.

Sources: OpenID Connect Core 1.0 (3.1), RFC 6749 (4.1), RFC 7636 (PKCE), RFC 9207 (the issuer in the answer), RFC 9700.

What the way back must fit lies in an encrypted note in the browser that left: state (RFC 6749 section 10.12), nonce,
the proof of PKCE, and which provider was asked. Each provider has an address of its own to come back to, and names
itself in the answer where it can: so the answer of one is never taken to another (mix-up, RFC 9700 section 4.4).
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from werkzeug.datastructures import MultiDict

from doorward.core.id_tokens import Claims, ClocksDiffer, Expected, judge_claims
from doorward.core.journal import FAILED
from doorward.core.oidc_metadata import Metadata, Untrusted
from doorward.core.providers import Provider, counts_as_second_factor, roles_from
from doorward.core.tokens import token_hash
from doorward.store.spent import spend
from doorward.web.here import Here
from doorward.web.oidc.names import wished_name
from doorward.web.oidc.notes import forget_note, leave_note, read_note
from doorward.web.oidc.problems import Cancelled, FlowLost, ProviderDown, ProviderProblem, WrongTime

COOKIE = "doorward_provider"
LIFE = timedelta(minutes=10)
#: What the person set out for.
SIGN_IN, JOIN, LINK, CONFIRM = "sign-in", "join", "link", "confirm"

_LONGEST_NEXT = 800
_SAID_NO = frozenset({"access_denied", "interaction_required", "login_required", "consent_required"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What the person set out for.

    Arguments:
        purpose: one of those above.
        wanted: where to go afterwards, a path here.
        invitation: the code of the invitation, where one was used.
        account_id: who was signed in, for linking and confirming.
    """

    purpose: str
    wanted: str = "/"
    invitation: str = ""
    account_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """Who it is, as the provider says, checked.

    Arguments:
        provider, subject: which person at which provider.
        roles: what its groups give here.
        strong: whether it asked for a second factor that counts here.
        sid: what its own session is called, hashed; empty if it does not say.
        wished: what the person is called there, as a wish for a name here. It proves nothing.
    """

    provider: Provider
    subject: str
    roles: frozenset[str]
    strong: bool
    sid: str
    wished: str


def begin(at: Here, provider: Provider, begun: Begun) -> str:
    """Leave a note in this browser, and give the address at the provider to go to.

    Errors:
        ProviderDown: it does not say where that is.
    """
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # as httpx: for doors with a provider
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    metadata = _metadata(at, provider)
    state, nonce, proof = (secrets.token_urlsafe(32) for _ in range(3))
    back = back_address(at, provider)
    wanted = begun.wanted if len(begun.wanted) <= _LONGEST_NEXT else "/"
    leave_note(
        at, COOKIE, LIFE, key=provider.key, state=state, nonce=nonce, proof=proof, back=back,
        purpose=begun.purpose, wanted=wanted, invitation=begun.invitation, account_id=begun.account_id,
    )  # fmt: skip
    # Whoever confirms proves it there anew, however long the provider has known the browser (OIDC Core 3.1.2.1).
    anew = {"max_age": "0", "prompt": "login"} if begun.purpose == CONFIRM else {}
    return str(
        prepare_grant_uri(
            metadata.authorization,
            client_id=provider.client_id,
            response_type="code",
            redirect_uri=back,
            scope=" ".join(provider.scopes),
            state=state,
            nonce=nonce,
            response_mode="query",
            code_challenge=create_s256_code_challenge(proof),
            code_challenge_method="S256",
            **anew,
        )
    )


def back_address(at: Here, provider: Provider) -> str:
    """Where the provider sends the browser back to: under the very host where it left, since its cookies are there."""
    return f"{at.origin}/login/oidc/{provider.key}/callback"


def finish(at: Here, provider: Provider, answer: MultiDict[str, str]) -> tuple[Begun, Proved]:
    """What the person set out for, and who it is.

    Arguments:
        provider: to whose address the browser came back.
        answer: the parameters of that address.

    Errors:
        FlowLost, Cancelled, WrongTime, ProviderProblem, ProviderDown: nobody is proved; the journal says why.
    """
    note = _use_note(at, provider, answer)
    try:
        proved = _proved(at, provider, note, answer)
    except ClocksDiffer as problem:
        journal_problem(at, provider, str(problem))
        raise WrongTime from problem
    except Untrusted as problem:
        journal_problem(at, provider, str(problem))
        raise ProviderProblem from problem
    except ProviderDown as problem:
        journal_problem(at, provider, problem.reason)
        raise
    names = ("purpose", "wanted", "invitation", "account_id")
    return Begun(**{name: note[name] for name in names}), proved


def _use_note(at: Here, provider: Provider, answer: MultiDict[str, str]) -> dict[str, Any]:
    """The note of this browser, if this is the answer to it; it works once, whatever the answer is."""
    note = read_note(at, COOKIE, LIFE)
    state = _one(answer, "state")
    why = "no sign-in under way" if note is None else ""
    if note is not None and not hmac.compare_digest(note["state"].encode(), state.encode()):
        why = "wrong state"
    elif note is not None and (note["key"] != provider.key or note["back"] != back_address(at, provider)):
        why = "answer for another provider"
    if note is None or why:
        journal_problem(at, provider, why)
        raise FlowLost
    forget_note(at, COOKIE)
    with at.door.store.transaction(at.caller) as tx:
        is_first = spend(tx, f"provider:{state}", tx.now + LIFE)
    if not is_first:
        journal_problem(at, provider, "answer used before")
        raise FlowLost
    return note


def _proved(at: Here, provider: Provider, note: dict[str, Any], answer: MultiDict[str, str]) -> Proved:
    metadata = at.door.parts.providers.metadata(provider)
    issuer = _one(answer, "iss")
    if (issuer or metadata.says_issuer) and issuer != provider.issuer:  # RFC 9207 section 2.4
        raise Untrusted("answer of another issuer")
    if "error" in answer:
        journal_problem(at, provider, "said no" if _one(answer, "error") in _SAID_NO else "answered with an error")
        raise Cancelled
    tokens = _exchange(at, provider, metadata, _one(answer, "code"), note)
    claims, algorithm = at.door.parts.providers.open_token(provider, tokens["id_token"])
    since = datetime.fromtimestamp(note["at"], UTC) if note["purpose"] == CONFIRM else None
    expected = Expected(
        issuer=provider.issuer,
        client_id=provider.client_id,
        nonce=note["nonce"],
        access_token=tokens["access_token"],
        signed_in_since=since,
    )
    subject = judge_claims(claims, algorithm, expected, at.now)
    return _person(provider, subject, claims)


def _person(provider: Provider, subject: str, claims: Claims) -> Proved:
    sid = claims.get("sid")
    return Proved(
        provider=provider,
        subject=subject,
        roles=roles_from(provider, claims),
        strong=counts_as_second_factor(provider, claims),
        sid=short_sid(sid) if isinstance(sid, str) and sid else "",
        wished=wished_name(claims),
    )


def short_sid(sid: str) -> str:
    """A session identifier of the provider as we keep it: hashed, of a fixed length."""
    return token_hash(f"sid:{sid}")[:32]


def _exchange(at: Here, provider: Provider, metadata: Metadata, code: str, note: dict[str, Any]) -> dict[str, str]:
    """Trade the code for the ID token, at the provider itself, with the proof that we asked (RFC 7636 section 4.5)."""
    if not code:
        raise Untrusted("answer without a code")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": note["back"],
        "code_verifier": note["proof"],
        "client_id": provider.client_id,
    }
    headers: dict[str, str] = {}
    if provider.client_secret is not None and "client_secret_basic" in metadata.client_auth:
        from authlib.oauth2.auth import ClientAuth

        # Both are written as in a form before they are joined (RFC 6749 section 2.3.1), which Authlib leaves to us.
        auth = ClientAuth(quote(provider.client_id, safe=""), quote(provider.client_secret, safe=""))
        auth.prepare("POST", metadata.token, headers, "")
    elif provider.client_secret is not None:
        form["client_secret"] = provider.client_secret
    status, found = at.door.parts.providers.fetcher.post(metadata.token, form, headers)
    if status != 200 or not isinstance(found, dict):
        raise Untrusted("provider did not accept the code")
    tokens = {name: found.get(name) for name in ("id_token", "access_token")}
    if not isinstance(tokens["id_token"], str):
        raise Untrusted("no ID token came")
    return {name: value if isinstance(value, str) else "" for name, value in tokens.items()}


def _one(answer: MultiDict[str, str], name: str) -> str:
    """A parameter that came once and is of a bearable length; empty otherwise."""
    values = answer.getlist(name)
    return values[0] if len(values) == 1 and len(values[0]) <= 4_000 else ""


def _metadata(at: Here, provider: Provider) -> Metadata:
    try:
        return at.door.parts.providers.metadata(provider)
    except ProviderDown as problem:
        journal_problem(at, provider, problem.reason)
        raise


def journal_problem(at: Here, provider: Provider, reason: str) -> None:
    """Write down why a sign-in by a provider did not work; a bounded number for each address."""
    if at.door.limits.may_journal(at.door.limiter, at.client.address):
        with at.door.store.transaction(at.caller) as tx:
            tx.journal("identity.refused", on=f"provider:{provider.key}", outcome=FAILED, reason=reason)
