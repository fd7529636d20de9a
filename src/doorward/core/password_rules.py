"""Judging a new password by a profile, and telling its owner what is wrong in plain words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypedDict

from doorward.core import weak_passwords
from doorward.core.password_profiles import DIGIT, LOWER, PROFILES, SPECIAL, UPPER, PasswordProfile
from doorward.core.passwords import Verdict
from doorward.core.problems import Problem
from doorward.core.units import format_duration

__all__ = [
    "PROFILES",
    "PageRule",
    "PageRules",
    "PasswordProfile",
    "is_change_due",
    "judge_change",
    "judge_password",
    "judge_reuse",
    "rules_for_page",
]

_CLASS_NAMES = {
    UPPER: "a capital letter",
    LOWER: "a small letter",
    DIGIT: "a digit",
    SPECIAL: "a sign such as ! ? - or a space",
}
_WEAK = {
    weak_passwords.CONTEXT: "This password is mostly your name or the name of this site.",
    weak_passwords.COMMON: "This password is one of the first that others would try.",
    weak_passwords.RUN: "This password is mostly a run of neighbouring or repeated characters.",
}
_BETTER = "Four or five words that have nothing to do with each other make a good one."


def judge_password(
    password: str,
    profile: PasswordProfile,
    *,
    username: str,
    context: Sequence[str] = (),
    second_factor: bool = False,
) -> list[Problem]:
    """What is wrong with a new password; an empty list if it may be used.

    Arguments:
        password: as typed.
        profile: one of `PROFILES`.
        username: the name of the account; a password that is mostly that name is refused.
        context: further words that a guesser would know: the site's name, the real name.
        second_factor: whether signing in asks for a second factor too.
    Results:
        problems with the codes too_short, too_long, common, run, repeated, context, missing_upper,
        missing_lower, missing_digit, missing_special. No message repeats the password.
    """
    if len(password) > profile.longest:  # before all work, so that its length is no means to slow the server
        return [Problem("too_long", f"Use at most {profile.longest:,} characters.")]
    normal = unicodedata.normalize("NFC", password)
    shortest = _shortest(profile, second_factor)
    return [
        *_judge_length(normal, shortest),
        *_judge_classes(normal, profile),
        *_judge_strength(normal, shortest, _context_words(username, context)),
    ]


class PageRule(TypedDict):
    """One rule as a page shows it: a code of `judge_password`, a text, and what a script compares."""

    code: str
    text: str
    minimum: int | None
    maximum: int | None
    pattern: str | None


class PageRules(TypedDict):
    """What a page's script needs to show the rules of a profile while somebody types."""

    profile: str
    rules: list[PageRule]


def rules_for_page(profile: PasswordProfile, second_factor: bool = False) -> PageRules:
    """The rules as JSON values, in the order to show them. The server judges again, and has the last word.

    Results:
        the profile's name and its rules. `minimum` and `maximum` count code points; `pattern` is a regular
        expression that must match somewhere (JavaScript with the flag u); a rule with none of them only the
        server can judge.
    """
    shortest = _shortest(profile, second_factor)
    rules = [
        _page_rule("too_short", f"At least {shortest} characters", minimum=shortest),
        _page_rule("too_long", f"At most {profile.longest:,} characters", maximum=profile.longest),
        *(_class_rule(one) for one in profile.classes),
        _page_rule("common", "Nothing that others would try first: common words, your name, rows of keys"),
    ]
    return PageRules(profile=profile.name, rules=rules)


def judge_reuse(
    password: str,
    earlier: Sequence[str],
    profile: PasswordProfile,
    verify: Callable[[str, str], Verdict],
) -> list[Problem]:
    """Whether the password is one of the last ones that the profile remembers.

    Arguments:
        earlier: stored hashes of earlier passwords and the present one, newest first.
        verify: `Hasher.verify` or that of a pool; called at most `profile.history` times.
    """
    if any(verify(stored, password).ok for stored in earlier[: profile.history]):
        return [Problem("reused", f"This is one of your last {profile.history} passwords. Choose a new one.")]
    return []


def judge_change(changed_at: datetime, now: datetime, profile: PasswordProfile) -> list[Problem]:
    """Whether the owner may change the password already. Not asked after a reset by an administrator.

    Arguments:
        changed_at: when the present password was set, aware.
    """
    if now - changed_at < profile.youngest:
        age = format_duration(profile.youngest)
        return [Problem("too_young", f"A password must be kept for {age} before it may be changed again.")]
    return []


def is_change_due(changed_at: datetime, now: datetime, profile: PasswordProfile) -> bool:
    """Whether the password has reached its greatest age and must be changed now."""
    return profile.oldest is not None and now - changed_at >= profile.oldest


def _shortest(profile: PasswordProfile, second_factor: bool) -> int:
    return profile.shortest_with_factor if second_factor else profile.shortest


def _judge_length(password: str, shortest: int) -> list[Problem]:
    if len(password) >= shortest:
        return []
    return [Problem("too_short", f"Use at least {shortest} characters. {_BETTER}")]


# Small enough that Python and JavaScript (flag u) read them alike, and so do server and page.
_PATTERNS = {UPPER: "[A-Z]", LOWER: "[a-z]", DIGIT: "[0-9]", SPECIAL: "[^A-Za-z0-9]"}


def _judge_classes(password: str, profile: PasswordProfile) -> list[Problem]:
    missing = [one for one in profile.classes if not re.search(_PATTERNS[one], password)]
    return [Problem(f"missing_{one}", f"Add {_CLASS_NAMES[one]}.") for one in missing]


def _judge_strength(password: str, shortest: int, context: Sequence[str]) -> list[Problem]:
    """One sentence about why it is easy to guess, since one is enough to choose a better one."""
    if not password:
        return []
    if weak_passwords.is_common(password):
        return [Problem("common", f"{_WEAK[weak_passwords.COMMON]} {_BETTER}")]
    if weak_passwords.unit_of(password) < min(shortest, len(password)):
        return [Problem("repeated", f"This password repeats itself. {_BETTER}")]
    parts = weak_passwords.parts_of(password, context)
    if weak_passwords.worth_of(parts) >= weak_passwords.FLOOR:
        return []
    weakest = _weakest(parts)
    return [Problem(weakest, f"{_WEAK[weakest]} {_BETTER}")] if weakest else []


def _weakest(parts: Sequence[tuple[str, int]]) -> str:
    """The kind that makes up most of the password; empty if nothing is known about any of it."""
    kinds = [kind for kind, _ in parts if kind]
    return max(kinds, key=lambda kind: sum(length for one, length in parts if one == kind), default="")


def _context_words(username: str, context: Sequence[str]) -> list[str]:
    """Each word as a whole and its pieces: `anna.berg` is also `anna` and `berg`."""
    normal = [unicodedata.normalize("NFC", word) for word in (username, *context)]
    return [word for text in normal for word in {text, *re.split(r"[\W_]+", text)} if word]


def _page_rule(
    code: str, text: str, minimum: int | None = None, maximum: int | None = None, pattern: str | None = None
) -> PageRule:
    return PageRule(code=code, text=text, minimum=minimum, maximum=maximum, pattern=pattern)


def _class_rule(one: str) -> PageRule:
    return _page_rule(f"missing_{one}", f"With {_CLASS_NAMES[one]}", pattern=_PATTERNS[one])
