"""New names and passwords from a form: judged by the rules, problems by field."""

from __future__ import annotations

from collections.abc import Sequence

from doorward.core.names import judge_name, name_key, skeleton
from doorward.core.password_profiles import PROFILES, PasswordProfile
from doorward.core.password_rules import PageRule, judge_password, rules_for_page
from doorward.core.problems import as_sentences
from doorward.errors import Invalid
from doorward.store import accounts
from doorward.store.accounts import NewAccount
from doorward.web.parts import Parts


def profile_of(parts: Parts) -> PasswordProfile:
    """The password profile of this server."""
    return PROFILES[parts.settings.password_profile]


def rules_to_show(parts: Parts, *, second_factor: bool = False) -> list[PageRule]:
    """The rules for the person who chooses a password; a script marks them as they are met while one types."""
    return rules_for_page(profile_of(parts), second_factor)["rules"]


def shortest(parts: Parts, *, second_factor: bool = False) -> int:
    """How many characters a new password must have at least."""
    profile = profile_of(parts)
    return profile.shortest_with_factor if second_factor else profile.shortest


def judge_new_password(
    parts: Parts, password: str, again: str, username: str, *, second_factor: bool = False
) -> dict[str, str]:
    """What is wrong with a new password, by field; empty when nothing is.

    Arguments:
        second_factor: whether signing in asks for a second factor too, so that it may be shorter.
    """
    context: Sequence[str] = [parts.settings.site_name, "doorward"]
    problems = judge_password(
        password, profile_of(parts), username=username, context=context, second_factor=second_factor
    )
    found = {"password": as_sentences(problems)} if problems else {}
    if not problems and password != again:
        found["password_again"] = "The two passwords are not the same."  # nosec B105  # (a sentence)
    return found


def new_account(parts: Parts, name: str, password: str, again: str, roles: frozenset[str]) -> NewAccount:
    """A new account's values, with the password hashed.

    Errors:
        Invalid: with a sentence for each field that is wrong.
    """
    problems: dict[str, str] = {}
    judge_new_account(parts, name, password, again, problems)
    if problems:
        raise Invalid(problems)
    return NewAccount(
        name=name,
        name_key=name_key(name),
        skeleton=skeleton(name),
        password_hash=parts.hashing.hash(password),
        roles=roles,
    )


def judge_new_account(parts: Parts, name: str, password: str, again: str, problems: dict[str, str]) -> None:
    """Add to `problems` what is wrong with a new account's name and password, a sentence for each field."""
    problems |= judge_new_password(parts, password, again, name)
    if wrong := judge_name(name):
        problems["username"] = as_sentences(wrong)
    elif _is_taken(parts, name):
        problems["username"] = "This name, or one that looks like it, is taken. Choose another."


def _is_taken(parts: Parts, name: str) -> bool:
    with parts.store.reading() as db:
        return accounts.is_taken(db, name_key(name), skeleton(name))
