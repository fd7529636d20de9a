"""Accounts in the database: found by name or id, made, changed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, delete, func, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from doorward.core.access import ADMIN
from doorward.errors import Conflict
from doorward.store import codes, mail_codes
from doorward.store.models import Account, PasswordHistory
from doorward.store.transaction import Transaction

ACTIVE = "active"
UNVERIFIED = "unverified"  # its e-mail address, which this site asks for, was not shown to be its owner's yet
WAITING = "waiting"  # for an administrator to approve it
BLOCKED = "blocked"
DELETED = "deleted"

#: In place of a hash, for accounts that nobody enters with a password. No password has it.
NO_PASSWORD = "!"  # nosec B105  # (the opposite of one)

_BEHIND_ALL = "\U0010ffff"

#: As a text and not as a bound value, so that the small index of those who have any role serves.
HAS_ROLES = text("accounts.roles <> ''")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a new account begins with. The name is already judged, the password already hashed."""

    name: str
    name_key: str
    skeleton: str
    password_hash: str
    roles: frozenset[str] = frozenset()


def has_password(account: Account) -> bool:
    """Can anybody enter with a password? Not where a provider alone says who it is."""
    return account.password_hash != NO_PASSWORD


def split_roles(roles: str) -> frozenset[str]:
    """Roles as stored, a text with blanks between, as a set."""
    return frozenset(roles.split())


def join_roles(roles: frozenset[str]) -> str:
    """A set of roles as stored."""
    return " ".join(sorted(roles))


# Made once: every sign-in asks these, and to build them anew costs more than to answer them.
_BY_NAME_KEY = select(Account).where(Account.name_key == bindparam("wanted"))
_HELD = (
    select(Account).where(Account.id == bindparam("wanted")).with_for_update().execution_options(populate_existing=True)
)


def by_name_key(db: Session, name_key: str) -> Account | None:
    """The account of this name, whatever the case in which it was typed."""
    return db.scalars(_BY_NAME_KEY, {"wanted": name_key}).one_or_none()


def by_id(db: Session, account_id: str) -> Account | None:
    return db.get(Account, account_id)


def names_of(db: Session, account_ids: Iterable[str]) -> dict[str, str]:
    """The names of these accounts; of none that are deleted."""
    wanted = sorted(account_ids)[:500]
    found = select(Account.id, Account.name).where(Account.id.in_(wanted), Account.status != DELETED)
    return {row.id: row.name for row in db.execute(found)} if wanted else {}


def held(tx: Transaction, account_id: str) -> Account | None:
    """The account, as it is now, locked until the transaction ends: what is decided by it stays true until then."""
    return tx.db.scalars(_HELD, {"wanted": account_id}).one_or_none()


def is_taken(db: Session, name_key: str, skeleton: str) -> bool:
    """Does an account have this name, or one that looks like it?"""
    same = or_(Account.name_key == name_key, Account.skeleton == skeleton)
    return db.scalar(select(Account.id).where(same).limit(1)) is not None


def has_administrator(db: Session) -> bool:
    return bool(administrators(db))


def is_last_administrator(db: Session, account_id: str) -> bool:
    """Would nobody administer this server without the account?"""
    return administrators(db) == [account_id]


def administrators(db: Session) -> list[str]:
    """The ids of all who administer and may sign in, in the order of their ids."""
    # Locked within a change: of two administrators who block each other at once, one must see the other's change.
    likely = select(Account.id, Account.roles).where(HAS_ROLES, Account.status == ACTIVE, Account.roles.contains(ADMIN))
    likely = likely.order_by(Account.id).with_for_update()
    return [row.id for row in db.execute(likely) if ADMIN in split_roles(row.roles)]


