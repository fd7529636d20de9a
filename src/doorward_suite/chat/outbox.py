"""What a page's outbox sends at once: read strictly, since it comes as one field of a form."""

from __future__ import annotations

import json
from typing import Any

from doorward import Invalid

from .access import LARGEST
from .actions import previews
from .actions.posting import MOST_AT_ONCE, Draft

_WRONG = f"Send a list of 1 to {MOST_AT_ONCE} messages, each with room, text and client."


def outbox_in(text: str) -> list[tuple[int, Draft]]:
    """The messages, each with its room.

    Arguments:
        text: a JSON list of objects with `room`, `text`, `client`, and perhaps `thread` and `reply_to`.

    Errors:
        Invalid: it is none.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not 0 < len(found) <= MOST_AT_ONCE:
        raise Invalid({"messages": _WRONG})
    return [_one(given) for given in found]


def _one(given: Any) -> tuple[int, Draft]:
    if not isinstance(given, dict):
        raise Invalid({"messages": _WRONG})
    room, thread, answers = (_number(given.get(name)) for name in ("room", "thread", "reply_to"))
    said, client = given.get("text"), given.get("client")
    if not (room and isinstance(said, str) and isinstance(client, str) and client):
        raise Invalid({"messages": _WRONG})
    return room, Draft(said, client, thread, answers or None, link=previews.link_in(said))


def _number(value: Any) -> int:
    """A number as the script has it: as one, as digits, or as nothing."""
    if value in (None, "", 0):
        return 0
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20 else value
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= LARGEST:
        raise Invalid({"messages": _WRONG})
    return number
