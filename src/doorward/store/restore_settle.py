"""What a restore ends, and what stays as it is now: old records must not bring back what was taken away since.

A backup knows nothing of what came after it. Put back as it is, it would let in whoever was signed in then, was blocked
since, or holds a token or passkey that was revoked since (OWASP ASVS 7.4.1, 7.4.2, 6.3.1). So every session ends, with
every code that was on its way; and where the records that are replaced can be read, ways in are those of now, while
everything else is of then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.orm import Session

from doorward.store import accounts
from doorward.store.factor_models import Passkey, RecoveryCode, TotpRecord
from doorward.store.identity_models import Identity
from doorward.store.invitation_models import Invitation
from doorward.store.mail_models import EmailRecord, MailCode, OutboxMail
from doorward.store.mails import FAILED, WAITING
from doorward.store.models import Account, OneTimeCode, Record, SessionRecord
from doorward.store.token_models import Token, TokenSecret
from doorward.store.transaction import Transaction

_Numbered = TypeVar("_Numbered", Account, Token, Invitation)

_PAGE = 500
_NOT_SENT = "It waited when the backup was made that was restored, and may have been sent since."


@dataclass(slots=True)
class Settled:
    """What was done to the restored records.

    Arguments:
        sessions: how many were ended.
        known: whether the records that were replaced could be asked what was taken away since.
        blocked: accounts that were blocked since, and are.
        deleted: accounts that were deleted since: they are there again, and blocked.
        lost_roles: accounts that have lost a role since, and have not got it back.
        ways_in: accounts whose password, factors, address or identity are those of now, since they had changed.
        tokens: how many tokens were revoked or renewed since, and are as they are now.
        invitations: how many were taken back or used since, and are as they are now.
    """

    sessions: int = 0
    known: bool = False
    blocked: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    lost_roles: list[str] = field(default_factory=list)
    ways_in: set[str] = field(default_factory=set)
    tokens: int = 0
    invitations: int = 0


#: Rows by which somebody gets in, by the column that says to what they belong.
_WAYS_IN: tuple[tuple[type[Record], str], ...] = (
    (TotpRecord, "account_id"),
    (RecoveryCode, "account_id"),
    (Passkey, "account_id"),
    (Identity, "account_id"),
    (EmailRecord, "account_id"),
    (TokenSecret, "token_id"),
)
_PASSWORD = ("password_hash", "password_changed_at", "password_needs_factor")


def settle(tx: Transaction, now: Session | None) -> Settled:
    """Make restored records safe to be used again.

    Arguments:
        tx: on the restored records.
        now: a session on the records that they replace; None where there are none, or nobody can read them.
    """
    done = Settled(sessions=tx.db.scalar(select(func.count()).select_from(SessionRecord)) or 0)
    tx.db.execute(delete(SessionRecord))
    _end_codes(tx)
    if now is not None:
        done.known = True
        _settle_accounts(tx, now, done)
        _settle_tokens(tx, now, done)
        _settle_invitations(tx, now, done)
        _put_ways_in_of_now(tx, now)
    return done


def _end_codes(tx: Transaction) -> None:
    """Codes and links that were on their way end. Mails that waited are not sent: an administrator may let them go."""
    waited = update(OutboxMail).where(OutboxMail.state == WAITING)
    ended = {"state": FAILED, "done_at": tx.now, "problem": _NOT_SENT, "claimed_by": ""}
    tx.db.execute(waited.where(OutboxMail.code_id.is_not(None)).values(sealed=None, **ended))
    tx.db.execute(waited.values(**ended))
    tx.db.execute(delete(MailCode))
    tx.db.execute(delete(OneTimeCode))


def _settle_accounts(tx: Transaction, now: Session, done: Settled) -> None:
    for page in _pages(tx.db, Account):
        today = {row.id: row for row in now.scalars(select(Account).where(Account.id.in_([one.id for one in page])))}
        names = {one.id: one.name for one in page if one.status != accounts.DELETED}
        for one in page:
            if one.status != accounts.DELETED:
                _settle_account(one, today.get(one.id), done)
        known = [one for one in names if one in today and today[one].status != accounts.DELETED]
        for kind, column in _WAYS_IN[:-1]:
            done.ways_in.update(names[owner] for owner in _changed(tx.db, now, kind, column, known))
        now.expunge_all()


def _settle_account(account: Account, today: Account | None, done: Settled) -> None:
    if today is None or today.status == accounts.DELETED:
        done.deleted.append(account.name)
        account.status = accounts.BLOCKED
        return
    if today.status == accounts.BLOCKED and account.status != accounts.BLOCKED:
        done.blocked.append(account.name)
        account.status = accounts.BLOCKED
    roles, left = accounts.split_roles(account.roles), accounts.split_roles(today.roles)
    if not roles <= left:
        done.lost_roles.append(account.name)
        account.roles = accounts.join_roles(roles & left)
    if account.password_hash != today.password_hash:
        done.ways_in.add(account.name)
        for name in _PASSWORD:
            setattr(account, name, getattr(today, name))


def _settle_tokens(tx: Transaction, now: Session, done: Settled) -> None:
    for page in _pages(tx.db, Token):
        numbers = [one.id for one in page]
        today = {row.id: row for row in now.scalars(select(Token).where(Token.id.in_(numbers)))}
        working = [one for one in page if one.revoked_at is None]
        renewed = _changed(tx.db, now, TokenSecret, "token_id", [one.id for one in working])
        for one in working:
            found = today.get(one.id)
            one.revoked_at = found.revoked_at if found is not None else tx.now
            done.tokens += one.revoked_at is not None or one.id in renewed
        now.expunge_all()


def _settle_invitations(tx: Transaction, now: Session, done: Settled) -> None:
    for page in _pages(tx.db, Invitation):
        wanted = select(Invitation.id, Invitation.uses_left).where(Invitation.id.in_([one.id for one in page]))
        left = {row.id: row.uses_left for row in now.execute(wanted)}
        for one in page:
            done.invitations += one.uses_left > left.get(one.id, 0)
            one.uses_left = min(one.uses_left, left.get(one.id, 0))


def _changed(then: Session, now: Session, kind: type[Record], column: str, owners: Collection[Any]) -> set[Any]:
    """Whose rows of this kind are not what they were."""
    found = [_rows_by_owner(db, _table(kind), column, owners) for db in (then, now)]
    return {owner for owner in owners if found[0].get(owner) != found[1].get(owner)}


def _rows_by_owner(db: Session, table: Table, column: str, owners: Collection[Any]) -> dict[Any, list[str]]:
    """The rows as texts in a fixed order. When something was used last, and its number, is no difference."""
    columns = [one for one in table.columns if one.name not in ("id", column, *_USE)]
    rows: dict[Any, list[str]] = {}
    for owner, *values in db.execute(select(table.c[column], *columns).where(table.c[column].in_(list(owners)))):
        rows.setdefault(owner, []).append(repr(values))
    return {owner: sorted(texts) for owner, texts in rows.items()}


#: What using something changes in its row.
_USE = ("used_at", "last_step", "sign_count", "backed_up", "roles")


def _put_ways_in_of_now(tx: Transaction, now: Session) -> None:
    """As a whole, so that no two accounts want the same address or identity."""
    for kind, column in _WAYS_IN:
        table = _table(kind)
        tx.db.execute(delete(table))
        for owners in _owners(tx.db, column):
            mine = select(table).where(table.c[column].in_(owners))
            rows = [
                {name: value for name, value in row.items() if name != "id"} for row in now.execute(mine).mappings()
            ]
            if rows:
                tx.db.execute(insert(table), rows)


def _owners(db: Session, column: str) -> Iterator[list[Any]]:
    """All that this column of a table can point to, page by page."""
    pages: Iterator[Sequence[Account | Token]] = _pages(db, Account) if column == "account_id" else _pages(db, Token)
    return ([one.id for one in page] for page in pages)


def _pages(db: Session, kind: type[_Numbered]) -> Iterator[Sequence[_Numbered]]:
    """All records of a kind, in bounded memory; what was changed in a page is written with it."""
    last: Any = None
    while True:
        wanted = select(kind) if last is None else select(kind).where(kind.id > last)
        page = db.scalars(wanted.order_by(kind.id).limit(_PAGE)).all()
        if not page:
            return
        last = page[-1].id
        yield page
        db.flush()
        db.expunge_all()


def _table(kind: type[Record]) -> Table:
    return cast(Table, kind.__table__)
