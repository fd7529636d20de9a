"""Small things that apps need from the door: keyed hashes and addresses."""

from __future__ import annotations

from doorward.web.here import here


def keyed_hash(purpose: str, text: str) -> str:
    """A pseudonym: HMAC-SHA256 with a key of this server and this purpose. 64 hexadecimal digits.

    Whoever steals the database alone cannot compute it, nor tie two purposes together. It is made with the oldest
    key, so that it stays the same when `doorward rotate-keys` puts a new one in front.
    """
    return here().door.keys.mac_all(f"app:{purpose}", text.encode())[-1].hex()


def page_address(path: str) -> str:
    """The absolute address of `path`, as people reach this server; for links and QR codes.

    The host is the one of this request, which the allow-list has let in, or the setting `public_url`.
    """
    at = here()
    base = at.door.settings.public_url or at.origin
    return f"{base.rstrip('/')}{path}"
