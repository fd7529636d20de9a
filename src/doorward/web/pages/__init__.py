"""The pages of the kit: setting up, signing in, account, administration, health, streams."""

from __future__ import annotations

from flask import Blueprint

from doorward.web.pages import (
    account,
    admin,
    admin_tokens,
    factors,
    health,
    invitations,
    live,
    passkeys,
    recovery,
    registration,
    reports,
    second_step,
    security,
    setup,
    signin,
    statics,
    token_sign_in,
    tokens,
    trust,
)


def kit_pages() -> Blueprint:
    """A blueprint with every page of the kit; a new one for each app."""
    pages = Blueprint("doorward", __name__, template_folder="../templates")
    for room in (
        setup,
        signin,
        token_sign_in,
        second_step,
        account,
        factors,
        passkeys,
        tokens,
        admin,
        admin_tokens,
        security,
        invitations,
        registration,
        recovery,
        health,
        live,
        reports,
        statics,
        trust,
    ):
        room.add_to(pages)
    return pages
