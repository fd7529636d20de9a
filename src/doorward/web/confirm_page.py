"""The page that asks again who is there; one page, whether it was opened or stands in the way of a form."""

from __future__ import annotations

from flask import render_template

from doorward.web.factor_state import factor_state
from doorward.web.here import Here
from doorward.web.oidc.linking import has_password, identity_states, provider_confirmed


def confirm_page(at: Here, wanted: str, error: str | None = None, held: str | None = None) -> str:
    """The page, with what the caller's account can answer with: a password, a second factor, a provider.

    Arguments:
        wanted: where to go afterwards.
        error: why the last answer was refused.
        held: the form that waits, sealed (`held_forms`).
    """
    confirmed = provider_confirmed(at)
    return render_template(
        "doorward/fresh.html",
        next=wanted,
        error=error,
        held=held,
        username=at.caller.name,
        factors=factor_state(at),
        has_password=has_password(at) and not confirmed,
        confirmed=confirmed,
        providers=[] if confirmed else [state for state in identity_states(at) if state.id is not None],
    )


def can_keep(at: Here) -> bool:
    """Can one confirm without leaving the page? Whoever goes to a provider leaves behind what the page keeps."""
    return has_password(at) or provider_confirmed(at) or factor_state(at).passkey_here
