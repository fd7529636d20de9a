"""What people, and the host, do with access tokens: make, rotate, revoke. Each writes an entry, never with a secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from doorward.core.access import Caller
from doorward.core.token_life import judge_name, judge_scopes, read_days, read_overlap
from doorward.errors import Invalid, NotFound
from doorward.store import participants, sessions, tokens
from doorward.store.store import Store
from doorward.store.token_models import Token
from doorward.store.tokens import NewToken
from doorward.store.transaction import Transaction

_ALL = 10_000


@dataclass(frozen=True, slots=True)
class Made:
    """A token with a secret that was just made; nobody can ask for it again.

    Arguments:
        token_id, name: of the token.
        secret: the text to copy.
        for_person: whether somebody without an account may sign in with it.
    """

    token_id: int
    name: str
    secret: str
    for_person: bool


def judged(owner_id: str, name: str, scopes: list[str], known: list[str], days: str, *, for_person: bool) -> NewToken:
    """What was asked for, as a new token's values.

    Arguments:
        known: the scopes that routes of this app name.
        days: one of `token_life.DAYS`, `never`, or empty for the default.

    Errors:
        Invalid: with a sentence for each field that is wrong.
    """
    found = {"name": judge_name(name), "scopes": judge_scopes(scopes, known)}
    problems = {field: problem for field, problem in found.items() if problem}
    life = _life(days, problems)
    if problems:
        raise Invalid(problems)
    return NewToken(owner_id, name.strip(), frozenset(scopes), life, for_person)


def _life(days: str, problems: dict[str, str]) -> timedelta | None:
    try:
        return read_days(days)
    except ValueError as wrong:
        problems["days"] = str(wrong)
        return None


def judged_rotation(days: str, overlap: str) -> tuple[timedelta | None, timedelta]:
    """How long the new secret of a rotation lives, and for how long the old one still works.

    Errors:
        Invalid: with a sentence for each field that is wrong.
    """
    problems: dict[str, str] = {}
    life = _life(days, problems)
    try:
        after = read_overlap(overlap)
    except ValueError as wrong:
        raise Invalid({**problems, "overlap": str(wrong)}) from None
    if problems:
        raise Invalid(problems)
    return life, after


def create(store: Store, actor: Caller, new: NewToken) -> Made:
    """Make a token."""
    with store.transaction(actor) as tx:
        token, secret = tokens.add(tx, new)
        tx.journal(
            "token.created",
            on=f"token:{token.id}",
            name=token.name,
            owner=token.owner_id,
            scopes=sorted(new.scopes),
            days=_in_days(new.life),
            for_person=new.for_person,
        )
        return Made(token.id, token.name, secret, new.for_person)


def rotate(
    store: Store,
    actor: Caller,
    token_id: int,
    life: timedelta | None,
    overlap: timedelta,
    *,
    owner_id: str | None = None,
    newest: int | None = None,
) -> Made:
    """Give a token another secret; the one before works until the overlap is over.

    Arguments:
        owner_id: whose it must be; None for an administrator or the host.
        newest: the secret that is to be replaced, as the page showed it.

    Errors:
        NotFound: there is no such token, or it is not theirs. Conflict: it is revoked, or somebody was faster.
    """
    with store.transaction(actor) as tx:
        token = _theirs(tx, token_id, owner_id)
        secret = tokens.rotate(tx, token_id, newest, life, overlap)
        hours = overlap // timedelta(hours=1)
        tx.journal("token.rotated", on=f"token:{token_id}", name=token.name, days=_in_days(life), overlap_hours=hours)
        return Made(token_id, token.name, secret, token.for_person)


def revoke(store: Store, actor: Caller, token_id: int, *, owner_id: str | None = None) -> str:
    """End a token at once, with the sessions and streams that it opened. Its name.

    Errors:
        NotFound: there is no such token, or it is not theirs.
    """
    with store.transaction(actor) as tx:
        token = _theirs(tx, token_id, owner_id)
        if tokens.revoke(tx, token_id):
            tx.journal("token.revoked", on=f"token:{token_id}", name=token.name, owner=token.owner_id)
        return token.name


def end_session(store: Store, actor: Caller, token_id: int, session_id: int, *, owner_id: str | None = None) -> None:
    """End the session of one person who signed in with a token; the token works on.

    Errors:
        NotFound: the token is not theirs, or has no such session.
    """
    with store.transaction(actor) as tx:
        token = _theirs(tx, token_id, owner_id)
        if session_id not in {row.id for row in participants.of_token(tx.db, token_id, _ALL)}:
            raise NotFound
        sessions.end(tx, session_id)
        tx.journal("token.session_ended", on=f"token:{token_id}", name=token.name, session=session_id)


def end_sessions(store: Store, actor: Caller, token_id: int, *, owner_id: str | None = None) -> int:
    """Sign out everybody who signed in with a token; the token works on. How many there were.

    Errors:
        NotFound: there is no such token, or it is not theirs.
    """
    with store.transaction(actor) as tx:
        token = _theirs(tx, token_id, owner_id)
        rows = participants.of_token(tx.db, token_id, _ALL)
        for row in rows:
            sessions.end(tx, row.id)
        tx.journal("token.sessions_ended", on=f"token:{token_id}", name=token.name, count=len(rows))
        return len(rows)


def _theirs(tx: Transaction, token_id: int, owner_id: str | None) -> Token:
    token = tokens.by_id(tx.db, token_id)
    if token is None or owner_id not in (None, token.owner_id):
        raise NotFound
    return token


def _in_days(life: timedelta | None) -> int | str:
    return "never ends" if life is None else life.days
