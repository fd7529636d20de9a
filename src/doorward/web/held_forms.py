"""What was typed into a form is kept while its sender proves again who they are: for the rule `fresh`.

The refusal carries the fields along, encrypted for this session, in the page that asks for the password; nothing is
stored. Once that is proved, the person sends the form with one click. Nothing is sent by itself: what a stolen session
prepared is not done by the password that its owner types.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import request

from doorward.core.secrets import SecretError
from doorward.web.checks.csrf import FIELD
from doorward.web.confirm_page import can_keep, confirm_page
from doorward.web.here import Here

_log = logging.getLogger("doorward.held_forms")

_PURPOSE = "held-form"
_LIFE = timedelta(minutes=15)
#: The page that asks for the password must carry it within the largest body of a sign-in.
_LARGEST = 12_000
#: A field that is called like this is never kept: it may hold what proves somebody.
_SECRET = ("password", "code", "token", "secret", "credential", "ticket")


@dataclass(frozen=True, slots=True)
class HeldForm:
    """A form that waits for its sender.

    Arguments:
        path: where it goes.
        fields: what was typed, in its order.
    """

    path: str
    fields: tuple[tuple[str, str], ...]


def refusal_page(at: Here, came_from: str) -> str | None:
    """The page that asks for the password and keeps the form; None where there is nothing that can be kept."""
    held = _hold(at)
    if held is None:
        return None
    try:
        return confirm_page(at, came_from, held=held) if can_keep(at) else None
    except Exception:  # the plain page of refusals says the same
        _log.exception("a form could not be kept")
        return None


def _hold(at: Here) -> str | None:
    if at.session is None or request.method != "POST" or request.mimetype != "application/x-www-form-urlencoded":
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != FIELD]
    if any(word in name.lower() for name, _ in fields for word in _SECRET):
        return None
    kept = json.dumps([request.full_path.rstrip("?"), fields, at.now.isoformat()]).encode()
    return at.door.keys.encrypt(_PURPOSE, kept, owner=_owner(at)) if len(kept) <= _LARGEST else None


def held_form(at: Here, sealed: str) -> HeldForm | None:
    """The form that this session sent before; None when it is not this session's, or too old."""
    if not sealed:
        return None
    try:
        path, fields, since = json.loads(at.door.keys.decrypt(_PURPOSE, sealed, owner=_owner(at)))
    except SecretError:
        return None
    if at.now - datetime.fromisoformat(since) > _LIFE:
        return None
    return HeldForm(path, tuple((name, value) for name, value in fields))


def _owner(at: Here) -> str:
    return f"session:{at.session.id}" if at.session is not None else ""
