"""Sessions as values: identifiers, lifetimes, and whether one is still alive.

The identifier is 256 random bits, shown to the browser once and stored as SHA-256 only, so that a stolen
database opens no session (OWASP ASVS 7.2.2, 7.2.3; NIST SP 800-63B-4 section 5.1).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

#: How far the clock may run back before a session that seems to come from the future is refused.
CLOCK_SLACK = timedelta(minutes=5)

#: How long after its last page was closed a session per tab goes on. Pages say every 45 s that they are open, and
#: browsers let a page in the background speak at least once a minute.
TAB_GRACE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session lives without activity, and at most (OWASP ASVS 7.3.1, 7.3.2)."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class Life:
    """When a session began and was last used."""

    created_at: datetime
    seen_at: datetime


def new_identifier() -> str:
    """43 characters that carry 256 random bits."""
    return secrets.token_urlsafe(32)


def identifier_hash(identifier: str) -> str:
    """What the database keeps of an identifier: SHA-256, hexadecimal.

    The identifier has full entropy, so that a slow hash would add nothing.
    """
    return hashlib.sha256(identifier.encode()).hexdigest()


def is_alive(life: Life, lifetimes: Lifetimes, now: datetime) -> bool:
    """Is the session within both of its lifetimes, by a clock that is not plainly wrong?"""
    if life.created_at - now > CLOCK_SLACK:
        return False
    return now < ends_at(life, lifetimes)


def has_open_page(life: Life, open_at: datetime | None, now: datetime) -> bool:
    """For sessions that end with their last tab: was a page of it open, or asked for, just now?

    Arguments:
        open_at: when an open page last said so.
    """
    return now - max(life.seen_at, open_at or life.seen_at) <= TAB_GRACE


def ends_at(life: Life, lifetimes: Lifetimes) -> datetime:
    """When the session ends if nobody uses it from now on."""
    return min(life.seen_at + lifetimes.idle, life.created_at + lifetimes.absolute)


def is_due_for_touch(life: Life, now: datetime, every: timedelta = timedelta(minutes=1)) -> bool:
    """Is the time of last use worth writing? Once a minute is enough, and a write per request is not needed."""
    return now - life.seen_at >= every
