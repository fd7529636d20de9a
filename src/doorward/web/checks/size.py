"""Second: the body must be small enough, before anything parses it (OWASP ASVS 5.2.1, 15.2.2)."""

from __future__ import annotations

from flask import request

from doorward.errors import BadRequest, TooLarge
from doorward.web.here import Here

#: More than any size has; Python refuses to read very long numbers.
_MOST_DIGITS = 18


def check(at: Here) -> None:
    """Refuse by the announced length; a body without one is cut off by the parser at the same size."""
    cap = body_cap(at)
    request.max_content_length = cap
    request.max_form_memory_size = cap
    announced = at.environ.get("CONTENT_LENGTH") or "0"
    if not (announced.isdecimal() and announced.isascii()):
        raise BadRequest("The length of the request is not a number.")
    if len(announced) > _MOST_DIGITS or int(announced) > cap:
        raise TooLarge(f"The request is larger than the {_in_words(cap)} that this page accepts.")


def body_cap(at: Here) -> int:
    """The largest body of this route, in bytes."""
    declared = at.demand.max_body if at.demand else None
    if isinstance(declared, int):
        return declared
    size: int = getattr(at.door.settings, declared or "max_body")
    return size


def _in_words(size: int) -> str:
    return f"{size // 1024:,} KiB" if size >= 1024 else f"{size} bytes"
