"""Cookies: names and flags follow the transport that is really there (law 6; OWASP ASVS 3.3.1 to 3.3.4)."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request
from werkzeug.http import dump_cookie

from doorward.core.secrets import SecretError
from doorward.web.here import Here, here

SESSION = "doorward"
DEVICES = "doorward_devices"
_YEAR = timedelta(days=365)


def cookie_name(name: str, secure: bool) -> str:
    """Over TLS the `__Host-` prefix: no sub-domain and no plain page can set or widen the cookie (RFC 6265bis)."""
    return f"__Host-{name}" if secure else name


def read_cookie(at: Here, name: str) -> str | None:
    """The raw value of a cookie of ours."""
    return request.cookies.get(cookie_name(name, at.secure))


def cookie_header(at: Here, name: str, value: str, max_age: timedelta | None) -> str:
    """A `Set-Cookie` value with the right flags.

    Arguments:
        max_age: how long the browser keeps it; None until it is closed; zero or less deletes it.
    """
    same_site = at.door.settings.cookie_samesite.capitalize() if at.secure else "Lax"
    return dump_cookie(
        cookie_name(name, at.secure),
        value,
        max_age=max_age,
        path="/",
        secure=at.secure,
        httponly=True,
        samesite=same_site,
        partitioned=same_site == "None",
    )


def remember(response: Response | None, name: str, value: str, days: int = 365) -> None:
    """Give the browser a signed cookie, which `recall` reads back. Its content is readable, but not forgeable.

    Arguments:
        response: what carries it; None for whatever answers the running request.
        name: the cookie's name; also what it is for, since each name has a key of its own.
        value: what to remember; no secret.
        days: after how many days it is void, in the browser and here.
    """
    at = here()
    signed = at.door.keys.sign(f"cookie:{name}", f"{days}.{value}", at.now)
    header = cookie_header(at, name, signed, timedelta(days=days))
    if response is None:
        at.set_cookies.append(header)
        at.is_private = True
    else:
        response.headers.add("Set-Cookie", header)


def recall(name: str, days: int | None = None) -> str | None:
    """What `remember` put into this browser; None if there is nothing, or it is forged or too old.

    Arguments:
        name: as it was remembered.
        days: ask for something younger than it was remembered for.
    """
    at = here()
    at.is_private = True  # the answer depends on this browser
    signed = read_cookie(at, name)
    if signed is None:
        return None
    try:
        return _unsigned(at, f"cookie:{name}", signed, days)
    except SecretError:
        return None


def _unsigned(at: Here, purpose: str, signed: str, days: int | None) -> str:
    promised, _, value = at.door.keys.unsign(purpose, signed, None, at.now).partition(".")
    lasts = int(promised) if days is None else min(days, int(promised))
    at.door.keys.unsign(purpose, signed, timedelta(days=lasts), at.now)
    return value
