"""Whom the server believes when forwarded headers say who the client is."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.checks.settings import is_local
from doorward.prove.findings import Finding, Severity
from doorward.setting_kinds import Network

WIDE = Kind(
    "proxy.wide",
    "Forwarded headers are believed from very many addresses",
    Severity.HIGH,
    "Whoever sends from such an address says which client they are: limits, lockouts and the journal then count lies.",
    "Name the addresses of your own proxies only, such as 127.0.0.1 or 10.0.3.7.",
    ("4.1.3", "15.3.4"),
)
PORT_OPEN = Kind(
    "proxy.port-listens",
    "The port behind the proxy listens to everybody",
    Severity.MEDIUM,
    "Whoever reaches the port goes around the proxy, over plain HTTP.",
    "Set host to the address at which only the proxy reaches the server, such as 127.0.0.1, or close the port.",
    ("12.2.1", "13.2.4"),
)
NO_NAME = Kind(
    "proxy.no-public-name",
    "A proxy, and no name that people use",
    Severity.LOW,
    "The server answers only for names it knows; behind a proxy it cannot find out those that people type.",
    "Set public_url, or hosts, to the name in people's address bar.",
    ("4.1.3",),
)

_HIGH = {4: 12, 6: 24}
_MEDIUM = {4: 24, 6: 56}
_MEDIUM_PRIVATE = {4: 16, 6: 48}


def check(facts: Facts) -> Iterator[Finding]:
    """The named proxies, and where the server listens behind them."""
    settings = facts.settings
    for network in settings.behind_proxy:
        if severity := _width(network):
            text = f"Every one of {network.num_addresses:,} addresses in {network} may say who the client is."
            yield WIDE.found(text, "behind_proxy", severity=severity)
    if settings.behind_proxy and not is_local(settings.host):
        yield PORT_OPEN.found(f"The server listens on {settings.host}, in plain HTTP, behind a proxy.", "host")
    if settings.behind_proxy and not settings.hosts and settings.public_url is None:
        yield NO_NAME.found("No public name is set.", "public_url")


def _width(network: Network) -> Severity | None:
    length, version = network.prefixlen, network.version
    if network.is_loopback:
        return Severity.LOW if length < (24 if version == 4 else 128) else None
    if not network.is_private and length <= _HIGH[version]:
        return Severity.HIGH
    if length < (_MEDIUM_PRIVATE if network.is_private else _MEDIUM)[version]:
        return Severity.MEDIUM
    return None
