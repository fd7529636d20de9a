"""What `/admin/security` shows of the state of the door: facts of this very request and of the settings."""

from __future__ import annotations

from dataclasses import dataclass

from doorward.core.transport import is_loopback
from doorward.store import mails
from doorward.store.backup import last_mark, made_at
from doorward.web.emails import is_needed
from doorward.web.here import Here
from doorward.web.mailing import sender_of
from doorward.web.map_tiles import layer_of

#: Days after which the last backup is old: one a week, and a day.
_OLD_BACKUP = 8


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what it is, what was found, and whether that is fine ("ok", "warn", "bad")."""

    label: str
    value: str
    state: str
    hint: str | None = None


def facts(at: Here) -> list[Fact]:
    """The facts, in the order in which they are shown."""
    return [
        _transport(at),
        _environment(at),
        _proxy(at),
        _passwords(at),
        _sessions(at),
        _mail(at),
        _backup(at),
        _hosts(at),
        _routes(at),
    ]


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


def _mail(at: Here) -> Fact:
    settings = at.door.settings
    with at.door.store.reading() as db:
        failed = mails.how_many(db)[mails.FAILED]
    if failed:
        hint = "Look at Mail for the reasons. It is tried again there."
        return Fact("Mail", f"{failed} could not be sent", "bad", hint)
    if settings.smtp_url is not None:
        return Fact("Mail", "over TLS to a mail server", "ok", f"From {sender_of(settings)}")
    needed = is_needed(settings)
    hint = "Mails are shown on the terminal. Set DOORWARD_SMTP_URL so that people get theirs."
    return Fact("Mail", "no mail server", "warn" if needed else "ok", hint)


def _backup(at: Here) -> Fact:
    last = last_mark(at.door.settings.data)
    made = made_at(last)
    if last is None or made is None:
        hint = "If the disk fails, everything is gone. See Backups, or on the host: doorward backup"
        return Fact("Last backup", "none is known", "warn", hint)
    days = (at.now - made).days
    age = "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"
    if last.broken:
        return Fact("Last backup", age, "bad", "The journal in it does not hold: doorward journal verify")
    how = "encrypted" if last.encrypted else "not encrypted"
    if days > _OLD_BACKUP:
        return Fact("Last backup", f"{age}, {how}", "bad" if days > 4 * _OLD_BACKUP else "warn", "Make one every day.")
    if not last.encrypted:
        return Fact("Last backup", f"{age}, {how}", "warn", "Whoever has it can read every record. See Backups.")
    return Fact("Last backup", f"{age}, {how}", "ok")


def _hosts(at: Here) -> Fact:
    return Fact("Answers for", f"{len(at.door.hosts)} host names", "ok", ", ".join(sorted(at.door.hosts)))


def _routes(at: Here) -> Fact:
    routes = list(at.door.census.routes())
    maps = layer_of(at.door.settings) is not None
    loosened = sum(bool(route.demand.loosened or (maps and route.demand.shows_maps)) for route in routes)
    if loosened:
        return Fact(
            "Routes", f"{len(routes)} with a rule, {loosened} with a wider policy", "warn", "See `doorward routes`."
        )
    return Fact("Routes", f"{len(routes)}, each with a rule", "ok")
