"""Secrets: weak ones, those that lie open, and those that stand in readable text."""

from __future__ import annotations

import math
import re
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from doorward import secret_file
from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity
from doorward.setting_guards import guard_keys

WEAK = Kind(
    "keys.weak",
    "A secret key that can be guessed",
    Severity.HIGH,
    "Whoever guesses a secret key signs cookies and links of this server, and reads what it encrypted.",
    "Run doorward rotate-keys, or set DOORWARD_SECRET_KEYS to the output of: openssl rand -base64 32",
    ("11.2.3", "13.3.1"),
)
MANY = Kind(
    "keys.many",
    "Many old secret keys",
    Severity.LOW,
    "Whatever an old key signed is still believed, so each of them is one more that must never have leaked.",
    "Take keys that were replaced more than a month ago out of secrets.toml.",
    ("13.3.4",),
)
OLD = Kind(
    "keys.old",
    "The secret keys were never changed",
    Severity.NOTE,
    "The longer a key is in use, the more copies of it lie in backups and on old disks.",
    "Run doorward rotate-keys. Nobody is signed out by it.",
    ("13.3.4",),
)
OPEN_FILE = Kind(
    "keys.open-file",
    "A file with secrets that others can read",
    Severity.HIGH,
    "Every account on this machine can take the secrets from it, also a service that was broken into.",
    "Run chmod 600 on the file, then change the secrets in it: somebody may have read them.",
    ("13.3.1", "13.3.2"),
)
WEAK_URL = Kind(
    "keys.weak-password-of-a-service",
    "A database or mail server with a password that can be guessed",
    Severity.MEDIUM,
    "Whoever reaches that service signs in to it without this server, and no rule of the door stands in between.",
    "Give that account a long random password, and write it into the setting.",
    ("13.2.3", "6.3.2"),
)
PLAIN = Kind(
    "keys.plain-admin-password",
    "The administration password stands in the settings as it is typed",
    Severity.LOW,
    "Whoever sees the settings once, on a screen or in a backup, can sign in.",
    "Write its argon2id hash into admin_password instead of the password.",
    ("11.4.2", "13.3.1"),
)

_MOST_KEYS = 3
_YEAR = timedelta(days=366)
_BITS = 60
_SECRET_LINE = re.compile(
    r"^\s*(?:export\s+)?(\w*(?:SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|DATABASE_URL|SMTP_URL|REDIS_URL|AI_KEY)\w*)\s*=\s*\S",
    re.IGNORECASE | re.MULTILINE,
)
_COMMON = frozenset(
  {
    "password", "passwd", "secret", "changeme", "postgres", "doorward", "admin", "root", "redis", "example",
    "test", "default", "guest", "user", "123456",
  }
)  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Secrets in the settings and in files of their own."""
    yield from _keys(facts)
    yield from _open_files(facts)
    for name in ("database_url", "redis_url", "smtp_url", "files_url"):
        if _has_weak_password(getattr(facts.settings, name)):
            yield WEAK_URL.found(f"The password in {name} can be guessed.", name)
    password = facts.settings.admin_password
    if password is not None and not password.startswith("$argon2"):
        yield PLAIN.found("admin_password holds the password itself and not its hash.", "admin_password")


def _keys(facts: Facts) -> Iterator[Finding]:
    keys = facts.settings.secret_keys
    for place, key in enumerate(keys, start=1):
        if bits(key) < _BITS or list(guard_keys([key], production=False)):
            yield WEAK.found(f"Secret key {place} of {len(keys)} can be guessed.", "secret_keys")
    if len(keys) > _MOST_KEYS:
        yield MANY.found(f"{len(keys)} secret keys are believed.", "secret_keys")
    file = facts.settings.data / secret_file.NAME
    if file.exists() and facts.now - datetime.fromtimestamp(file.stat().st_mtime, UTC) > _YEAR:
        yield OLD.found("The secret keys are older than a year.", facts.shown(file))


def _open_files(facts: Facts) -> Iterator[Finding]:
    data = facts.settings.data
    for path in (facts.here / ".env", data / ".env", data.absolute().parent / ".env"):
        names = _secrets_in(path)
        if names and path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
            yield OPEN_FILE.found(f"Others can read {', '.join(names)} in this file.", facts.shown(path))


def _secrets_in(path: Path) -> list[str]:
    try:
        text = path.read_text("utf-8", "replace")[:100_000]
    except OSError:
        return []
    return sorted(set(_SECRET_LINE.findall(text)))[:5]


def bits(text: str) -> float:
    """How much there is to guess in a text, at most: its entropy by letters. A random key of 43 characters has 200."""
    counts = Counter(text).values()
    return -sum(n * math.log2(n / len(text)) for n in counts) if text else 0.0


def _has_weak_password(url: str | None) -> bool:
    try:
        parts = urlsplit(url or "")
        password, user = unquote(parts.password or ""), unquote(parts.username or "")
    except ValueError:
        return False
    if not password:
        return False
    return len(password) < 10 or password.casefold() == user.casefold() or password.casefold() in _COMMON
