"""What administrators do to other people's accounts. Nobody can shut themselves, or everybody, out."""

from __future__ import annotations

from collections.abc import Collection

from doorward.core.access import ADMIN, HOST, Caller
from doorward.core.roles import BUILT_IN, judge_given, stored
from doorward.errors import Conflict, Invalid, NotFound
from doorward.store import accounts, factors, leaving, notices, sessions, tokens
from doorward.store.accounts import ACTIVE, BLOCKED, DELETED, UNVERIFIED, WAITING
from doorward.store.models import Account
from doorward.store.store import Store
from doorward.store.transaction import Transaction

_ON_THE_HOST = (
    "{0} is an administrator. The factors of administrators are reset only on the host: "
    "doorward account reset-factors {0}"
)


def block(store: Store, actor: Caller, account_id: str) -> str:
    """Keep somebody out: all their sessions and streams end with this. The account's name.

    Errors:
        NotFound: there is no such account. Conflict: it is one's own, or the last administrator's.
    """
    with store.transaction(actor) as tx:
        account = _approved(tx, account_id)
        _not_the_last_administrator(tx, account)
        account.status = BLOCKED
        _end_everything(tx, account)
        tx.journal("account.blocked", on=f"account:{account.id}", name=account.name)
        return account.name


def unblock(store: Store, actor: Caller, account_id: str) -> str:
    """Let somebody in again. The account's name."""
    with store.transaction(actor) as tx:
        account = _approved(tx, account_id)
        account.status = ACTIVE
        tx.journal("account.unblocked", on=f"account:{account.id}", name=account.name)
        return account.name


def approve(store: Store, actor: Caller, account_id: str) -> str:
    """Let somebody in who registered and waits. The account's name.

    Errors:
        NotFound: nobody waits under this number: there never was one, or another administrator has decided.
    """
    with store.transaction(actor) as tx:
        account = _waiting(tx, account_id)
        account.status = ACTIVE
        tx.journal("account.approved", on=f"account:{account.id}", name=account.name)
        return account.name


def refuse(store: Store, actor: Caller, account_id: str) -> str:
    """Do not let in somebody who registered: the account is gone, and its name is free. The account's name.

    Errors:
        NotFound: as for `approve`.
    """
    with store.transaction(actor) as tx:
        account = _waiting(tx, account_id)
        tx.journal("account.refused", on=f"account:{account.id}", name=account.name)
        tx.db.delete(account)
        return account.name


def end_sessions(store: Store, actor: Caller, account_id: str) -> str:
    """Sign somebody out everywhere. The account's name."""
    with store.transaction(actor) as tx:
        account = _other(tx, account_id)
        count = _end_everything(tx, account)
        tx.journal("account.sessions_ended", on=f"account:{account.id}", name=account.name, count=count)
        return account.name


def delete(store: Store, actor: Caller, account_id: str, *, hard: bool = False) -> str:
    """Delete an account: nobody can sign in with it again. What it made stays, or goes too. The account's name.

    Arguments:
        hard: True where what it made shall go. The apps do their part right afterwards (`store/leaving.py`).
    """
    with store.transaction(actor) as tx:
        account = _other(tx, account_id)
        name = account.name
        results = leaving.close(tx, account, leaving.HARD if hard else leaving.SOFT)
    store.drop_results(results)
    return name


def reset_factors(store: Store, actor: Caller, account_id: str) -> str:
    """Take all second factors from somebody who has lost them, recovery codes included. The account's name.

    All its sessions end, and the person is told at the next sign-in. The password stays: recovery skips nothing.
    An administrator's factors are taken only on the host: whoever got hold of one administrator's session shall not
    weaken the others.

    Errors:
        NotFound: there is no such account. Conflict: it is one's own, or an administrator's.
    """
    with store.transaction(actor) as tx:
        account = _other(tx, account_id)
        if ADMIN in accounts.split_roles(account.roles) and actor != HOST:
            raise Conflict(_ON_THE_HOST.format(account.name))
        factors.remove_all(tx, account.id)
        count = _end_everything(tx, account)
        notices.leave(
            tx, account.id, "Your second factors were reset. If you did not ask for that, tell who runs this site."
        )
        tx.journal("account.factors_reset", on=f"account:{account.id}", name=account.name, sessions_ended=count)
        return account.name


def set_roles(
    store: Store, actor: Caller, account_id: str, roles: frozenset[str], listed: Collection[str] = tuple(BUILT_IN)
) -> str:
    """Give an account exactly these roles. Its sessions end: rights change only with a new session (law 3). Its name.

    Arguments:
        listed: every role that there is here.

    Errors:
        Invalid: one of the roles is not listed. NotFound, Conflict: as for `block`; or the account waits for approval.
    """
    must_be_listed(roles, listed)
    with store.transaction(actor) as tx:
        account = _approved(tx, account_id)
        if ADMIN not in roles:
            _not_the_last_administrator(tx, account)
        account.roles = accounts.join_roles(stored(roles))
        _end_everything(tx, account)
        tx.journal("account.roles_changed", on=f"account:{account.id}", name=account.name, roles=sorted(stored(roles)))
        return account.name


def must_be_listed(roles: Collection[str], listed: Collection[str]) -> None:
    """Refuse roles that do not exist here.

    Errors:
        Invalid: with a sentence that names the roles there are.
    """
    if problem := judge_given(roles, listed):
        raise Invalid({"roles": problem})


def _hold(tx: Transaction, account_id: str) -> Account | None:
    """The account as it is now, held with all administrators, so that what is decided here stays true.

    Administrators first, in one order: two who act on each other at once wait for each other instead of being stuck.

    Errors:
        Conflict: whoever does this was blocked, or lost the role, in this very moment.
    """
    administrators, actor = accounts.administrators(tx.db), tx.actor.account_id
    if actor is not None and actor not in administrators and accounts.by_id(tx.db, actor) is not None:
        raise Conflict("You are no administrator any more.")
    return accounts.held(tx, account_id)


def _other(tx: Transaction, account_id: str) -> Account:
    account = _hold(tx, account_id)
    if account is None or account.status == DELETED:
        raise NotFound
    if account.id == tx.actor.account_id:
        raise Conflict("This is your own account. Ask another administrator.")
    return account


def _approved(tx: Transaction, account_id: str) -> Account:
    # Blocking and unblocking one that waits would let it in without anybody having approved it.
    account = _other(tx, account_id)
    if account.status == WAITING:
        raise Conflict("This account waits for approval. Approve or refuse it.")
    if account.status == UNVERIFIED:
        raise Conflict("The e-mail address of this account was not verified yet. It is gone in a day if nobody does.")
    return account


def _waiting(tx: Transaction, account_id: str) -> Account:
    # Held, so that of two administrators who decide at once the second finds it decided.
    account = _hold(tx, account_id)
    if account is None or account.status != WAITING:
        raise NotFound("Nobody waits here any more.")
    return account


def _not_the_last_administrator(tx: Transaction, account: Account) -> None:
    if accounts.is_last_administrator(tx.db, account.id):
        raise Conflict("This is the last administrator. Make another one first.")


def _end_everything(tx: Transaction, account: Account) -> int:
    ended = sessions.end_all(tx, account.id)
    tokens.cut_all(tx, account.id)
    account_id = account.id
    tx.after_commit(lambda publisher: publisher.cut_account(account_id))
    return ended
