"""Tokens that apps issue to participants: thousands in one act, by kind, expiring, revocable, replaceable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import current_app, has_request_context

from doorward.core.issuing import LONGEST_DAYS, judge_issue, judge_kind
from doorward.core.token_life import DEFAULT_DAYS, why_dead
from doorward.errors import Conflict, Forbidden, Invalid, NotFound
from doorward.store import accounts, issued, tokens
from doorward.store.transaction import Transaction
from doorward.web.here import here
from doorward.web.outbound.fetch import door_at_work

if TYPE_CHECKING:
    from doorward.web.extension import Doorward


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token that was just issued.

    Arguments:
        token_id: its number, which stays when it is replaced; `caller.holder` of who signs in with it is `token:…`.
        name: whose it is, as the app named it.
        secret: what its holder types at `/login/token`. Nobody can ask for it again.
    """

    token_id: int
    name: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssuedState:
    """What is known of a token that was issued, without its secret.

    Arguments:
        token_id, name: as in `IssuedToken`.
        used_at: when it was last used; None for never.
        state: "works", or why it does not: "revoked", "expired".
    """

    token_id: int
    name: str
    used_at: datetime | None
    state: str


def issue_tokens(
    tx: Transaction, names: Sequence[str], *, kind: str, scopes: Iterable[str], days: int = DEFAULT_DAYS
) -> list[IssuedToken]:
    """Issue a token to each of these people. They sign in with it at `/login/token` and may what the scopes name.

    The account that does this answers for the tokens: they end when it is blocked or deleted. A handful of queries,
    however many there are.

    Arguments:
        tx: the transaction; its actor must be signed in with an account.
        names: of the people, at most 5,000, each at most 80 characters.
        kind: which sheet this is, such as `planning:42:guests`; by it they are listed and revoked. It begins with
            the app's name, so that no other app takes it.
        scopes: what the tokens open; each named by a route or topic of the app.
        days: how long they work, 1 to 365.

    Results:
        The tokens in the order of the names, with their secrets, told only here.

    Errors:
        Invalid: with a sentence for each argument that is wrong. Forbidden: the actor has no account, or came by a
        token. Limited: one account issues at most 60 times an hour.
    """
    owner_id = _owner(tx)
    wanted = frozenset(scopes)
    if problems := judge_issue(names, kind, wanted, _known_scopes(), days):
        raise Invalid(problems)
    _count_one_more(owner_id)
    return _issue(tx, owner_id, names, kind, wanted, days)


def issue_token_for(
    tx: Transaction, owner_id: str, name: str, *, kind: str, scopes: Iterable[str], days: int = DEFAULT_DAYS
) -> IssuedToken:
    """Issue a token to somebody who registers themselves by a link that an account has opened to everybody.

    The account answers for the token as in `issue_tokens`; the journal says who came. Nothing is counted against the
    account, or strangers could use up its limit: the route of the link needs a limit of its own.

    Arguments:
        tx: the transaction; its actor may be anybody.
        owner_id: the account that opened the link.
        name, kind, scopes, days: as in `issue_tokens`.

    Errors:
        Invalid: as in `issue_tokens`. Conflict: the account may not sign in any more, so its tokens would be dead.
    """
    wanted = frozenset(scopes)
    if problems := judge_issue([name], kind, wanted, _known_scopes(), days):
        raise Invalid(problems)
    owner = accounts.by_id(tx.db, owner_id)
    if owner is None or owner.status != accounts.ACTIVE:
        raise Conflict("Nobody answers for this link any more.")
    return _issue(tx, owner_id, [name], kind, wanted, days)[0]


def _issue(
    tx: Transaction, owner_id: str, names: Sequence[str], kind: str, scopes: frozenset[str], days: int
) -> list[IssuedToken]:
    made = issued.issue(tx, owner_id, kind, [name.strip() for name in names], scopes, timedelta(days=days))
    first, last = made[0][0], made[-1][0]
    tx.journal(
        "token.issued", on=f"tokens:{kind}", count=len(made), scopes=sorted(scopes), days=days, first=first, last=last
    )
    return [IssuedToken(*one) for one in made]


def issued_tokens(db: Any, kind: str, *, after: int = 0, count: int = 100) -> list[IssuedState]:
    """The tokens of a kind, by number.

    Arguments:
        db: from `reading()`, or `tx.db`.
        after: only those with a greater number, for paging.
        count: how many at most.
    """
    now = _door().clock()
    return [
        IssuedState(token.id, token.name, token.used_at, why_dead(ends, token.revoked_at, True, now) or "works")
        for token, ends in issued.of_kind(db, kind, after, min(count, 5_000))
    ]


def revoke_tokens(tx: Transaction, kind: str) -> int:
    """End every token of a kind at once, with the sessions and streams of who holds one. How many ended now."""
    if problem := judge_kind(kind):
        raise Invalid({"kind": problem})
    count = issued.revoke_kind(tx, kind)
    if count:
        tx.journal("token.kind_revoked", on=f"tokens:{kind}", count=count)
    return count


def revoke_token(tx: Transaction, token_id: int, *, kind: str) -> bool:
    """End one token, with the sessions and streams of who holds it. False where it had ended before.

    Arguments:
        token_id: of the token.
        kind: of the token, so that no app ends another's.

    Errors:
        NotFound: there is no such token of this kind.
    """
    token = tokens.by_id(tx.db, token_id)
    if token is None or token.kind != kind or not kind:
        raise NotFound
    if not tokens.revoke(tx, token_id):
        return False
    tx.journal("token.revoked", on=f"token:{token_id}", name=token.name, kind=kind)
    return True


def replace_token(tx: Transaction, token_id: int, *, kind: str, days: int = DEFAULT_DAYS) -> IssuedToken:
    """Give one person another secret; the one before, and who is in by it, are out at once. The number stays.

    Arguments:
        token_id: of the token.
        kind: of the token, so that no app replaces another's.
        days: how long the new secret works, 1 to 365.

    Errors:
        NotFound: there is no such token of this kind. Conflict: it is revoked. Invalid, Forbidden, Limited: as for
        `issue_tokens`.
    """
    owner_id = _owner(tx)
    token = tokens.by_id(tx.db, token_id)
    if token is None or token.kind != kind or not kind:
        raise NotFound
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid({"days": f"Let it live from 1 to {LONGEST_DAYS} days."})
    _count_one_more(owner_id)
    tokens.end_sessions(tx, token_id)
    secret = tokens.rotate(tx, token_id, None, timedelta(days=days), timedelta(0))
    tx.journal("token.replaced", on=f"token:{token_id}", name=token.name, kind=kind, days=days)
    return IssuedToken(token_id, token.name, secret)


def _owner(tx: Transaction) -> str:
    if tx.actor.account_id is None or tx.actor.scopes is not None:
        raise Forbidden("Tokens are issued by a person who is signed in with an account.")
    return tx.actor.account_id


def _known_scopes() -> list[str]:
    return [scope.name for scope in _door().scopes]


def _door() -> Doorward:
    """The door of the running app, or of the background job that runs in this thread."""
    at_work: Doorward | None = door_at_work()
    found: Doorward = at_work or current_app.extensions["doorward"]
    return found


def _count_one_more(owner_id: str) -> None:
    """Outside of a request it is the host that acts, such as a seed or a job that a person was counted for."""
    if has_request_context():
        at = here()
        at.standings.append(at.door.limiter.take(at.door.limits.tokens_issued, owner_id).standing)
