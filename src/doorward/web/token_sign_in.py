"""Signing in with a token: for invited people without an account. The session may what it names, and ends with it.

Only tokens that were made for a person open a session; whoever finds a program's token in a script gets no browser
in. The answer is the same for each token that does not work here (OWASP ASVS 6.3.8).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request, session

from doorward.core.access import Caller
from doorward.core.journal import FAILED, REFUSED
from doorward.core.limits import Counted
from doorward.core.tokens import looks_like_token
from doorward.core.transport import address_group
from doorward.errors import Refused
from doorward.store import participants, sessions, tokens
from doorward.store.limits import LimitReached, Taken
from doorward.store.tokens import Found
from doorward.store.transaction import Transaction
from doorward.web.checks.token import whole_caller
from doorward.web.cookies import SESSION, cookie_header
from doorward.web.here import Here


class WrongToken(Refused):
    """The one answer to a token that is unknown, dead, copied badly, or made for a program."""

    code = "wrong_token"
    status = 401
    default = "This access token does not work here. Copy all of it, or ask whoever gave it to you."


def sign_in_with_token(at: Here, typed: str) -> None:
    """Open a session for whoever holds this token, in place of whatever this browser had.

    Errors:
        WrongToken: it opens no session. Limited: too many wrong ones came from this address.
    """
    value = typed.strip()
    with _attempt(at) as taken:
        found = _look_up(at, value)
        why = _why_not(at, value, found)
        if found is None or why:
            _journal_failure(at, found, why)
            raise WrongToken
        at.door.limiter.give_back(*taken)
    with at.door.store.transaction(whole_caller(at, found)) as tx:
        _start(at, tx, value)


def _look_up(at: Here, value: str) -> Found | None:
    if not looks_like_token(value):
        return None
    with at.door.store.looking_up() as db:
        return tokens.find(db, value)


def _why_not(at: Here, value: str, found: Found | None) -> str:
    if found is None:
        return "unknown" if looks_like_token(value) else "malformed"
    return found.why_dead(at.now) or ("" if found.for_person else "made for a program")


@contextmanager
def _attempt(at: Here) -> Iterator[tuple[Taken, ...]]:
    """Failures count by address, as those of signing in with a password do; what is right gives back."""
    wanted = [Counted(at.door.limits.token_sign_in, address_group(at.client.address))]
    try:
        with at.door.parts.attempts.begun(wanted) as taken:
            yield taken
    except LimitReached as limited:
        at.standings.append(limited.standing)
        _journal_failure(at, None, "too many", event="session.locked_out")
        raise


def _journal_failure(at: Here, found: Found | None, why: str, event: str = "session.refused") -> None:
    if not at.door.limits.may_journal(at.door.limiter, at.client.address):
        return
    on = f"token:{found.token_id}" if found is not None else "token:(unknown)"
    with at.door.store.transaction(Caller(address=at.client.address)) as tx:
        tx.journal(event, on=on, outcome=FAILED if event == "session.refused" else REFUSED, reason=why)


def _start(at: Here, tx: Transaction, value: str) -> None:
    found = tokens.find(tx.db, value)
    if found is None or _why_not(at, value, found):  # it was revoked in this very moment
        raise WrongToken
    _end_what_was_here(at, tx)
    agent = request.headers.get("User-Agent", "")
    identifier, session_id = participants.open_session(tx, found.secret_id, agent=agent)
    tokens.note_use(tx, found.token_id)
    tx.journal("session.started", on=f"token:{found.token_id}", session=session_id, name=found.name)
    _hold(at, tx, identifier)


def _end_what_was_here(at: Here, tx: Transaction) -> None:
    at.caller  # noqa: B018  (asking for the caller looks the session up)
    if at.session is not None:
        sessions.end(tx, at.session.id)
    end_participation(at, tx)
    if session:  # clearing an empty one would send a cookie that deletes nothing
        session.clear()


def end_participation(at: Here, tx: Transaction) -> None:
    """End the session of the participant in this browser, if there is one: they sign out, or in as somebody else."""
    if at.participant is not None:
        sessions.end(tx, at.participant.id)
        tx.journal("session.ended", on=f"token:{at.participant.token.token_id}", session=at.participant.id)
        at.participant, at.token = None, None


def _hold(at: Here, tx: Transaction, identifier: str) -> None:
    """Set the cookie, until the browser is closed; the rest of this request runs as the participant."""
    held = participants.find(tx.db, identifier)
    assert held is not None  # nosec B101  # (it was written a line above, in this transaction)
    at.set_cookies.append(cookie_header(at, SESSION, identifier, None))
    at.become(whole_caller(at, held.token, held.id), None, identifier)
    at.participant, at.token = held, held.token
