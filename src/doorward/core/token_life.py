"""How long tokens live, and why one is dead. Expiry is the rule; a token that never expires is somebody's choice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

#: What may be chosen for a new token; never is a word of its own (OWASP ASVS 9.2.1: tokens have a validity span).
DAYS = (7, 30, 90, 365)
DEFAULT_DAYS = 90
NEVER = "never"

#: For how many hours the old secret still works after a rotation.
OVERLAPS = (0, 1, 24, 168)
DEFAULT_OVERLAP = 24

LONGEST_NAME = 80


def read_days(text: str) -> timedelta | None:
    """The chosen life of a token: one of `DAYS`, the default for an empty text; None for `never`.

    Errors:
        ValueError: it is no such choice.
    """
    if text == NEVER:
        return None
    if text and text not in map(str, DAYS):
        raise ValueError(f"Choose {', '.join(map(str, DAYS))} days, or never.")
    return timedelta(days=int(text or DEFAULT_DAYS))


def read_overlap(text: str) -> timedelta:
    """The chosen overlap of a rotation: one of `OVERLAPS` in hours, the default for an empty text.

    Errors:
        ValueError: it is no such choice.
    """
    if text and text not in map(str, OVERLAPS):
        raise ValueError(f"Choose {', '.join(map(str, OVERLAPS))} hours.")
    return timedelta(hours=int(text or DEFAULT_OVERLAP))


def judge_name(name: str) -> str | None:
    """What is wrong with a token's name; None when nothing is."""
    if not name.strip():
        return "Give the token a name that says what it is for."
    if len(name) > LONGEST_NAME or not name.isprintable():
        return f"Use at most {LONGEST_NAME} printable characters."
    return None


def judge_scopes(wanted: Iterable[str], known: Iterable[str]) -> str | None:
    """What is wrong with the scopes of a new token; None when nothing is."""
    chosen = set(wanted)
    if not chosen:
        return "Choose at least one scope: a token opens only what it names."
    unknown = sorted(chosen - set(known))
    return f"There is no scope {unknown[0][:60]!r} here." if unknown else None


def why_dead(expires_at: datetime | None, revoked_at: datetime | None, owner_is_active: bool, now: datetime) -> str:
    """Why a token opens nothing, for the journal and its owner; an empty text while it works.

    Arguments:
        expires_at: when its secret ends; None for never.
        revoked_at: when it was revoked, if it was.
        owner_is_active: a token never has more right than its owner has now.
    """
    if revoked_at is not None:
        return "revoked"
    if expires_at is not None and now >= expires_at:
        return "expired"
    return "" if owner_is_active else "owner may not sign in"
