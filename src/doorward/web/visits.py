"""Visits: browsers that are not signed in, told apart by a signed random cookie. Nothing of them is stored.

A visit gives the forms of a visitor something to tie their CSRF token to, and limits something better to count
by than the address. It ends when the browser signs in: from then on the session takes its place.
"""

from __future__ import annotations

from doorward.core.sessions import new_identifier
from doorward.web.here import Here

_PREFIX = "v."


def new_visit(at: Here) -> str:
    """A fresh visit's cookie value: `v.<random>.<mac>`."""
    random = new_identifier()
    return f"{_PREFIX}{random}.{at.door.keys.mac('visit', random.encode()).hex()}"


def is_visit(value: str) -> bool:
    """Is this the cookie of a visit, not of a session?"""
    return value.startswith(_PREFIX)


def visit_holds(at: Here, value: str) -> bool:
    """Did we make this visit? One that a stranger made up, or another site planted, is refused."""
    random, _, mac = value.removeprefix(_PREFIX).partition(".")
    try:
        code = bytes.fromhex(mac)
        # Written otherwise, the same code would be another browser to the limits.
        return code.hex() == mac and at.door.keys.mac_holds("visit", random.encode(), code)
    except ValueError:
        return False
