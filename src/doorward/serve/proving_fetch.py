"""What the keyboard of the server does for proofs about requests that go out (`doorward.prove.scene.Host`)."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import httpcore

from doorward.core.outbound import Reach
from doorward.core.outbound_hosts import read_grant
from doorward.errors import OutboundFailed, OutboundRefused
from doorward.prove.scene import Outlet
from doorward.web.extension import Doorward
from doorward.web.outbound.asking import ask_for
from doorward.web.outbound.messenger import Messenger
from doorward.web.outbound.network import dial as really_dial
from doorward.web.outbound.outbounds import Outbounds

_SECONDS = 3.0
_trust = cache(ssl.create_default_context)  # reading all authorities takes longer than all the rest
Resolve = Callable[[str], Sequence[str]]
Dial = Callable[[str, int], tuple[str, int]]


def outlets(door: Doorward) -> list[Outlet]:
    """The ways by which requests of the server go out: those of the app, and the kit's own."""
    return [_outlet(reach) for reach in door.parts.outbounds]


def _outlet(reach: Reach) -> Outlet:
    one = reach.outbound
    return Outlet(
        name=one.name,
        hosts=tuple(str(entry) for entry in reach.entries),
        scheme="https" if "https" in one.schemes else "http",
        path=one.paths[0],
        type=one.types[0].replace("*", "html"),
        redirects=one.redirects,
        most=one.most_bytes,
    )


def fetch(
    door: Doorward,
    outlet: str,
    address: str,
    resolve: Resolve,
    dial: Dial,
    granted: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
) -> str:
    """Let one of them fetch an address, in a network of the attack's own; see `Host.fetch`."""

    def led(target: str, port: int, seconds: float) -> httpcore.NetworkStream:
        return really_dial(*dial(target, port), seconds)

    messenger = Messenger(resolve=lambda name, _seconds: resolve(name), dial=led, own=frozenset, trust=_trust())
    grants = tuple(read_grant(f"{outlet}={target}") for target in granted)
    settings = replace(door.settings, outbound_lan=(*door.settings.outbound_lan, *grants))
    outbounds = Outbounds(
        [replace(one, seconds=min(one.seconds, _SECONDS)) for one in door.outbounds], settings, messenger
    )
    reach = next(one for one in outbounds if one.outbound.name == outlet)
    method = next(iter(reach.outbound.methods))
    ask = ask_for(reach.outbound, method, json=None if method in ("GET", "HEAD") else {}, headers=headers)
    try:
        outbounds.fetch(reach.outbound, address, ask)
    except (OutboundRefused, OutboundFailed) as problem:
        return problem.reason
    return ""
