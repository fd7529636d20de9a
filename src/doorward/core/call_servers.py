"""Which servers help two browsers to find each other: STUN of this server, TURN of somebody's (RFC 8445, RFC 8656).

TURN servers are told by nobody who may use them. They believe credentials with an end, made with a secret that they
share with this server ("REST API for access to TURN services", as coturn's `use-auth-secret` knows it): the name is
the second at which it ends, and the password the HMAC-SHA-1 of that name. HMAC does not suffer from what ails SHA-1.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

_TURN = re.compile(r"turns?:(?P<host>\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9.-]+)(:(?P<port>\d{1,5}))?(\?transport=(udp|tcp))?")
#: The one-way name of an account at the TURN server is this long: enough to tell who is who in its log, and no more.
_MARK = 16


@dataclass(frozen=True, slots=True)
class CallServer:
    """One server, as `RTCPeerConnection` takes it.

    Arguments:
        urls: `stun:…`, `turn:…` or `turns:…`.
        username: for TURN only.
        credential: for TURN only.
    """

    urls: str
    username: str = ""
    credential: str = ""

    def as_json(self) -> dict[str, str]:
        """The members of an `RTCIceServer`; empty ones are left out."""
        named = {"urls": self.urls, "username": self.username, "credential": self.credential}
        return {name: value for name, value in named.items() if value}


def read_turn(text: str) -> str:
    """The address of a TURN server, as a setting has it (RFC 7065).

    Errors:
        ValueError: "must be …".
    """
    found = _TURN.fullmatch(text.strip())
    if not found or not 0 < int(found["port"] or 3478) < 65_536:
        raise ValueError("must be an address such as turn:turn.example.org:3478?transport=udp, or turns:…")
    return found[0]


def stun_server(host: str, port: int) -> CallServer:
    """The STUN server at a host name or address (IPv6 without brackets) and port."""
    with contextlib.suppress(ValueError):  # a name
        host = f"[{host}]" if ip_address(host).version == 6 else host
    return CallServer(f"stun:{host}:{port}")


def turn_servers(urls: Sequence[str], secret: str, mark: str, now: datetime, life: timedelta) -> list[CallServer]:
    """TURN servers with credentials that end.

    Arguments:
        urls: from `read_turn`.
        secret: what the TURN servers share with this one.
        mark: a pseudonym of the account, as it may stand in the log of another machine.
        now: aware.
        life: from now to the end. A call that is longer needs new ones.
    """
    username = f"{int((now + life).timestamp())}:{mark[:_MARK]}"
    credential = base64.b64encode(hmac.digest(secret.encode(), username.encode(), hashlib.sha1)).decode()
    return [CallServer(url, username, credential) for url in urls]
