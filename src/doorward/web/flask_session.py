"""`flask.session` for apps that use it: a signed cookie with the door's flags. Who somebody is never lives in it."""

from __future__ import annotations

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from doorward.web.cookies import cookie_name
from doorward.web.here import KEY, Here


class DoorSessionInterface(SecureCookieSessionInterface):
    """Flask's own session cookie, whose name and flags follow the real transport."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        # Most requests bring no such cookie: then there is nothing for a signer to check.
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def get_cookie_name(self, app: Flask) -> str:
        return cookie_name("doorward_page", _over_tls())

    def get_cookie_secure(self, app: Flask) -> bool:
        return _over_tls()

    def get_cookie_httponly(self, app: Flask) -> bool:
        return True

    def get_cookie_samesite(self, app: Flask) -> str:
        return "Lax"

    def get_cookie_domain(self, app: Flask) -> None:
        return None

    def get_cookie_path(self, app: Flask) -> str:
        return "/"


def _over_tls() -> bool:
    """As the door knows it; in the request contexts that scripts and tests make by themselves, as these say."""
    at: Here | None = request.environ.get(KEY)
    return request.is_secure if at is None else at.secure
