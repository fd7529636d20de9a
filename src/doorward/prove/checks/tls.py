"""Where anything travels without encryption."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.checks.settings import is_local
from doorward.prove.findings import Finding, Severity

PLAIN = Kind(
    "tls.plain-http",
    "Plain HTTP beyond this machine",
    Severity.HIGH,
    "Anyone on the network reads the passwords and takes over the sessions.",
    "Remove plain_http: the server then makes certificates of its own. Or put a proxy with TLS in front.",
    ("12.2.1", "3.3.1", "3.4.1"),
)
SERVICE = Kind(
    "tls.service",
    "A service beyond this machine is asked without encryption",
    Severity.MEDIUM,
    "Its password, and what is exchanged with it, can be read and changed on the way.",
    "Use the encrypted form: rediss://, https://.",
    ("12.3.1", "12.3.3"),
)

_PLAIN_SCHEMES = ("http", "redis")


def check(facts: Facts) -> Iterator[Finding]:
    """The server's own transport, and that of the services it uses."""
    settings = facts.settings
    if settings.plain_http and not settings.behind_proxy and not is_local(settings.host):
        yield PLAIN.found(f"The server speaks plain HTTP on {settings.host}.", "plain_http")
    elif settings.plain_http:
        text = "plain_http is set, and has no effect here."
        yield PLAIN.found(text, "plain_http", severity=Severity.NOTE, mend="Remove plain_http.")
    for name in ("redis_url", "ai_base_url", "files_url"):
        if _is_plain(getattr(settings, name)):
            yield SERVICE.found(f"{name} names a service elsewhere, without encryption.", name)


def _is_plain(url: str | None) -> bool:
    try:
        parts = urlsplit(url or "")
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in _PLAIN_SCHEMES and bool(host) and not is_local(host)
