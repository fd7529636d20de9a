"""Who is calling? A program's token, a session's cookie, or nobody.

What the cookie says is looked up at every request, so that a session that was ended, an account that was blocked
or deleted, is out at once and everywhere (law 3; OWASP ASVS 7.4.1, 7.4.2).
"""

from __future__ import annotations

from datetime import timedelta

from doorward.core.access import ADMIN, Caller
from doorward.core.sessions import Lifetimes, has_open_page, identifier_hash, is_alive, is_due_for_touch
from doorward.store import sessions
from doorward.store.accounts import ACTIVE, split_roles
from doorward.store.participants import PREFIX
from doorward.store.sessions import Found
from doorward.web.checks.participant import find_participant
from doorward.web.checks.token import find_program
from doorward.web.cookies import SESSION, read_cookie
from doorward.web.dues import what_is_due
from doorward.web.here import Here
from doorward.web.visits import is_visit, visit_holds

#: A cookie of ours has a known length; anything longer is not looked up.
_LONGEST = 200


def find_caller(at: Here) -> Caller:
    """The caller of this request. Unknown, ended and outlived sessions are visitors."""
    if at.sends_token:
        return find_program(at)
    value = read_cookie(at, SESSION)
    if not value or len(value) > _LONGEST:
        return Caller(address=at.client.address)
    if value.startswith(PREFIX):
        return find_participant(at, value)
    if is_visit(value):
        return _visitor(at, value)
    with at.door.store.looking_up() as db:
        found = sessions.find(db, value)
    if found is None or not _may_go_on(at, found):
        return Caller(address=at.client.address)
    at.session, at.identifier = found, value
    _touch(at, found)
    if _is_only_looking(at) and what_is_due(at, found) is not None:
        return Caller(visitor=f"session:{found.id}", address=at.client.address)
    return as_caller(found, at.client.address)


def as_caller(found: Found, address: str) -> Caller:
    """The person of a session, as a caller."""
    return Caller(
        account_id=found.account_id,
        name=found.name,
        roles=split_roles(found.roles),
        signed_in_at=found.confirmed_at,
        session_id=found.id,
        visitor=f"session:{found.id}",
        address=address,
    )


def _is_only_looking(at: Here) -> bool:
    """Is this a public page, on which one can settle nothing?"""
    return at.demand is not None and at.demand.rule.public and not at.demand.even_when_due


def _visitor(at: Here, value: str) -> Caller:
    if not visit_holds(at, value):
        return Caller(address=at.client.address)
    at.identifier = value
    return Caller(visitor=identifier_hash(value)[:32], address=at.client.address)


def _may_go_on(at: Here, found: Found) -> bool:
    if at.door.settings.session_per_tab and not has_open_page(found.life, found.open_at, at.now):
        return False
    return found.status == ACTIVE and is_alive(found.life, lifetimes(at, found.roles), at.now)


def lifetimes(at: Here, roles: str) -> Lifetimes:
    """How long a session of somebody with these roles may live. Administrators' are shorter."""
    settings = at.door.settings
    if ADMIN in split_roles(roles):
        return Lifetimes(settings.admin_session_idle, settings.admin_session_absolute)
    return Lifetimes(settings.session_idle, settings.session_absolute)


def _touch(at: Here, found: Found) -> None:
    passive = at.demand is None or at.demand.passive
    if passive or not is_due_for_touch(found.life, at.now, timedelta(minutes=1)):
        return
    with at.door.store.transaction() as tx:
        sessions.touch(tx, found.id, found.account_id)
