"""How passwords are judged and kept."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity

CHEAP = Kind(
    "passwords.cheap-hashes",
    "Passwords are hashed cheaply",
    Severity.HIGH,
    "Whoever gets hold of the database tries thousands of passwords a second for each account.",
    "Remove DOORWARD_HASH_PROFILE. Hashes are made anew at each person's next sign-in.",
    ("11.4.2", "6.3.1"),
)
OUTDATED = Kind(
    "passwords.outdated-profile",
    "An outdated password profile",
    Severity.NOTE,
    "Rules of composition and forced changes lead people to weaker passwords; NIST SP 800-63B-4 forbids them.",
    "Use password_profile = default, unless an assessor asks for this profile.",
    ("6.2.5", "6.2.10"),
)
SHORT = Kind(
    "passwords.short",
    "Short passwords suffice",
    Severity.LOW,
    "NIST SP 800-63B-4 asks for 15 characters where the password is the only factor.",
    "Use password_profile = default, or require a second factor at /admin/security.",
    ("6.2.1",),
)
WEAK_HASHES = Kind(
    "passwords.weak-hashes",
    "Accounts whose password has a weaker hash",
    Severity.LOW,
    "A hash of an older system, or of less work, is easier to guess from than those that this server makes.",
    "It is replaced at the person's next sign-in. Block accounts that nobody uses.",
    ("11.4.2",),
)


def check(facts: Facts) -> Iterator[Finding]:
    """The profiles in the settings, and the hashes in the database."""
    settings = facts.settings
    if settings.hash_profile != "rfc9106":
        yield CHEAP.found(f"hash_profile is {settings.hash_profile}.", "hash_profile")
    if settings.password_profile in ("stig", "cmmc"):
        yield OUTDATED.found(f"password_profile is {settings.password_profile}.", "password_profile")
    if settings.password_profile == "classroom" and facts.factor_required_of != "member":  # nosec B105
        yield SHORT.found("Passwords of 10 characters suffice without a second factor.", "password_profile")
    weak = [one.name for one in facts.people if not one.hash_ok]
    if weak and settings.hash_profile == "rfc9106":
        yield WEAK_HASHES.found(f"{some(weak)} still have a weaker hash.", "/admin/people")


def some(names: list[str], most: int = 3) -> str:
    """The first names of a list, and how many more there are."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
