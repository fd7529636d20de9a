"""The roles of an app: those that it lists. A route that asks for another one would be open to nobody, or to a typo."""

from __future__ import annotations

from collections.abc import Mapping

from doorward.core.access import ADMIN
from doorward.core.roles import BUILT_IN, MEMBER_ROLE, Role, judge_listed
from doorward.errors import StartRefused
from doorward.web.census import Census


def roles_of(census: Census, meanings: Mapping[str, str]) -> tuple[Role, ...]:
    """Every role that there is: `admin`, `member`, and those that the app lists, whether a route names them or not.

    A role may be listed that no route names: a policy may ask for it (`"organiser" in caller.roles`).

    Errors:
        StartRefused: a listed name cannot be one, or a route asks for a role that is not listed.
    """
    if problem := judge_listed(meanings):
        raise StartRefused(problem)
    for name, routes in census.roles().items():
        if name == MEMBER_ROLE:
            raise StartRefused(f"{routes[0]} asks for the role 'member', which everybody has: write access.member")
        if name != ADMIN and name not in meanings:
            there_are = ", ".join([*BUILT_IN, *meanings])
            raise StartRefused(
                f"{routes[0]} asks for the role {name!r}, which is not listed. There are: {there_are}. "
                f'List it: Doorward(app, roles={{"{name}": "What who has it may do."}})'
            )
    return tuple(Role(name, meaning) for name, meaning in {**BUILT_IN, **meanings}.items())
