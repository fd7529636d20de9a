"""Leaving: an account is closed in one transaction, and then each app lets go of it in one of its own.

First the account: from that commit on nobody signs in with it, whatever becomes of the rest. The same transaction asks
for one job for each app that has anything to do with people; a job is tried until it succeeds. So a failure of one app,
or a kill in the middle, never leaves somebody able to sign in with half of it gone, and nothing is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import Column, Table, delete, select
from sqlalchemy.orm import Session

from doorward.core.streams import Json
from doorward.errors import Conflict
from doorward.store import accounts, file_records, jobs, sessions, tokens
from doorward.store.accounts import DELETED
from doorward.store.factor_models import KitSetting
from doorward.store.invitation_models import Invitation
from doorward.store.mail_models import EmailRecord, MailCode
from doorward.store.models import Account, Record
from doorward.store.transaction import Transaction

#: What the person made stays, under "Deleted account"; or it goes.
SOFT, HARD = "soft", "hard"

GONE_NAME = "Deleted account"
#: The kinds of the jobs, one for each app.
KIND = "kit.leave."
_APPS = "leaving_apps"
_KIT = "doorward.store."
#: A request that had entered before the account was closed may still write something: it is gone after this.
_LATECOMERS = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Leaving:
    """What an app has to do with people who leave.

    Arguments:
        app: its name, of small letters and digits, such as `polls`.
        export: all that the app stores about an account, as pairs of a short name and JSON; each becomes a file.
        soft: called in a transaction of its own when the account is closed and what it made stays. May be called twice.
        hard: the same, where what it made shall go: afterwards nothing of it is left. May be called twice.
        stays: a sentence for the person: what stays, and who may do what with it.
        goes: a sentence for the person: what goes.
    """

    app: str
    export: Callable[[Session, str], Iterable[tuple[str, Json]]]
    soft: Callable[[Transaction, str], None]
    hard: Callable[[Transaction, str], None]
    stays: str
    goes: str


def close(tx: Transaction, account: Account, how: str) -> list[str]:
    """Close an account for ever. The row stays, emptied, so that what it made still belongs to one that existed.

    Sessions, tokens, participants' sessions and streams end with the commit; whatever the kit stored about the person
    goes with it, except the journal; so do files that no app has taken; the apps' jobs are asked for.

    Arguments:
        account: held by this transaction.
        how: `SOFT` or `HARD`.

    Results:
        The keys of results of jobs, whose files are to be deleted after the commit.

    Errors:
        Conflict: it is the last administrator.
    """
    if accounts.is_last_administrator(tx.db, account.id):
        raise Conflict("This is the last administrator. Make another one first.")
    account_id = account.id
    sessions.end_all(tx, account_id)
    tokens.revoke_all(tx, account_id)
    tokens.cut_all(tx, account_id)
    tx.after_commit(lambda publisher: publisher.cut_account(account_id))
    tx.journal("account.deleted", on=f"account:{account_id}", name=account.name, how=how)
    keys = jobs.drop_all(tx, account_id)
    file_records.drop_waiting(tx, f"account:{account_id}")
    # An invitation that is still open would be a way back, with the roles that it gives.
    mine = Invitation.created_by == account_id
    tx.db.execute(delete(Invitation).where(mine if how == HARD else mine & (Invitation.uses_left > 0)))
    _forget_codes_to(tx, account_id)
    for column in _kept_about_people():
        tx.db.execute(delete(column.table).where(column == account_id))
    account.status, account.roles, account.password_hash = DELETED, "", accounts.NO_PASSWORD
    account.name, account.name_key, account.skeleton = GONE_NAME, account_id, account_id
    account.seen_at = None
    _ask_the_apps(tx, account_id, how)
    return keys


def _forget_codes_to(tx: Transaction, account_id: str) -> None:
    """Codes that anybody asked for to the address of the account, such as for recovering it."""
    theirs = select(EmailRecord.address_key).where(EmailRecord.account_id == account_id)
    tx.db.execute(delete(MailCode).where(MailCode.address_key.in_(theirs)))


@cache
def _kept_about_people() -> tuple[Column[str], ...]:
    """The columns by which the kit's own tables belong to an account and shall go with it."""
    found = []
    for mapper in Record.registry.mappers:
        table = mapper.local_table
        if mapper.class_.__module__.startswith(_KIT) and isinstance(table, Table):
            keys = (key for key in table.foreign_keys if key.column.table.name == Account.__tablename__)
            found += [key.parent for key in keys if key.ondelete == "CASCADE"]
    return tuple(found)


def _ask_the_apps(tx: Transaction, account_id: str, how: str) -> None:
    for app in apps(tx.db):
        given = {"account": account_id, "how": how}
        tx.job(f"{KIND}{app}", given)
        if how == HARD:
            tx.job(f"{KIND}{app}", given, after=_LATECOMERS)


def let_go(tx: Transaction, leaving: Leaving, account_id: str, how: str) -> None:
    """What one app does, in its one transaction."""
    (leaving.hard if how == HARD else leaving.soft)(tx, account_id)
    tx.journal("account.left", on=f"account:{account_id}", app=leaving.app, how=how)


def apps(db: Session) -> list[str]:
    """Every app that has ever had something to do with people here, whether it is served now or not."""
    known = db.scalar(select(KitSetting.value).where(KitSetting.name == _APPS)) or ""
    return known.split()


def remember_apps(tx: Transaction, names: Iterable[str]) -> None:
    """Remember these apps beside those of before: who leaves while one is not served, leaves it when it is again."""
    known = set(apps(tx.db))
    if not known.issuperset(names):
        tx.db.merge(KitSetting(name=_APPS, value=" ".join(sorted(known.union(names))), changed_at=tx.now))


def pieces(db: Session, leaving: Leaving, account_id: str) -> Iterator[tuple[str, Json]]:
    """What an app stores about an account, piece by piece."""
    yield from leaving.export(db, account_id)
