"""The roles of a server: the two that are always there, and those that its apps list. No other role exists."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from doorward.core.access import ADMIN

#: What everybody with an account is. It is not stored: an account without any other role is a member's.
MEMBER_ROLE = "member"

BUILT_IN = {
    ADMIN: "May do everything on the pages of administration.",
    MEMBER_ROLE: "May sign in, and do what every account may.",
}

_NAME = re.compile(r"[a-z][a-z0-9._:-]{0,39}", re.ASCII)
#: What an account's roles may come to as one text with blanks between.
_LONGEST_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Role:
    """One role.

    Arguments:
        name: such as `organiser`.
        meaning: a sentence for the person who gives it to somebody.
    """

    name: str
    meaning: str


def judge_listed(names: Iterable[str]) -> str | None:
    """What is wrong with the roles that an app lists; None when nothing is."""
    listed = list(names)
    for name in listed:
        if name in BUILT_IN:
            return f"roles lists {name!r}, which is always there: leave it out"
        if not _NAME.fullmatch(name):
            return f"roles lists {name!r}: write a small letter, then small letters, digits and . _ : - (at most 40)"
    if len(" ".join([ADMIN, *listed])) > _LONGEST_TOGETHER:
        return f"roles lists more than fit together in {_LONGEST_TOGETHER} characters: use fewer, or shorter names"
    return None


def judge_given(wanted: Iterable[str], listed: Collection[str]) -> str | None:
    """What is wrong with the roles that somebody shall have; None when nothing is.

    Arguments:
        wanted: what was asked for.
        listed: every role that there is.
    """
    unknown = sorted(set(wanted) - set(listed))
    return f"There is no role {unknown[0][:60]!r} here. The roles are: {', '.join(listed)}." if unknown else None


def stored(roles: Iterable[str]) -> frozenset[str]:
    """Roles as they are kept: without `member`, which everybody is."""
    return frozenset(roles) - {MEMBER_ROLE}
