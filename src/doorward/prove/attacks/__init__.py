"""All attacks, in the order in which they are tried and reported. One room of attacks a file."""

from __future__ import annotations

from doorward.prove.attack import Attack
from doorward.prove.attacks import (
    access,
    accounts,
    app,
    backups,
    bare,
    clients,
    codes,
    cookies,
    csrf,
    errors,
    floods,
    guessing,
    guessing_places,
    headers,
    injection,
    journal,
    markup,
    oidc_accounts,
    oidc_flow,
    oidc_signed_in,
    oidc_tokens,
    outbound,
    passwords,
    published,
    recovery,
    redirects,
    secrets,
    sessions,
    sockets,
    stream_opening,
    streams,
    tls,
    token_life,
    tokens,
    unasked,
    uploads,
    uploads_given,
    ways_in,
)

ALL: tuple[Attack, ...] = (
    *access.ATTACKS,
    *published.ATTACKS,
    *csrf.ATTACKS,
    *headers.ATTACKS,
    *cookies.ATTACKS,
    *sessions.ATTACKS,
    *guessing.ATTACKS,
    *guessing_places.ATTACKS,
    *journal.ATTACKS,
    *secrets.ATTACKS,
    *backups.ATTACKS,
    *markup.ATTACKS,
    *passwords.ATTACKS,
    *injection.ATTACKS,
    *unasked.ATTACKS,
    *redirects.ATTACKS,
    *outbound.ATTACKS,
    *uploads.ATTACKS,
    *uploads_given.ATTACKS,
    *errors.ATTACKS,
    *app.ATTACKS,
    *sockets.ATTACKS,
    *floods.ATTACKS,
    *tls.ATTACKS,
    *codes.ATTACKS,
    *recovery.ATTACKS,
    *accounts.ATTACKS,
    *tokens.ATTACKS,
    *token_life.ATTACKS,
    *oidc_tokens.ATTACKS,
    *oidc_flow.ATTACKS,
    *oidc_accounts.ATTACKS,
    *oidc_signed_in.ATTACKS,
    *streams.ATTACKS,
    *stream_opening.ATTACKS,
    *clients.ATTACKS,
    *ways_in.ATTACKS,
)

#: With those that are tried on an app without a door only.
EVERY: tuple[Attack, ...] = (*ALL, *bare.ATTACKS)


def attack_of(attack_id: str) -> Attack | None:
    """The attack with this id; None if there is none."""
    return next((one for one in EVERY if one.id == attack_id), None)
