"""Passkeys in the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from doorward.core.passkeys import Registered
from doorward.errors import Conflict
from doorward.store.factor_models import Passkey
from doorward.store.transaction import Transaction


def of_account(db: Session, account_id: str) -> Sequence[Passkey]:
    """The account's passkeys, oldest first."""
    return db.scalars(select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id)).all()


def by_credential(db: Session, credential_id: str) -> Passkey | None:
    """The passkey with this credential id, whosever it is."""
    return db.scalars(select(Passkey).where(Passkey.credential_id == credential_id)).one_or_none()


def add(tx: Transaction, account_id: str, made: Registered, *, rp_id: str, name: str, most: int) -> None:
    """Add a passkey.

    Arguments:
        rp_id: the host at which it works.
        name: the person's own name for it.
        most: how many the account may have.

    Errors:
        Conflict: there are that many, or it is registered already.
    """
    count = select(func.count()).select_from(Passkey).where(Passkey.account_id == account_id)
    if (tx.db.scalar(count) or 0) >= most:
        raise Conflict(f"There are {most} passkeys already. Remove one that you do not use any more.")
    tx.db.add(
        Passkey(
            account_id=account_id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            rp_id=rp_id,
            name=name,
            sign_count=made.sign_count,
            backup_eligible=made.backup_eligible,
            backed_up=made.backed_up,
            transports=made.transports,
            created_at=tx.now,
        )
    )
    try:
        tx.db.flush()
    except IntegrityError as taken:
        raise Conflict("This passkey is registered already.") from taken


def note_use(tx: Transaction, passkey_id: int, sign_count: int, *, backed_up: bool) -> bool:
    """Note that the passkey was used. False if it is gone, or its counter went on in the meantime without this use."""
    went_on = or_(Passkey.sign_count < sign_count, (Passkey.sign_count == 0) & (sign_count == 0))
    change = update(Passkey).where(Passkey.id == passkey_id, went_on)
    noted = tx.db.execute(
        change.values(sign_count=sign_count, backed_up=backed_up, used_at=tx.now).returning(Passkey.id)
    )
    return noted.one_or_none() is not None


def remove(tx: Transaction, account_id: str, passkey_id: int) -> str | None:
    """Forget a passkey of this account. Its name; None if the account has no such one."""
    names = {one.id: one.name for one in of_account(tx.db, account_id)}  # no number, however large, reaches a query
    if passkey_id in names:
        tx.db.execute(delete(Passkey).where(Passkey.id == passkey_id))
    return names.get(passkey_id)
