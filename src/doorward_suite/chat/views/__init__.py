"""The pages and addresses of chat, a few lines each: who may enter stands above, what happens in `actions`."""

from __future__ import annotations

from . import calls, exporting, installing, keeping, messages, notices, people, rooms, search, server_keeping
from .base import blueprint

__all__ = [
    "blueprint",
    "calls",
    "exporting",
    "installing",
    "keeping",
    "messages",
    "notices",
    "people",
    "rooms",
    "search",
    "server_keeping",
]
