"""The text of a request must be UTF-8 (RFC 3629; OWASP ASVS 1.1.1).

Werkzeug lets broken bytes through as replacement text, and an app could not tell that what it stores was never sent.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from flask import request

from doorward.errors import BadRequest
from doorward.web.here import Here


def check(at: Here) -> None:
    """Refuse addresses and forms whose bytes are no text."""
    _must_be_text(at.environ.get("PATH_INFO", "").encode("latin-1"), "address")
    _must_be_text(unquote_to_bytes(at.environ.get("QUERY_STRING", "")), "address")
    if request.mimetype == "application/x-www-form-urlencoded":
        _must_be_text(unquote_to_bytes(request.get_data(cache=True)), "form")


def _must_be_text(raw: bytes, where: str) -> None:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest(f"The {where} contains bytes that are not UTF-8 text.") from None
