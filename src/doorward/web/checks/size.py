"""Second: the body must be small enough, before anything parses it (OWASP ASVS 5.2.1, 15.2.2)."""

from __future__ import annotations

import io
from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from doorward.errors import BadRequest, TooLarge
from doorward.web.here import Here

#: As the `max_body` of a route: the largest file that any intake of the app takes.
LARGEST_FILE = "the largest file"
#: More than any size has; Python refuses to read very long numbers.
_MOST_DIGITS = 18


def check(at: Here) -> None:
    """Refuse by the announced length; a body without one is refused as soon as more than the cap has been read."""
    cap = body_cap(at)
    request.max_content_length = cap + 1  # so that reading meets the byte too many, and does not stop before it
    request.max_form_memory_size = cap
    announced = at.environ.get("CONTENT_LENGTH")
    if not announced:
        at.environ["wsgi.input"] = CappedBody(at.environ["wsgi.input"], cap)
        return
    if not (announced.isdecimal() and announced.isascii()):
        raise BadRequest("The length of the request is not a number.")
    if len(announced) > _MOST_DIGITS or int(announced) > cap:
        raise TooLarge(f"The request is larger than the {_in_words(cap)} that this page accepts.")


def body_cap(at: Here) -> int:
    """The largest body of this route, in bytes."""
    declared = at.demand.max_body if at.demand else None
    if at.demand and at.demand.takes and request.mimetype == "multipart/form-data":
        return at.demand.takes.largest_form
    if declared == LARGEST_FILE:
        return max(intake.max_bytes for intake in at.door.intakes.values())
    if isinstance(declared, int):
        return declared
    size: int = getattr(at.door.settings, declared or "max_body")
    return size


def _in_words(size: int) -> str:
    return f"{size // 1024:,} KiB" if size >= 1024 else f"{size} bytes"


class CappedBody(io.RawIOBase):
    """A body of unknown length that is an error, and not cut short, where it grows too large.

    Arguments:
        stream: the server's `wsgi.input`.
        cap: how many bytes it may have.
    """

    def __init__(self, stream: Any, cap: int) -> None:
        self._stream = stream
        self._left = cap

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Raises RequestEntityTooLarge with the first byte beyond the cap."""
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise RequestEntityTooLarge
        buffer[: len(data)] = data
        return len(data)
