"""Map tiles of another server: which template is good, and which origin a page has to let its pictures come from."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_PARTS = ("{z}", "{x}", "{y}")
_WRONG = "must be an https address with {z}, {x} and {y} once each in its path or query, such as https://tiles.example.org/{z}/{x}/{y}.png"
_REST = re.compile(r"/[\x21-\x7e]*")


@dataclass(frozen=True, slots=True)
class TileLayer:
    """A layer of map tiles in Web Mercator.

    Arguments:
        template: the address of a tile, with {z}, {x} and {y}.
        attribution: whose map it is, as its server asks to be told.
        least, most: the zoom levels that there are.
    """

    template: str
    attribution: str
    least: int
    most: int

    @property
    def origin(self) -> str:
        """Where the tiles come from: scheme, host and port, as a content policy names it."""
        url = urlsplit(self.template)
        return f"{url.scheme}://{url.netloc}"


def read_template(text: str) -> str:
    """The address of tiles, checked.

    Plain HTTP is for the own network alone, by address: tiles tell whoever listens what somebody looks at.

    Errors:
        ValueError: the end of a sentence, "must be …".
    """
    template = text.strip()
    bare = template
    for part in _PARTS:
        if template.count(part) != 1:
            raise ValueError(_WRONG)
        bare = bare.replace(part, "0")
    try:
        url = urlsplit(bare)
        port = url.port
    except ValueError:
        raise ValueError(_WRONG) from None
    host = url.hostname or ""
    plain = url.scheme == "http" and _is_own_network(host)
    netloc = f"[{host}]" if ":" in host else host
    if not host or not (url.scheme == "https" or plain) or url.fragment or "{" in bare or "}" in bare:
        raise ValueError(_WRONG)
    if url.netloc != netloc + (f":{port}" if port else "") or not re.fullmatch(r"[a-z0-9.:\[\]-]+", url.netloc):
        raise ValueError(_WRONG)  # a user name, a star, or a name that is not written as browsers send it
    if urlsplit(template).netloc != url.netloc or not _REST.fullmatch(template.partition(url.netloc)[2]):
        raise ValueError(_WRONG)
    return template


def _is_own_network(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"
