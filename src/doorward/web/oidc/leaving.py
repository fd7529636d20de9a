"""Signing out, where a provider has opened the session: there too, if the person wants; here too, if it says so.

Sources: OpenID Connect RP-Initiated Logout 1.0 (section 2), OpenID Connect Back-Channel Logout 1.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from doorward.core.access import Caller
from doorward.core.id_tokens import OLDEST, SLACK, judge_logout
from doorward.core.oidc_metadata import Untrusted
from doorward.core.providers import Provider
from doorward.errors import BadRequest, NotFound
from doorward.store import identities
from doorward.store.spent import spend
from doorward.web.here import Here
from doorward.web.oidc.flow import journal_problem, short_sid


@dataclass(frozen=True, slots=True)
class WayOut:
    """Where one signs out of a provider."""

    name: str
    address: str


def opener_here(at: Here) -> Provider | None:
    """The provider that opened the caller's session; None where it was opened otherwise."""
    if not at.door.parts.providers or not at.caller.is_signed_in or at.session is None:
        return None
    with at.door.store.reading() as db:
        identity = identities.opener(db, at.session.id)
    return at.door.parts.providers.of_issuer(identity.issuer) if identity is not None else None


def way_out(at: Here, key: str) -> WayOut | None:
    """Where one signs out of this provider too; None if there is none of this key, or it has no such place.

    ID tokens are not kept, so none is sent along: the provider asks the person, as it must then (section 2).
    """
    try:
        provider = at.door.parts.providers.named(key)
    except NotFound:
        return None
    metadata = at.door.parts.providers.metadata_at_hand(provider)
    if metadata is None or metadata.end_session is None:
        return None
    back = {"client_id": provider.client_id, "post_logout_redirect_uri": f"{at.origin}/logout"}
    from authlib.common.urls import add_params_to_uri

    return WayOut(provider.name, add_params_to_uri(metadata.end_session, list(back.items())))


def signed_out_there(at: Here, provider: Provider, token: str) -> None:
    """End the sessions that were opened by what the provider now has ended.

    Arguments:
        token: the logout token, from whoever sent it.

    Errors:
        BadRequest: the provider did not sign this, for us, now, once. ProviderDown: its keys cannot be had.
    """
    try:
        claims, _ = at.door.parts.providers.open_token(provider, token)
        number, subject, sid = judge_logout(claims, provider.issuer, provider.client_id, at.now)
    except Untrusted as problem:
        journal_problem(at, provider, f"logout: {problem}")
        raise BadRequest("This is not a logout token of this provider.") from problem
    sid = short_sid(sid) if sid else ""
    with at.door.store.transaction(Caller(address=at.client.address)) as tx:
        if not spend(tx, f"logout:{provider.key}:{number}", tx.now + OLDEST + SLACK + timedelta(minutes=1)):
            raise BadRequest("This logout token was used before.")
        issuer = provider.issuer
        found = identities.find(tx.db, issuer, subject) if subject else identities.of_sid(tx.db, issuer, sid)
        if found is None:
            return
        ended = identities.end_sessions(tx, found, sid)
        on = f"account:{found.account_id}"
        tx.journal("session.ended_by_provider", on=on, provider=provider.key, sessions_ended=ended)
