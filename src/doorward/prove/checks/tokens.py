"""Access tokens that live too long, end soon, or that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from doorward.prove.checks.facts import Facts, KnownToken
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity

NO_EXPIRY = Kind(
    "tokens.no-expiry",
    "A token that never expires",
    Severity.LOW,
    "If it leaked, it works until somebody notices.",
    "Rotate it at /account/tokens and give the new secret an expiry.",
    ("13.3.4", "7.4.1"),
)
LONG = Kind(
    "tokens.long",
    "A token that expires only after years",
    Severity.LOW,
    "If it leaked, it works until somebody notices.",
    "Rotate it with an expiry of 90 days, and again before that.",
    ("13.3.4",),
)
ENDS_SOON = Kind(
    "tokens.ends-soon",
    "A token is about to expire",
    Severity.NOTE,
    "The program that uses it stops on that day.",
    "Rotate it: both secrets work for a while.",
    ("6.4.5",),
)
UNUSED = Kind(
    "tokens.unused",
    "A token that nobody uses",
    Severity.LOW,
    "A credential without use is only one that can leak.",
    "Revoke it at /admin/tokens.",
    ("13.3.4",),
)

_SOON = timedelta(days=14)
_LONG = timedelta(days=400)
_UNUSED = timedelta(days=60)


def check(facts: Facts) -> Iterator[Finding]:
    """Each token that works."""
    for token in facts.tokens:
        yield from _of(token, facts)


def _of(token: KnownToken, facts: Facts) -> Iterator[Finding]:
    where = f"/admin/tokens/{token.number}"
    if token.expires_at is None:
        yield NO_EXPIRY.found(f"{token.name} has no expiry.", where)
    elif token.expires_at - facts.now < _SOON:
        days = max(0, (token.expires_at - facts.now).days)
        yield ENDS_SOON.found(f"{token.name} ends in {days} days.", where)
    elif token.expires_at - facts.now > _LONG:
        yield LONG.found(f"{token.name} lives until {token.expires_at:%Y-%m-%d}.", where)
    if facts.now - (token.used_at or token.created_at) > _UNUSED:
        since = f"since {token.used_at:%Y-%m-%d}" if token.used_at else "ever"
        yield UNUSED.found(f"{token.name} was not used {since}.", where)
