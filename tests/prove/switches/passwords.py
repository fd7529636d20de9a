"""Which passwords are taken, how they are compared, and what it takes to change one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from doorward.core import password_rules, weak_passwords
from doorward.core.hashing_pool import HashingPool
from doorward.core.problems import Problem
from doorward.web import change_password, dues
from doorward.web.confirming import own_account
from doorward.web.pages import account as account_pages
from tests.prove.switches import Switch, replaced

_judge_strength = password_rules._judge_strength
_render = account_pages.render_template


def unasked(*codes: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Does not refuse passwords for these reasons."""

    def judged(*args: Any) -> list[Problem]:
        return [problem for problem in _judge_strength(*args) if problem.code not in codes]

    return replaced(password_rules, "_judge_strength", judged)


def _classes_demanded(password: str, _profile: Any) -> list[Problem]:
    fitting = any(one.isupper() for one in password) and any(one.isdigit() for one in password)
    return [] if fitting else [Problem("missing_upper", "Add a capital letter and a digit.")]


def _cut_before_hashing(patch: pytest.MonkeyPatch) -> None:
    """As bcrypt does it."""
    hash_, verify = HashingPool.hash, HashingPool.verify
    patch.setattr(HashingPool, "hash", lambda self, password: hash_(self, password[:64]))
    patch.setattr(HashingPool, "verify", lambda self, stored, password: verify(self, stored, password[:64]))


def _too_old(changed_at: datetime, now: datetime, _profile: Any) -> bool:
    return now - changed_at > timedelta(days=365)


def _rotation(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(dues, "is_change_due", _too_old)
    patch.setattr(dues, "PROFILES", {"default": type("Old", (), {"oldest": timedelta(days=365)})()})


SWITCHES = (
    Switch("password length", replaced(password_rules, "_judge_length", lambda *_: []), "Short passwords are refused."),
    Switch(
        "common passwords",
        unasked(weak_passwords.COMMON, weak_passwords.RUN, "repeated"),
        "Passwords that others would try first, or that were stolen somewhere, are refused.",
    ),
    Switch(
        "site words", unasked(weak_passwords.CONTEXT), "Passwords made of the names of people and site are refused."
    ),
    Switch(
        "no composition rules",
        replaced(password_rules, "_judge_classes", _classes_demanded),
        "No kinds of characters are demanded.",
    ),
    Switch("whole password", _cut_before_hashing, "Passwords are compared as they were typed, whole."),
    Switch(
        "password fields",
        replaced(
            account_pages,
            "render_template",
            lambda name, **context: _render(name, **context).replace('type="password"', 'type="text"'),
        ),
        "Fields for passwords hide what is typed, and say what they are.",
    ),
    Switch(
        "current password",
        replaced(change_password, "_who_may_change", lambda at, _current: own_account(at)),
        "Who changes a password says the current one.",
    ),
    Switch("no rotation", _rotation, "Nobody has to change a password for its age alone."),
)
