"""Sixth: does the caller satisfy what the route demands? Without a demand nobody enters (law 1)."""

from __future__ import annotations

from doorward.core.access import judge
from doorward.core.password_profiles import PROFILES
from doorward.core.password_rules import is_change_due
from doorward.errors import Forbidden, PasswordDue
from doorward.web.here import Here


def check(at: Here) -> None:
    """Refuse whom the rule does not let in."""
    demand = at.demand
    if demand is None:
        raise Forbidden
    if demand.rule.public:
        return
    refusal = judge(demand.rule, at.caller, at.now, at.door.settings.fresh_for)
    if refusal is not None:
        raise refusal
    if is_password_due(at) and not demand.even_when_due:
        raise PasswordDue


def is_password_due(at: Here) -> bool:
    """Has the caller's password reached the greatest age of the profile? Most profiles have none."""
    profile = PROFILES[at.door.settings.password_profile]
    if profile.oldest is None or not at.caller.is_signed_in or at.session is None:
        return False
    return is_change_due(at.session.password_changed_at, at.now, profile)
