"""Mistakes in settings, files and records, each beside its sound twin."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from doorward.prove.checks.facts import Database, Facts, Invitation, KnownOutbound, KnownToken, Person
from doorward.settings import Settings
from doorward.testing import test_settings

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def facts(data: Path, records: dict[str, Any] | None = None, **settings: Any) -> Facts:
    """Facts about a sound server in `data`, with these settings and records instead."""
    data.mkdir(mode=0o700, exist_ok=True)
    loaded: Settings = test_settings(data, **{"hash_profile": "rfc9106", **settings})
    return Facts(**{"settings": loaded, "now": NOW, "here": data.parent, **(records or {})})


def records(**values: Any) -> Callable[[Path], Facts]:
    return lambda data: facts(data, values)


def setting(**values: Any) -> Callable[[Path], Facts]:
    return lambda data: facts(data, **values)


def file(name: str, mode: int, text: str = "", folder: int = 0o700) -> Callable[[Path], Facts]:
    """A file of the data folder with this mode, in a folder of that mode."""

    def make(data: Path) -> Facts:
        found = facts(data)
        path = data / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text or path.read_text() if path.exists() else text)
        path.chmod(mode)
        data.chmod(folder)
        return found

    return make


def _old_keys(years: float) -> Callable[[Path], Facts]:
    def make(data: Path) -> Facts:
        found = facts(data)
        then = (NOW - timedelta(days=365 * years)).timestamp()
        os.utime(data / "secrets.toml", (then, then))
        return found

    return make


def _of_another(stranger: bool) -> Callable[[Path], Facts]:
    def make(data: Path) -> Facts:
        found = facts(data)
        path = data / "limits.sqlite3"
        path.touch(mode=0o600)
        if stranger and os.geteuid() == 0:
            os.chown(path, 12345, 12345)
        return found

    return make


def _mark(days: float, settings: dict[str, Any] | None = None, **more: object) -> Callable[[Path], Facts]:
    def make(data: Path) -> Facts:
        found = facts(data, {"people": [Person("Ada")]}, **(settings or {}))
        mark = {"at": (NOW - timedelta(days=days)).isoformat(), **more}
        (data / "last-backup.json").write_text(json.dumps(mark))
        return found

    return make


def token(expires: int | None = 60, used: int | None = 1, age: int = 5) -> KnownToken:
    """A token that ends in `expires` days, was used `used` days ago and made `age` days ago."""
    return KnownToken(
        number=3,
        name="a program",
        created_at=NOW - timedelta(days=age),
        expires_at=None if expires is None else NOW + timedelta(days=expires),
        used_at=None if used is None else NOW - timedelta(days=used),
    )


def database(
    kind: str = "sqlite", encrypted: bool | None = None, local: bool = True, **values: Any
) -> Callable[[Path], Facts]:
    superuser = values.pop("superuser", False)
    return records(database=Database(kind, values, local, encrypted, superuser))


def invitation(admin: bool) -> Callable[[Path], Facts]:
    return records(invitations=[Invitation("for Bob", admin, 1, NOW + timedelta(days=1))])


def granted(targets: str, *, any_public: bool = False, granted: bool = True) -> Callable[[Path], Facts]:
    """A server with these targets in `outbound_lan`, and an outbound that may ask them."""
    found = tuple(targets.split(",")) if granted else ()
    known = KnownOutbound("chat.previews", any_public=any_public, granted=found)
    return lambda data: facts(data, {"outbounds": [known]}, outbound_lan=targets)


@dataclass(frozen=True, slots=True)
class Planted:
    """A mistake, and the same without the mistake."""

    id: str
    wrong: Callable[[Path], Facts]
    sound: Callable[[Path], Facts]


ADA = Person("Ada", admin=True, seen_at=NOW)
WEAK_KEY = "0123456789abcdef0123456789abcdef"
GOOD_KEYS = [f"kZ3v_{n}QmX8rT1yWc7LpB4nHs9DfGj2aVe6UoIqPx0" for n in range(6)]

PLANTED = (
    Planted("keys.weak", setting(secret_keys=[WEAK_KEY]), setting(secret_keys=GOOD_KEYS[:1])),
    Planted("keys.weak", setting(secret_keys=[GOOD_KEYS[0], "a" * 60]), setting(secret_keys=GOOD_KEYS[:2])),
    Planted("keys.many", setting(secret_keys=GOOD_KEYS), setting(secret_keys=GOOD_KEYS[:3])),
    Planted("keys.old", _old_keys(2), _old_keys(0.5)),
    Planted(
        "keys.open-file",
        file(".env", 0o644, "DOORWARD_SECRET_KEYS=abc\n"),
        file(".env", 0o600, "DOORWARD_SECRET_KEYS=abc\n"),
    ),
    Planted("keys.open-file", file(".env", 0o644, "SMTP_PASSWORD=x\n"), file(".env", 0o644, "SITE_NAME=x\n")),
    Planted(
        "keys.weak-password-of-a-service",
        setting(smtp_url="smtps://post:secret@mail.example.org"),
        setting(smtp_url="smtps://post:u7Gq2vX9kLr4TzBn@mail.example.org"),
    ),
    Planted(
        "keys.weak-password-of-a-service",
        setting(redis_url="redis://:doorward@127.0.0.1"),
        setting(redis_url="redis://127.0.0.1"),
    ),
    Planted(
        "keys.plain-admin-password",
        setting(admin_password="a quiet harbour in late november"),
        setting(admin_password="$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$9Kx1yEhzZ1T1Yd2m7K8S3w"),
    ),
    Planted("files.folder-open", file("x", 0o600, folder=0o755), file("x", 0o600, folder=0o700)),
    Planted("files.folder-writable", file("x", 0o600, folder=0o777), file("x", 0o600, folder=0o700)),
    Planted("files.secret-readable", file("tls/authority.pem", 0o640), file("tls/authority.pem", 0o600)),
    Planted("files.secret-readable", file("secrets.toml", 0o604), file("secrets.toml", 0o600)),
    Planted(
        "files.record-readable",
        file("doorward.sqlite3", 0o644, folder=0o755),
        file("doorward.sqlite3", 0o644, folder=0o700),
    ),
    Planted(
        "files.record-readable", file("journal.seals", 0o644, folder=0o755), file("journal.seals", 0o600, folder=0o755)
    ),
    Planted("files.of-another", _of_another(True), _of_another(False)),
    Planted("settings.debug", setting(debug=True), setting()),
    Planted("settings.development", setting(host="0.0.0.0"), setting(env="production", host="0.0.0.0")),
    Planted("settings.large-body", setting(max_body="100MiB"), setting(max_body="1MiB")),
    Planted("settings.slow-body", setting(body_timeout="10m"), setting(body_timeout="1m")),
    Planted("settings.debug-log", setting(log_level="debug", env="production"), setting(log_level="debug")),
    Planted(
        "settings.plain-links",
        setting(public_url="http://polls.example.org"),
        setting(public_url="https://polls.example.org"),
    ),
    Planted(
        "settings.plain-links", setting(public_url="http://10.1.2.3:8000"), setting(public_url="http://localhost:8000")
    ),
    Planted("settings.open-registration", setting(registration_open="open"), setting(registration_open="approval")),
    Planted("proxy.wide", setting(behind_proxy="10.0.0.0/8"), setting(behind_proxy="10.3.0.0/16")),
    Planted("proxy.wide", setting(behind_proxy="0.0.0.0/1"), setting(behind_proxy="203.0.113.7")),
    Planted("proxy.wide", setting(behind_proxy="2000::/3"), setting(behind_proxy="2001:db8::/64")),
    Planted("proxy.wide", setting(behind_proxy="127.0.0.0/8"), setting(behind_proxy="127.0.0.1,::1")),
    Planted(
        "proxy.port-listens",
        setting(behind_proxy="10.0.0.7", host="0.0.0.0"),
        setting(behind_proxy="127.0.0.1", host="127.0.0.1"),
    ),
    Planted(
        "proxy.no-public-name",
        setting(behind_proxy="127.0.0.1"),
        setting(behind_proxy="127.0.0.1", public_url="https://polls.example.org"),
    ),
    Planted("tls.plain-http", setting(plain_http=True, host="0.0.0.0"), setting(host="0.0.0.0")),
    Planted("tls.service", setting(redis_url="redis://10.0.0.9"), setting(redis_url="rediss://10.0.0.9")),
    Planted(
        "tls.service", setting(ai_base_url="http://ai.example.org"), setting(ai_base_url="http://127.0.0.1:11434/v1")
    ),
    Planted("cookies.samesite-none", setting(cookie_samesite="none"), setting(cookie_samesite="strict")),
    Planted("limits.loose", setting(sign_in_per_address="100/minute"), setting(sign_in_per_address="20/minute")),
    Planted("limits.loose", setting(setup="1000/hour"), setting(setup="10/hour")),
    Planted("limits.guesses", setting(sign_in_failures="500/15minutes"), setting(sign_in_failures="10/15minutes")),
    Planted("limits.store", setting(workers=4), setting(workers=1, redis_url="redis://127.0.0.1")),
    Planted("passwords.cheap-hashes", setting(hash_profile="cheap"), setting(hash_profile="rfc9106")),
    Planted("passwords.outdated-profile", setting(password_profile="stig"), setting(password_profile="default")),
    Planted(
        "passwords.short",
        setting(password_profile="classroom"),
        lambda data: facts(data, {"factor_required_of": "member"}, password_profile="classroom"),
    ),
    Planted("passwords.weak-hashes", records(people=[Person("Bob", hash_ok=False)]), records(people=[Person("Bob")])),
    Planted("sessions.long", setting(session_absolute="90d"), setting(session_absolute="14d")),
    Planted("sessions.long", setting(admin_session_idle="3d"), setting(admin_session_idle="1h")),
    Planted("sessions.fresh-for-long", setting(fresh_for="8h"), setting(fresh_for="5m")),
    Planted(
        "accounts.admin-without-factor",
        records(people=[Person("Ada", admin=True, second_factor=False)]),
        records(people=[ADA]),
    ),
    Planted("accounts.without-factor", records(people=[Person("Bob", second_factor=False)]), records(people=[ADA])),
    Planted("accounts.factor-not-required", records(people=[ADA]), records(people=[ADA], factor_required_of="admin")),
    Planted(
        "accounts.idle-admin",
        records(people=[Person("Old", admin=True, seen_at=NOW - timedelta(days=100))]),
        records(people=[ADA, Person("Bob", seen_at=NOW - timedelta(days=100))]),
    ),
    Planted(
        "accounts.bootstrap-left",
        lambda data: facts(data, {"bootstrap_used": True}, bootstrap_token="Zk3v" * 10),
        setting(),
    ),
    Planted("accounts.bootstrap-open", setting(bootstrap_token="Zk3v" * 10), setting()),
    Planted("accounts.setup-open", records(setup_waiting=True), records(setup_waiting=False)),
    Planted("accounts.reset-open", records(resets_waiting=2), records(resets_waiting=0)),
    Planted("accounts.invitation-for-admin", invitation(admin=True), invitation(admin=False)),
    Planted("tokens.no-expiry", records(tokens=[token(None)]), records(tokens=[token(60)])),
    Planted("tokens.long", records(tokens=[token(1000)]), records(tokens=[token(300)])),
    Planted("tokens.ends-soon", records(tokens=[token(3)]), records(tokens=[token(60)])),
    Planted("tokens.unused", records(tokens=[token(used=None, age=70)]), records(tokens=[token(used=None, age=7)])),
    Planted("tokens.unused", records(tokens=[token(used=90, age=200)]), records(tokens=[token(used=1, age=200)])),
    Planted("backups.none", records(people=[ADA]), records()),
    Planted("backups.none", records(people=[ADA]), _mark(1)),
    Planted("backups.old", _mark(20), _mark(2)),
    Planted("backups.old", _mark(3, {"backup_every": "1d"}), _mark(1, {"backup_every": "1d"})),
    Planted("backups.plain", _mark(1, encrypted=False), _mark(1, encrypted=True)),
    Planted("backups.broken-journal", _mark(1, broken=True), _mark(1, broken=False)),
    Planted("database.may-lose", database(synchronous="1"), database(synchronous="2")),
    Planted("database.may-lose", database(journal_mode="off"), database(journal_mode="wal")),
    Planted("database.may-lose", database("postgresql", fsync="off"), database("postgresql", fsync="on")),
    Planted("database.foreign-keys", database(foreign_keys="0"), database(foreign_keys="1")),
    Planted(
        "database.plain",
        database("postgresql", encrypted=False, local=False),
        database("postgresql", encrypted=True, local=False),
    ),
    Planted(
        "database.plain",
        database("postgresql", encrypted=False, local=False),
        database("postgresql", encrypted=False, local=True),
    ),
    Planted("database.superuser", database("postgresql", superuser=True), database("postgresql")),
    Planted("outbound.grant-of-a-service", granted("10.0.0.5:6379"), granted("10.0.0.5:11434")),
    Planted("outbound.grant-of-a-service", granted("localhost:8000"), granted("localhost:11434")),
    Planted(
        "outbound.grant-of-a-service",
        lambda data: facts(data, redis_url="redis://127.0.0.1:7777/0", outbound_lan="127.0.0.1:7777"),
        lambda data: facts(data, redis_url="redis://127.0.0.1:7777/0", outbound_lan="127.0.0.1:7778"),
    ),
    Planted(
        "outbound.grant-to-people",
        granted("chat.previews=wiki.lan:443", any_public=True),
        granted("chat.previews=wiki.lan:443"),
    ),
    Planted("outbound.grant-of-nobody", granted("wiki.lan:443", granted=False), granted("wiki.lan:443")),
    Planted(
        "outbound.any-public",
        records(outbounds=[KnownOutbound("chat.previews", any_public=True, redirects=3)]),
        records(outbounds=[KnownOutbound("chat.previews"), KnownOutbound("kit.oidc", any_public=True)]),
    ),
    Planted("journal.broken", records(journal_break="entry 7 is missing"), records(journal_break="")),
)
