"""Which part of a file a request wants (RFC 9110 sections 13 and 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Part:
    """What is sent of a file.

    Arguments:
        status: 200 for all, 206 for a part, 304 where the browser has it, 416 where there is no such part.
        start, end: the bytes, the end not included.
    """

    status: int
    start: int = 0
    end: int = 0


def wanted_part(
    size: int, tag: str, *, ranges: str | None = None, if_range: str | None = None, if_none_match: str | None = None
) -> Part:
    """What to send.

    Arguments:
        size: of the file, at least one byte.
        tag: its strong entity tag, with quotes.
        ranges, if_range, if_none_match: the headers of the request.

    Results:
        The whole file where several parts are wanted at once, or something that is no range of bytes: a server may
        leave such a header out of account (RFC 9110 section 14.2), and what many small parts cost is never paid.
    """
    if if_none_match is not None and _names(if_none_match, tag):
        return Part(304)
    whole = Part(200, 0, size)
    if ranges is None or (if_range is not None and if_range.strip() != tag):
        return whole
    match = _ONE.fullmatch(ranges.strip())
    if match is None or match[0] == "bytes=-":
        return whole
    first, last = match[1], match[2]
    if not first:
        count = min(int(last), size)
        return Part(206, size - count, size) if count else Part(416)
    start = int(first)
    end = min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return whole
    return Part(206, start, end) if start < size else Part(416)


def _names(header: str, tag: str) -> bool:
    """Does the list of tags hold this one? Compared weakly, as RFC 9110 section 13.1.2 says."""
    return header.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in header.split(",")]
