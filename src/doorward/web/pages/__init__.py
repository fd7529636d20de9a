"""The pages of the kit: setting up, signing in, account, administration, health, streams."""

from __future__ import annotations

from flask import Blueprint

from doorward.web.pages import (
    account,
    admin,
    admin_backups,
    admin_mail,
    admin_people,
    admin_tokens,
    api,
    checks,
    email,
    factors,
    files,
    health,
    invitations,
    invite_many,
    jobs,
    leaving,
    live,
    mail_recovery,
    oidc,
    passkeys,
    recovery,
    registration,
    reports,
    second_step,
    security,
    seen,
    setup,
    signin,
    statics,
    token_sign_in,
    tokens,
    trust,
)


def kit_pages(*, takes_files: bool = False) -> Blueprint:
    """A blueprint with every page of the kit; a new one for each app.

    Arguments:
        takes_files: whether the app has any intake; without one there is no way for files at all.
    """
    pages = Blueprint("doorward", __name__, template_folder="../templates")
    for room in (
        setup,
        signin,
        token_sign_in,
        second_step,
        account,
        jobs,
        leaving,
        factors,
        passkeys,
        oidc,
        tokens,
        admin,
        admin_people,
        admin_tokens,
        security,
        checks,
        seen,
        invitations,
        invite_many,
        registration,
        recovery,
        mail_recovery,
        email,
        admin_mail,
        admin_backups,
        health,
        live,
        reports,
        statics,
        trust,
        api,
    ):
        room.add_to(pages)
    if takes_files:
        files.add_to(pages)
    return pages
