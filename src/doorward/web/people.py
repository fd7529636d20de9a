"""What administrators do to other people's accounts. Nobody can shut themselves, or everybody, out."""

from __future__ import annotations

from doorward.core.access import Caller
from doorward.errors import Conflict, NotFound
from doorward.store import accounts, factors, notices, sessions, tokens
from doorward.store.accounts import ACTIVE, BLOCKED, DELETED, WAITING
from doorward.store.models import Account
from doorward.store.store import Store
from doorward.store.transaction import Transaction


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


def delete(store: Store, actor: Caller, account_id: str) -> str:
    """Delete an account: nobody can sign in with it again. What it made stays. The account's name.

    The row stays as well, emptied, so that what it made still belongs to an account that existed.
    """
    with store.transaction(actor) as tx:
        account = _other(tx, account_id)
        _not_the_last_administrator(tx, account)
        name = account.name
        _end_everything(tx, account)
        factors.remove_all(tx, account.id)
        tokens.revoke_all(tx, account.id)
        tx.journal("account.deleted", on=f"account:{account.id}", name=name)
        account.status, account.roles, account.password_hash = DELETED, "", "!"
        account.name, account.name_key, account.skeleton = "Deleted account", account.id, account.id
        return name


def reset_factors(store: Store, actor: Caller, account_id: str) -> str:
    """Take all second factors from somebody who has lost them, recovery codes included. The account's name.

    All its sessions end, and the person is told at the next sign-in. The password stays: recovery skips nothing.
    """
    with store.transaction(actor) as tx:
        account = _other(tx, account_id)
        factors.remove_all(tx, account.id)
        count = _end_everything(tx, account)
        notices.leave(
            tx, account.id, "Your second factors were reset. If you did not ask for that, tell who runs this site."
        )
        tx.journal("account.factors_reset", on=f"account:{account.id}", name=account.name, sessions_ended=count)
        return account.name


def set_roles(store: Store, actor: Caller, account_id: str, roles: frozenset[str]) -> None:
    """Give an account exactly these roles. Its sessions end: rights change only with a new session (law 3)."""
    with store.transaction(actor) as tx:
        account = _other(tx, account_id)
        if "admin" not in roles:
            _not_the_last_administrator(tx, account)
        account.roles = accounts.join_roles(roles)
        _end_everything(tx, account)
        tx.journal("account.roles_changed", on=f"account:{account.id}", name=account.name, roles=sorted(roles))


def _other(tx: Transaction, account_id: str) -> Account:
    account = accounts.by_id(tx.db, account_id)
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
    return account


def _waiting(tx: Transaction, account_id: str) -> Account:
    # Held, so that of two administrators who decide at once the second finds it decided.
    account = accounts.held(tx, account_id)
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
