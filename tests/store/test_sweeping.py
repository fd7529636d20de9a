"""What was never let in, or opens nothing any more, goes after the stated time, and nothing else; journaled."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from doorward.store import accounts, invitations, sweeping, tokens
from doorward.store.accounts import WAITING, NewAccount
from doorward.store.invitation_models import Invitation
from doorward.store.models import Account, JournalEntry
from doorward.store.store import Store
from doorward.store.token_models import Token
from doorward.store.tokens import NewToken
from doorward.testing import Clock
from tests.store.records import add_account, do

DAY = timedelta(days=1)


def waiting(store: Store, name: str) -> str:
    new = NewAccount(name, name, name, "!")
    with store.transaction() as tx:
        return accounts.add(tx, new, WAITING).id


def token(store: Store, owner: str, name: str, life: timedelta | None) -> int:
    with store.transaction() as tx:
        return tokens.add(tx, NewToken(owner, name, frozenset({"a:b"}), life))[0].id


def left(store: Store) -> tuple[list[str], list[str], list[str]]:
    with store.reading() as db:
        return (
            sorted(db.scalars(select(Account.name))),
            sorted(db.scalars(select(Token.name))),
            sorted(db.scalars(select(Invitation.note))),
        )


def test_what_is_dead_for_long_goes_and_nothing_else(store: Store, clock: Clock) -> None:
    mara = add_account(store, "Mara", "admin")
    waiting(store, "forgotten")
    token(store, mara, "expired", 7 * DAY)
    revoked = token(store, mara, "revoked", None)
    kept, rotated = token(store, mara, "lives", None), token(store, mara, "rotated", 7 * DAY)
    do(store, lambda tx: tokens.revoke(tx, revoked))
    do(store, lambda tx: tokens.rotate(tx, rotated, None, None, timedelta(0)))
    for note, life in (("short", DAY), ("long", 365 * DAY)):
        with store.transaction() as tx:
            invitations.add(tx, note, roles=frozenset(), life=life, uses=1, note=note)
    everything = left(store)
    clock.forward(days=29)
    waiting(store, "patient")
    assert sweeping.sweep(store) == 0
    assert left(store)[1:] == everything[1:]
    clock.forward(days=2)
    assert sweeping.sweep(store) == 1
    assert left(store)[0] == ["Mara", "patient"]
    clock.forward(days=70)
    sweeping.sweep(store)
    assert left(store) == (["Mara"], ["lives", "rotated"], ["long"])
    with store.reading() as db:
        assert tokens.secrets_of(db, kept)
        assert len(tokens.secrets_of(db, rotated)) == 1
        events = set(db.scalars(select(JournalEntry.event)))
    assert {"account.swept", "token.swept", "invitation.swept"} <= events
    assert sweeping.sweep(store) == 0


def test_more_than_one_step_goes_in_one_sweep(store: Store, clock: Clock) -> None:
    do(store, lambda tx: [accounts.add(tx, NewAccount(f"w{n}", f"w{n}", f"w{n}", "!"), WAITING) for n in range(501)])
    clock.forward(days=31)
    assert sweeping.sweep(store) == 501
