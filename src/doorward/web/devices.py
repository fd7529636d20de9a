"""Browsers that an account has signed in from, so that strangers cannot lock its owner out (OWASP: device cookies).

A signed cookie lists the accounts that this browser has signed in to, each with a random mark. It opens nothing; it
only lets failures of this browser count apart from those of strangers. Nothing of it is stored on the server.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from doorward.core.secrets import SecretError
from doorward.web.cookies import DEVICES, cookie_header, read_cookie
from doorward.web.here import Here

_PURPOSE = "devices"
_MOST = 8
_LIFE = timedelta(days=365)


def known_browser(at: Here, account_id: str) -> str | None:
    """The mark of this browser for the account; None for a browser the account has never signed in from."""
    return _known(at).get(account_id)


def is_known_here(at: Here) -> bool:
    """Has anybody signed in from this browser?"""
    return bool(_known(at))


def known_accounts(at: Here) -> tuple[str, ...]:
    """The accounts that have signed in from this browser. No account is looked up."""
    return tuple(_known(at))


def remember_browser(at: Here, account_id: str) -> None:
    """From now on this browser is known to the account."""
    known = _known(at)
    known.pop(account_id, None)
    newest = [*known.items(), (account_id, secrets.token_hex(8))][-_MOST:]
    value = " ".join(f"{account}={mark}" for account, mark in newest)
    signed = at.door.keys.sign(_PURPOSE, value, at.now)
    at.set_cookies.append(cookie_header(at, DEVICES, signed, _LIFE))


def _known(at: Here) -> dict[str, str]:
    signed = read_cookie(at, DEVICES)
    if not signed:
        return {}
    try:
        value = at.door.keys.unsign(_PURPOSE, signed, _LIFE, at.now)
    except SecretError:
        return {}
    pairs = (pair.partition("=") for pair in value.split())
    return {account: mark for account, _, mark in pairs if mark}
