"""The header that carries a program's token: `Authorization: Bearer dw_…` (RFC 6750 section 2.1)."""

from __future__ import annotations

from doorward.core.tokens import looks_like_token

_SCHEME = "bearer"
_LONGEST = 200


def sends_bearer(header: str | None) -> bool:
    """Does the caller want to enter by a token, be it a good one or not? The scheme is written in any case.

    Other schemes are none of ours: a reverse proxy may ask for Basic and hand its header on.
    """
    words = (header or "").split(None, 1)
    return bool(words) and words[0].lower() == _SCHEME


def bearer_token(header: str | None) -> str | None:
    """The token of the header; None where there is none, or where it was not copied in full."""
    if header is None or len(header) > _LONGEST or not sends_bearer(header):
        return None
    value = header.strip()[len(_SCHEME) :].strip()
    return value if looks_like_token(value) else None
