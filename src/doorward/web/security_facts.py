"""What `/admin/security` shows of the state of the door: facts of this very request and of the settings."""

from __future__ import annotations

from dataclasses import dataclass

from doorward.core.transport import is_loopback
from doorward.web.here import Here


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what it is, what was found, and whether that is fine ("ok", "warn", "bad")."""

    label: str
    value: str
    state: str
    hint: str | None = None


def facts(at: Here) -> list[Fact]:
    """The facts, in the order in which they are shown."""
    return [_transport(at), _environment(at), _proxy(at), _passwords(at), _sessions(at), _hosts(at), _routes(at)]


def _transport(at: Here) -> Fact:
    if at.secure:
        return Fact("Transport", "HTTPS", "ok")
    if is_loopback(at.client.host):
        hint = "Nobody else can reach it. For phones and others, start with --host 0.0.0.0."
        return Fact("Transport", "plain HTTP on this machine", "ok", hint)
    return Fact(
        "Transport", "plain HTTP", "bad", "Anyone on the network can read passwords. Leave DOORWARD_PLAIN_HTTP off."
    )


def _environment(at: Here) -> Fact:
    if at.door.settings.production:
        return Fact("Environment", "production", "ok")
    return Fact("Environment", "development", "warn", "Unsafe settings are only pointed out. Remove DOORWARD_ENV.")


def _proxy(at: Here) -> Fact:
    trusted = at.door.settings.behind_proxy
    if not trusted:
        return Fact("Reverse proxy", "none", "ok", "Forwarded headers are ignored.")
    return Fact("Reverse proxy", ", ".join(map(str, trusted)), "ok", "Only these may say who the client is.")


def _passwords(at: Here) -> Fact:
    settings = at.door.settings
    if settings.hash_profile != "rfc9106":
        return Fact("Passwords", "cheap hashes", "bad", "Meant for tests. Remove DOORWARD_HASH_PROFILE.")
    return Fact("Passwords", f"profile {settings.password_profile}, argon2id", "ok")


def _sessions(at: Here) -> Fact:
    settings = at.door.settings
    return Fact("Sessions", f"end after {settings.session_idle.days} idle days; administrators' sooner", "ok")


def _hosts(at: Here) -> Fact:
    return Fact("Answers for", f"{len(at.door.hosts)} host names", "ok", ", ".join(sorted(at.door.hosts)))


def _routes(at: Here) -> Fact:
    routes = list(at.door.census.routes())
    loosened = sum(bool(route.demand.loosened) for route in routes)
    if loosened:
        return Fact(
            "Routes", f"{len(routes)} with a rule, {loosened} with a wider policy", "warn", "See `doorward routes`."
        )
    return Fact("Routes", f"{len(routes)}, each with a rule", "ok")
