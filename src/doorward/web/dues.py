"""What somebody owes before anything else: a new password, a second factor.

Until it is settled, only the pages on which one settles it are open (`access.even_when_due`), and on public pages one
is a visitor: nothing that a session would open there, such as a stream, is open to somebody who owes something.
"""

from __future__ import annotations

from doorward.core.factors import is_required
from doorward.core.password_profiles import PROFILES
from doorward.core.password_rules import is_change_due
from doorward.errors import FactorDue, PasswordDue, Refused
from doorward.store.accounts import split_roles
from doorward.store.sessions import Found
from doorward.web.here import Here

_TOO_SHORT = (
    "Your password is only long enough beside a second factor, and there is none any more. Choose a longer one."
)


def what_is_due(at: Here, found: Found) -> Refused | None:
    """What the owner of this session must do first; None when nothing is due."""
    password = password_due(at, found)
    if password is not None:
        return PasswordDue(password)
    return FactorDue() if is_factor_due(found) else None


def password_due(at: Here, found: Found) -> str | None:
    """Why the password must be changed now, as a sentence: it is too old, or too short to stand alone."""
    if not found.has_password:
        return None
    if found.password_needs_factor and not found.is_strong:
        return _TOO_SHORT
    profile = PROFILES[at.door.settings.password_profile]
    if profile.oldest is None:
        return None
    return PasswordDue.default if is_change_due(found.password_changed_at, at.now, profile) else None


def is_factor_due(found: Found) -> bool:
    """Is a second factor required of these roles, and was this session opened without one?"""
    return not found.is_strong and is_required(found.second_factor_of or "", split_roles(found.roles))
