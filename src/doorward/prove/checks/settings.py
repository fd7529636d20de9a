"""Settings that open more than a server for others should."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity

DEBUG = Kind(
    "settings.debug",
    "Debug mode",
    Severity.HIGH,
    "An error page then shows source and values to whoever caused it.",
    "Remove DOORWARD_DEBUG.",
    ("13.4.2", "16.5.1"),
)
DEVELOPMENT = Kind(
    "settings.development",
    "Environment development",
    Severity.HIGH,
    "In development, unsafe settings are only pointed out and do not stop the start.",
    "Remove DOORWARD_ENV, or set it to production.",
    ("13.4.2",),
)
LARGE_BODY = Kind(
    "settings.large-body",
    "Very large requests everywhere",
    Severity.LOW,
    "Anybody can make the server read and hold that much, before it knows who they are.",
    "Leave max_body small, and widen it on the routes that need it: @access.max_body(…).",
    ("5.2.1", "15.2.2"),
)
SLOW_BODY = Kind(
    "settings.slow-body",
    "Much patience with slow requests",
    Severity.LOW,
    "A few clients that send a byte at a time keep the server's threads busy for that long.",
    "Leave body_timeout at half a minute or so.",
    ("15.2.2",),
)
DEBUG_LOG = Kind(
    "settings.debug-log",
    "Debug lines in the log",
    Severity.LOW,
    "Debug lines of libraries can hold what people sent.",
    "Set log_level to info.",
    ("16.2.5",),
)
PLAIN_LINKS = Kind(
    "settings.plain-links",
    "Links to plain HTTP",
    Severity.MEDIUM,
    "Invitations, resets and QR codes send people to an address at which everybody on the way reads along.",
    "Write https:// in public_url.",
    ("12.2.1",),
)
OPEN_REGISTRATION = Kind(
    "settings.open-registration",
    "Everybody may make an account",
    Severity.NOTE,
    "Every rule that says member then means everybody who wants to.",
    "Set registration_open to approval or invitation, unless this is meant.",
    ("8.2.1",),
)

_LARGE = 32 << 20
_PATIENT = timedelta(minutes=5)


def check(facts: Facts) -> Iterator[Finding]:
    """Each setting that is looser than its default in a way that matters."""
    settings = facts.settings
    if settings.debug:
        yield DEBUG.found("Errors are shown in full.", "debug")
    if not settings.production:
        severity = Severity.HIGH if reachable(facts) else Severity.NOTE
        yield DEVELOPMENT.found("The server runs as in development.", "env", severity=severity)
    if settings.max_body > _LARGE:
        yield LARGE_BODY.found(f"Every route takes bodies of {settings.max_body >> 20} MiB.", "max_body")
    if settings.body_timeout > _PATIENT:
        yield SLOW_BODY.found(f"A body may take {settings.body_timeout}.", "body_timeout")
    if settings.log_level == "debug" and settings.production:
        yield DEBUG_LOG.found("The log has debug lines.", "log_level")
    if (settings.public_url or "").startswith("http://") and not is_local(_host_of(settings.public_url or "")):
        yield PLAIN_LINKS.found(f"Links begin with {settings.public_url}.", "public_url")
    if settings.registration_open == "open":
        yield OPEN_REGISTRATION.found("Registration is open to everybody.", "registration_open")


def reachable(facts: Facts) -> bool:
    """Can anybody but this machine reach the server?"""
    return not is_local(facts.settings.host) or bool(facts.settings.behind_proxy)


def is_local(host: str) -> bool:
    """Does this host stay on this machine?"""
    name = host.strip("[]").lower()
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _host_of(url: str) -> str:
    host = url.split("//", 1)[-1]
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