def add(tx: Transaction, new: NewAccount, status: str = ACTIVE, account_id: str | None = None) -> Account:
    """Add an account.

    Arguments:
        status: `ACTIVE`, or `WAITING` for one that somebody must approve first.
        account_id: of an account that is built in; by default a new one.

    Errors:
        Conflict: somebody took the name, or one that looks like it, in the meantime.
    """
    account = Account(
        id=account_id or f"a{secrets.token_hex(12)}",
        name=new.name,
        name_key=new.name_key,
        skeleton=new.skeleton,
        password_hash=new.password_hash,
        password_changed_at=tx.now,
        roles=join_roles(new.roles),
        status=status,
        created_at=tx.now,
    )
    tx.db.add(account)
    try:
        tx.db.flush()
    except IntegrityError as taken:
        raise Conflict("This name was taken in the meantime. Choose another.") from taken
    return account


def replace_password(
    tx: Transaction, account: Account, password_hash: str, keep: int = 0, *, needs_factor: bool = False
) -> None:
    """Give the account another password, and remember the old hash for profiles that look back.

    Arguments:
        keep: how many earlier hashes stay remembered.
        needs_factor: whether it is so short that it may only stand beside a second factor.
    """
    if keep:
        tx.db.add(PasswordHistory(account_id=account.id, password_hash=account.password_hash, replaced_at=tx.now))
        tx.db.flush()
        newest = select(PasswordHistory.id).where(PasswordHistory.account_id == account.id)
        newest = newest.order_by(PasswordHistory.id.desc()).limit(keep)
        tx.db.execute(
            delete(PasswordHistory).where(
                PasswordHistory.account_id == account.id, PasswordHistory.id.not_in(newest.scalar_subquery())
            )
        )
    account.password_hash = password_hash
    account.password_changed_at = tx.now
    account.password_needs_factor = needs_factor
    mail_codes.drop_recovery(tx, account.id)
    codes.drop(tx, codes.reset_of(account.id))  # a link that was made for the old password opens nothing any more


def earlier_hashes(db: Session, account: Account, count: int) -> list[str]:
    """The present hash and up to `count - 1` before it, newest first."""
    before = select(PasswordHistory.password_hash).where(PasswordHistory.account_id == account.id)
    before = before.order_by(PasswordHistory.id.desc()).limit(max(0, count - 1))
    return [account.password_hash, *db.scalars(before)]


def upgrade_hash(tx: Transaction, account_id: str, old: str, new: str) -> None:
    """Replace an outdated hash of the same password; nothing happens if it was changed in the meantime."""
    tx.db.execute(
        update(Account).where(Account.id == account_id, Account.password_hash == old).values(password_hash=new)
    )


def people(db: Session, search: str, offset: int, count: int) -> list[Account]:
    """A page of the accounts whose name begins with `search`, by name; without those that wait for something."""
    query = select(Account).where(*_named_like(search)).order_by(Account.name_key).offset(offset).limit(count)
    return list(db.scalars(query))


def how_many(db: Session, search: str) -> int:
    """How many accounts `people` has in all."""
    return db.scalar(select(func.count()).select_from(Account).where(*_named_like(search))) or 0


def waiting(db: Session, count: int) -> list[Account]:
    """The first accounts that wait for approval, longest waiting first."""
    query = select(Account).where(Account.status == WAITING).order_by(Account.created_at, Account.id).limit(count)
    return list(db.scalars(query))


def how_many_wait(db: Session) -> int:
    """How many accounts wait for approval."""
    return db.scalar(select(func.count()).select_from(Account).where(Account.status == WAITING)) or 0


def how_many_beside(db: Session, account_id: str) -> int:
    """How many other accounts can sign in, or could once they are approved."""
    others = select(func.count()).select_from(Account)
    return db.scalar(others.where(Account.id != account_id, Account.status.in_((ACTIVE, WAITING, UNVERIFIED)))) or 0


def _named_like(search: str) -> list[ColumnElement[bool]]:
    # A beginning as a range, so that the index on the name serves it; LIKE would read every account.
    in_list = Account.status.not_in((DELETED, WAITING, UNVERIFIED))
    return [in_list, Account.name_key >= search, Account.name_key < f"{search}{_BEHIND_ALL}"]
