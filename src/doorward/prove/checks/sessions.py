"""How long a session lives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity

LONG = Kind(
    "sessions.long",
    "Sessions live very long",
    Severity.LOW,
    "A device that was lost or left open stays signed in for that long. "
    "NIST SP 800-63B-4 asks to sign in again at least every 30 days, with a second factor every day.",
    "Shorten the setting to what people really need.",
    ("7.3.1", "7.3.2"),
)
FRESH = Kind(
    "sessions.fresh-for-long",
    "Dangerous actions are open long after signing in",
    Severity.LOW,
    "Whoever finds the computer unlocked can change the password, the factors and other people's rights.",
    "Set fresh_for to ten minutes.",
    ("7.5.1",),
)

#: Beyond the first it is worth a word, beyond the second it is a mistake.
_BOUNDS = {
    "session_idle": (timedelta(days=30), timedelta(days=90)),
    "session_absolute": (timedelta(days=30), timedelta(days=120)),
    "admin_session_idle": (timedelta(hours=12), timedelta(days=2)),
    "admin_session_absolute": (timedelta(days=7), timedelta(days=30)),
}
_FRESH = (timedelta(minutes=30), timedelta(hours=2))


def check(facts: Facts) -> Iterator[Finding]:
    """Each life time beside what NIST and the ASVS hold for reasonable."""
    for name, (low, medium) in _BOUNDS.items():
        life = getattr(facts.settings, name)
        if life > low:
            severity = Severity.MEDIUM if life > medium else Severity.LOW
            yield LONG.found(f"{name} is {_spoken(life)}.", name, severity=severity)
    fresh = facts.settings.fresh_for
    if fresh > _FRESH[0]:
        severity = Severity.MEDIUM if fresh > _FRESH[1] else Severity.LOW
        yield FRESH.found(f"fresh_for is {_spoken(fresh)}.", "fresh_for", severity=severity)


def _spoken(life: timedelta) -> str:
    if life >= timedelta(days=2):
        return f"{life.days} days"
    return f"{life / timedelta(hours=1):g} hours"
