"""The app's own script and style: which there are, and a fingerprint of each for its address."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript"}


def type_of(name: str) -> str | None:
    """The fixed content type of a static file; None for whatever is none."""
    return _TYPES.get(Path(name).suffix)


@cache
def fingerprint(name: str) -> str:
    """Twelve digits that change with the content, so that browsers may keep the file for as long as they like."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
