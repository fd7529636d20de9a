"""Small things that apps need from the door: keyed hashes and addresses."""

from __future__ import annotations

from datetime import datetime

from doorward.core.transport import is_loopback
from doorward.store.backup import last_mark, made_at
from doorward.web.here import here


def keyed_hash(purpose: str, text: str) -> str:
    """A pseudonym: HMAC-SHA256 with a key of this server and this purpose. 64 hexadecimal digits.

    Whoever steals the database alone cannot compute it, nor tie two purposes together. It is made with the oldest
    key, so that it stays the same when `doorward rotate-keys` puts a new one in front.
    """
    return here().door.keys.mac_all(f"app:{purpose}", text.encode())[-1].hex()


def last_backup() -> datetime | None:
    """The moment whose records the last backup of this server holds; None where there is none."""
    return made_at(last_mark(here().door.settings.data))


def page_address(path: str) -> str:
    """The absolute address of `path`, as people reach this server; for links and QR codes.

    The setting `public_url`, or the host of this request, which the allow-list has let in. Where that is this
    machine's own loopback, which no phone can open, the address on the network stands in its place if there is one.
    """
    at = here()
    base = at.door.settings.public_url or at.origin
    if is_loopback(at.client.host) and at.door.network_address:
        base = at.door.settings.public_url or at.door.network_address
    return f"{base.rstrip('/')}{path}"
