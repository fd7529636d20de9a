"""Where to go after signing in: only to a page of this very server (OWASP ASVS 3.7.2, no open redirect)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

#: A path that starts with one slash, and no character that a browser would read as something else.
_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def safe_next(wanted: str | None) -> str:
    """`wanted` if it is a path here; otherwise the start page."""
    if not wanted or len(wanted) > 2000 or not _PATH.fullmatch(wanted):
        return "/"
    parts = urlsplit(wanted)
    return "/" if parts.scheme or parts.netloc else wanted
