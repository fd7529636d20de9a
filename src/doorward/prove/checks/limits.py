"""Limits that let too much through, or are counted where not all workers see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity
from doorward.settings import Settings

LOOSE = Kind(
    "limits.loose",
    "A limit far above its default",
    Severity.LOW,
    "What a limit lets through is what somebody can guess, spray or fill up in that time.",
    "Take the setting back to its default when the event for which it was widened is over.",
    ("6.3.1", "6.1.1"),
)
GUESSES = Kind(
    "limits.guesses",
    "An account bears very many failed sign-ins",
    Severity.MEDIUM,
    "NIST SP 800-63B-4 allows at most 100 failures in a row; each more is a guess that somebody gets for nothing.",
    "Set sign_in_failures to 5/15minutes.",
    ("6.3.1",),
)
STORE = Kind(
    "limits.store",
    "Several workers without a shared store of limits",
    Severity.MEDIUM,
    "Each process counts floods and streams for itself, so that these limits let through as many times more as there "
    "are workers. Limits of signing in and of routes lie in a file that all share.",
    "Leave workers at 1: one process holds thousands of streams.",
    ("6.3.1", "2.4.1"),
)

_ALONE = ("sign_in_per_address", "setup", "registration", "token_generation", "reports_per_address")
_LOW, _MEDIUM = 5, 25
_MOST_FAILURES = 100


def check(facts: Facts) -> Iterator[Finding]:
    """Each limit beside its default, and where they are counted."""
    settings = facts.settings
    defaults = {row.name: row.default for row in fields(Settings)}
    for name in _ALONE:
        rate, usual = getattr(settings, name), defaults[name]
        factor = (rate.count / rate.seconds) / (usual.count / usual.seconds)  # type: ignore[union-attr]
        if factor >= _LOW:
            severity = Severity.MEDIUM if factor >= _MEDIUM else Severity.LOW
            yield LOOSE.found(f"{name} is {rate}, {factor:.0f} times its default.", name, severity=severity)
    failures = settings.sign_in_failures
    if failures.count > _MOST_FAILURES or failures.count * 3600 / failures.seconds > _MOST_FAILURES * 4:
        yield GUESSES.found(f"An account bears {failures} failed sign-ins.", "sign_in_failures")
    if settings.workers > 1:
        yield STORE.found(f"{settings.workers} workers count floods and streams each for itself.", "workers")
