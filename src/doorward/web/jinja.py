"""What every template may use: the token, the nonce, the person, the addresses of static files."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, get_flashed_messages, request
from werkzeug.local import LocalProxy

from doorward.core.access import Caller
from doorward.store import accounts
from doorward.web import intakes
from doorward.web.checks.csrf import csrf_token
from doorward.web.here import here
from doorward.web.script_words import script_words

if TYPE_CHECKING:
    from doorward.web.extension import Doorward

STATIC = Path(__file__).parent / "static"


def current_caller() -> Caller:
    """Who sends the running request: the actor for actions."""
    return here().caller


#: The person who is signed in; false for visitors.
current_account: Any = LocalProxy(current_caller)


def csp_nonce() -> str:
    """The nonce that the scripts of this page carry."""
    return here().nonce


def awaits_set_up() -> bool:
    """Is the first administrator still to be set up? Asked by the start page; once there is one, nobody is asked."""
    door = here().door
    if door.was_set_up or not door.settings.admin_enabled:
        return False
    with door.store.reading() as db:
        door.was_set_up = accounts.has_administrator(db)
    return not door.was_set_up


def how_many_wait() -> int:
    """How many people wait for an administrator's approval, for the pages of administration."""
    with here().door.store.reading() as db:
        return accounts.how_many_wait(db)


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def door_static(name: str) -> str:
    """The address of a static file of the kit; it changes with the content, so that browsers may keep it."""
    return f"/doorward/static/{name}?v={_fingerprint(name)}"


def as_it_is(text: str, **values: object) -> str:
    """A text of the kit's pages, for apps that do not translate. An app that does gives its templates another `_`."""
    return text % values if values else text


def install(app: Flask, door: Doorward) -> None:
    """Give these to the templates of `app`."""
    app.jinja_env.globals.setdefault("_", as_it_is)
    app.jinja_env.globals.update(
        csrf_token=csrf_token,
        csp_nonce=csp_nonce,
        current_account=current_account,
        door_static=door_static,
        awaits_set_up=awaits_set_up,
        how_many_wait=how_many_wait,
        upload_hint=intakes.upload_hint,
        uploads_so_far=intakes.uploads_so_far,
        script_words=script_words,
    )

    @app.context_processor
    def site() -> dict[str, Any]:
        return {
            "site_name": door.settings.site_name,
            "nav": [(label, href, request.path.startswith(href)) for label, href in door.nav],
            "single_password": door.settings.admin_password is not None,
            "admin_enabled": door.settings.admin_enabled,
            "session_per_tab": door.settings.session_per_tab,
            "takes_tokens": bool(door.scopes),
            "messages": get_flashed_messages(with_categories=True),
        }
