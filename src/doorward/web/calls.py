"""Calls, as apps need them from the door: which servers help two browsers to find each other."""

from __future__ import annotations

from doorward.core.call_servers import stun_server, turn_servers
from doorward.core.transport import host_name, is_loopback
from doorward.settings import Settings
from doorward.web.helpers import keyed_hash
from doorward.web.here import here

_EVERY_ADDRESS = ("0.0.0.0", "::", "")  # nosec B104


def stun_host(settings: Settings) -> str | None:
    """The address at which the STUN server listens; None where there is none.

    A server that only this machine reaches has none: whoever calls there has no address to find out.
    """
    if not settings.calls or settings.stun_port == 0 or settings.turn_only:
        return None  # who is only relayed has no address to find out
    return settings.stun_host or (None if is_loopback(settings.host) else settings.host)


def call_servers() -> list[dict[str, str]] | None:
    """The servers for calls of whoever asks, as `RTCPeerConnection` takes them under `iceServers`.

    None where the setting `calls` is off. An empty list is well: calls then connect on one network. Give it only to
    people who may call: what stands in it for a TURN server works for the setting `turn_life`.
    """
    at = here()
    settings = at.door.settings
    if not settings.calls:
        return None
    found = []
    listening = stun_host(settings)
    if listening is not None:
        host = host_name(at.client.host) if listening in _EVERY_ADDRESS else listening
        found.append(stun_server(host, settings.stun_port))
    if settings.turn_secret is not None:
        mark = keyed_hash("calls:turn", at.caller.account_id or at.caller.visitor)
        found += turn_servers(settings.turn_servers, settings.turn_secret, mark, at.now, settings.turn_life)
    return [one.as_json() for one in found]


def calls_only_relayed() -> bool:
    """Whether browsers may meet at the TURN servers alone (the setting `turn_only`): none learns another's address.

    What a page passes to `RTCPeerConnection` as `iceTransportPolicy` is then `relay` (RFC 8828, mode 4).
    """
    return here().door.settings.turn_only
