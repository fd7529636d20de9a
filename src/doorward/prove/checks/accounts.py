"""Accounts and ways in that are easier to enter than they should be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.checks.passwords import some
from doorward.prove.findings import Finding, Severity

ADMIN_FACTOR = Kind(
    "accounts.admin-without-factor",
    "An administrator without a second factor",
    Severity.MEDIUM,
    "One password that was guessed, reused or seen is then enough to hold the whole server.",
    "Let them set one up at /account/factors, then require it of administrators at /admin/security.",
    ("6.3.3",),
)
MEMBER_FACTOR = Kind(
    "accounts.without-factor",
    "Accounts without a second factor",
    Severity.NOTE,
    "For them the password is all there is.",
    "Require a second factor of everybody at /admin/security, where the work is worth it.",
    ("6.3.3",),
)
NOT_REQUIRED = Kind(
    "accounts.factor-not-required",
    "Nothing asks administrators for a second factor",
    Severity.LOW,
    "Whoever becomes administrator next may do without one.",
    "Require it of administrators at /admin/security.",
    ("6.3.3",),
)
IDLE_ADMIN = Kind(
    "accounts.idle-admin",
    "An administrator that nobody uses",
    Severity.LOW,
    "Nobody would notice if somebody else used it.",
    "Take the role away, or block the account, at /admin/people.",
    ("6.3.2", "8.2.1"),
)
BOOTSTRAP = Kind(
    "accounts.bootstrap-left",
    "The bootstrap token is still in the settings",
    Severity.LOW,
    "A secret without use is only a secret that can leak.",
    "Remove DOORWARD_BOOTSTRAP_TOKEN.",
    ("13.3.4",),
)
BOOTSTRAP_OPEN = Kind(
    "accounts.bootstrap-open",
    "The bootstrap token was not used yet",
    Severity.MEDIUM,
    "Whoever sees the environment becomes administrator of this server.",
    "Set up the first administrator now, then remove DOORWARD_BOOTSTRAP_TOKEN.",
    ("6.4.1", "13.3.4"),
)
SETUP_OPEN = Kind(
    "accounts.setup-open",
    "The set-up link was not used yet",
    Severity.NOTE,
    "Whoever sees the line that the first start printed can become administrator.",
    "Open the link and set up the first administrator.",
    ("6.4.1",),
)
RESET_OPEN = Kind(
    "accounts.reset-open",
    "Links that reset a password are waiting",
    Severity.NOTE,
    "Whoever holds such a link chooses a new password for that account, until it expires.",
    "Nothing, if you made them just now. They expire by themselves.",
    ("6.4.1", "6.4.3"),
)
INVITED_ADMIN = Kind(
    "accounts.invitation-for-admin",
    "An invitation makes administrators",
    Severity.LOW,
    "Whoever gets hold of the link becomes administrator.",
    "Take it back at /admin/invitations once it was used, and let it expire soon.",
    ("6.4.1", "8.2.1"),
)

_IDLE = timedelta(days=90)


def check(facts: Facts) -> Iterator[Finding]:
    """Accounts, and what makes accounts."""
    yield from _factors(facts)
    idle = [one.name for one in facts.people if one.admin and one.seen_at and facts.now - one.seen_at > _IDLE]
    for name in idle:
        yield IDLE_ADMIN.found(f"{name} was not here for more than {_IDLE.days} days.", "/admin/people")
    if facts.settings.bootstrap_token is not None:
        if facts.bootstrap_used or any(one.admin for one in facts.people):
            yield BOOTSTRAP.found("The token has done its work and still stands there.", "bootstrap_token")
        else:
            yield BOOTSTRAP_OPEN.found("The token waits for whoever comes first.", "bootstrap_token")
    if facts.setup_waiting:
        yield SETUP_OPEN.found("There is no administrator yet.", "/setup")
    if facts.resets_waiting:
        yield RESET_OPEN.found(f"{facts.resets_waiting} waiting.", "doorward account reset")
    for invitation in facts.invitations:
        if invitation.admin:
            text = f"{invitation.note or 'An invitation'} makes up to {invitation.uses_left} administrators."
            severity = Severity.MEDIUM if invitation.uses_left > 1 else Severity.LOW
            yield INVITED_ADMIN.found(text, "/admin/invitations", severity=severity)


def _factors(facts: Facts) -> Iterator[Finding]:
    admins = [one for one in facts.people if one.admin]
    for one in admins:
        if not one.second_factor:
            yield ADMIN_FACTOR.found(f"{one.name} signs in with a password alone.", "/admin/people")
    if admins and not facts.factor_required_of:
        yield NOT_REQUIRED.found("A second factor is required of nobody.", "/admin/security")
    without = [one.name for one in facts.people if not one.admin and not one.second_factor]
    if without:
        yield MEMBER_FACTOR.found(f"{some(without)} sign in with a password alone.", "/admin/people")
