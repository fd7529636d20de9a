"""Notes that this server leaves in a browser for some minutes: encrypted, for one purpose, in this browser only.

They stand for what would otherwise be rows about visitors. What works once is spent when it is used (`store/spent.py`).
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from doorward.core.secrets import AHEAD, SecretError
from doorward.core.sessions import identifier_hash
from doorward.web.cookies import cookie_header, read_cookie
from doorward.web.here import Here

#: Browsers keep cookies of 4 KiB.
_LONGEST = 3_800


def leave_note(at: Here, name: str, life: timedelta, **content: Any) -> None:
    """Leave a note in this browser, in place of one of the same name."""
    plain = json.dumps({**content, "at": at.now.timestamp()}, separators=(",", ":")).encode()
    sealed = at.door.keys.encrypt(f"note:{name}", plain, _browser(at))
    if len(sealed) > _LONGEST:
        raise ValueError("the note is too long for a cookie")
    at.set_cookies.append(cookie_header(at, name, sealed, life))


def read_note(at: Here, name: str, life: timedelta) -> dict[str, Any] | None:
    """The note, if it was left in this very browser and not longer ago than `life`."""
    at.is_private = True
    sealed = read_cookie(at, name)
    if not sealed:
        return None
    try:
        content = json.loads(at.door.keys.decrypt(f"note:{name}", sealed, _browser(at)))
    except (SecretError, ValueError):
        return None
    age = at.now - datetime.fromtimestamp(content["at"], at.now.tzinfo)
    return content if -AHEAD <= age <= life else None


def forget_note(at: Here, name: str) -> None:
    """Take the note out of this browser."""
    at.set_cookies.append(cookie_header(at, name, "", timedelta(0)))


def _browser(at: Here) -> str:
    at.caller  # noqa: B018  (looking up the caller tells whether the cookie is one of ours)
    return identifier_hash(at.identifier or "")
