"""The page behind a link in a mail. Looking uses nothing up, so that a program which checks mails opens nothing."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request
from flask.typing import ResponseReturnValue

from doorward.errors import NotFound
from doorward.store.mail_models import MailCode
from doorward.web.answers import wants_json
from doorward.web.guesses import look_up
from doorward.web.here import Here
from doorward.web.mail_codes import WrongMailCode, find_link, is_of_this_browser, use_link


def link_page(
    at: Here, purpose: str, link: str, path: str, used: Callable[[MailCode], ResponseReturnValue]
) -> ResponseReturnValue:
    """A button for a link that works here; a sentence for one that does not.

    Arguments:
        purpose: of `store.mail_codes`.
        link: its secret.
        path: where it leads, without the secret.
        used: what follows once it was used.
    """
    at.is_private = True
    found = look_up(at, at.door.limits.setup, lambda: find_link(at, purpose, link))
    if found is None:
        if wants_json():
            raise NotFound("This link is unknown, used or expired.")
        return _page("gone", purpose), 404
    if not is_of_this_browser(at, found):
        if wants_json():
            raise WrongMailCode
        return _page("elsewhere", purpose), 403
    if request.method == "GET":
        return _page("works", purpose, f"{path}/{link}")
    try:
        return used(use_link(at, purpose, link))
    except WrongMailCode:
        if wants_json():
            raise
        return _page("gone", purpose), 404


def _page(state: str, purpose: str, action: str = "") -> str:
    return render_template("doorward/mail_link.html", state=state, purpose=purpose, action=action)
