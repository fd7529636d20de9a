"""The way in as people type it, and whether a phone gets in by it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import url_for

from doorward import page_address

from ..models import Poll


def join_address(poll: Poll) -> str:
    return page_address(url_for(".join", code=poll.code))


def only_here(address: str) -> bool:
    """Whether an address leads each machine to itself, so that no phone gets in by it."""
    host = urlsplit(address).hostname or ""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d+){3}", host) is not None


def short_address(address: str) -> str:
    """What people type: without the code, which stands beside it, and without a scheme that browsers guess.

    With a port browsers guess HTTP, and a server that speaks TLS there could only hang up: then the scheme is said.
    """
    guessed = urlsplit(address).scheme == "http" or urlsplit(address).port is None
    return (address.split("://", 1)[-1] if guessed else address).rsplit("/", 1)[0]
