"""A participant's cookie: somebody without an account who signed in with a token, and may do what it names."""

from __future__ import annotations

from datetime import datetime, timedelta

from doorward.core.access import PUBLIC, Caller, seen_behind
from doorward.core.sessions import Lifetimes, ends_at, has_open_page, is_alive, is_due_for_touch
from doorward.store import participants, tokens
from doorward.store.participants import Participant
from doorward.web.checks.token import whole_caller
from doorward.web.here import Here


def find_participant(at: Here, identifier: str) -> Caller:
    """The participant of this session. One that has ended, or whose token has, is a visitor."""
    with at.door.store.looking_up() as db:
        found = participants.find(db, identifier)
    if found is None or not _may_go_on(at, found):
        return Caller(address=at.client.address)
    at.token, at.participant, at.identifier = found.token, found, identifier
    _touch(at, found)
    rule = at.demand.rule if at.demand is not None else PUBLIC
    return seen_behind(rule, whole_caller(at, found.token, found.id))


def _may_go_on(at: Here, found: Participant) -> bool:
    if at.door.settings.session_per_tab and not has_open_page(found.life, found.open_at, at.now):
        return False
    works = found.token.for_person and not found.token.why_dead(at.now)
    return works and is_alive(found.life, _lifetimes(at), at.now)


def _lifetimes(at: Here) -> Lifetimes:
    return Lifetimes(at.door.settings.session_idle, at.door.settings.session_absolute)


def session_ends(at: Here, found: Participant) -> datetime:
    """When the session ends by itself, if nobody uses it from now on; its token may end sooner."""
    return ends_at(found.life, _lifetimes(at))


def _touch(at: Here, found: Participant) -> None:
    passive = at.demand is None or at.demand.passive
    if passive or not is_due_for_touch(found.life, at.now, timedelta(minutes=1)):
        return
    with at.door.store.transaction(Caller(address=at.client.address)) as tx:
        participants.touch(tx, found.id)
        tokens.note_use(tx, found.token.token_id)
