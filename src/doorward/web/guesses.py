"""Links with a secret in them: every try with a wrong one counts, and a right one does not (OWASP ASVS 6.3.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from doorward.core.limits import Limit
from doorward.core.transport import address_group
from doorward.web.here import Here

T = TypeVar("T")


def look_up(at: Here, limit: Limit, find: Callable[[], T | None]) -> T | None:
    """What the link of this request leads to, if it leads anywhere.

    Arguments:
        limit: how many wrong ones an address may try.
        find: looks the secret up; None or false when it is wrong.

    Errors:
        Limited: too many wrong ones came from this address.
    """
    taken = at.door.limiter.take(limit, address_group(at.client.address))
    found = find()
    if found:
        at.door.limiter.give_back(taken)
    return found or None
