"""Second factors in the database: an authenticator app, recovery codes, passkeys.

Codes are used up in one statement each, so that of two who send the same one at the same moment one succeeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from doorward.core.tokens import token_hash
from doorward.store.factor_models import Passkey, RecoveryCode, TotpRecord
from doorward.store.transaction import Transaction

_WANTED: BindParameter[str] = bindparam("account")
_HAS_SECOND = select(
    or_(
        exists().where(TotpRecord.account_id == _WANTED, TotpRecord.secret.is_not(None)),
        exists().where(Passkey.account_id == _WANTED),
    )
)


def has_second(db: Session, account_id: str) -> bool:
    """Does signing in to this account need more than the password? Recovery codes alone do not count."""
    return bool(db.scalar(_HAS_SECOND, {"account": account_id}))


def who_has_second(db: Session, account_ids: Sequence[str]) -> set[str]:
    """Those of these accounts that have a second factor."""
    apps = select(TotpRecord.account_id).where(TotpRecord.account_id.in_(account_ids), TotpRecord.secret.is_not(None))
    passkeys = select(Passkey.account_id).where(Passkey.account_id.in_(account_ids))
    return set(db.scalars(apps)) | set(db.scalars(passkeys))


def has_totp(db: Session, account_id: str) -> bool:
    confirmed = select(TotpRecord.account_id).where(TotpRecord.account_id == account_id)
    return db.scalar(confirmed.where(TotpRecord.secret.is_not(None))) is not None


# -- the authenticator app ------------------------------------------------------------------------------------


def totp(db: Session, account_id: str) -> TotpRecord | None:
    """The account's authenticator app, confirmed or only offered."""
    return db.get(TotpRecord, account_id)


def offer_totp(tx: Transaction, account_id: str, sealed: str) -> None:
    """Remember a new secret that counts only once it was confirmed; one offered before is dead.

    Arguments:
        sealed: the secret, encrypted for this account.
    """
    record = tx.db.get(TotpRecord, account_id) or TotpRecord(account_id=account_id, last_step=0)
    record.offered, record.offered_at = sealed, tx.now
    tx.db.add(record)


def confirm_totp(tx: Transaction, account_id: str, sealed: str, step: int) -> bool:
    """Make the offered secret the one that counts. False if it is not the offered one any more.

    Arguments:
        sealed: the encrypted secret that the code was checked against.
        step: of the code that confirmed it, which from now on is used.
    """
    change = update(TotpRecord).where(TotpRecord.account_id == account_id, TotpRecord.offered == sealed)
    changed = tx.db.execute(
        change.values(secret=sealed, confirmed_at=tx.now, used_at=tx.now, last_step=step, offered=None).returning(
            TotpRecord.account_id
        )
    )
    return changed.one_or_none() is not None


def accept_step(tx: Transaction, account_id: str, step: int) -> bool:
    """Use the code of this step up. False if it, or a later one, was used before."""
    change = update(TotpRecord).where(TotpRecord.account_id == account_id, TotpRecord.last_step < step)
    changed = tx.db.execute(change.values(last_step=step, used_at=tx.now).returning(TotpRecord.account_id))
    return changed.one_or_none() is not None


def remove_totp(tx: Transaction, account_id: str) -> bool:
    """Forget the authenticator app. False if there was none."""
    gone = tx.db.execute(delete(TotpRecord).where(TotpRecord.account_id == account_id).returning(TotpRecord.secret))
    return gone.scalar_one_or_none() is not None


# -- recovery codes -------------------------------------------------------------------------------------------


def replace_codes(tx: Transaction, account_id: str, codes: Iterable[str]) -> None:
    """Make these the account's recovery codes; earlier ones are dead.

    A fast hash is right: each code carries 120 random bits, so that there is nothing to guess (NIST SP 800-63B-4
    section 3.1.2.2 asks for a salted password hash only below 112 bits).
    """
    drop_codes(tx, account_id)
    rows = [{"account_id": account_id, "hash": token_hash(code), "created_at": tx.now} for code in codes]
    tx.db.execute(insert(RecoveryCode), rows)


def use_code(tx: Transaction, account_id: str, code: str) -> bool:
    """Use a recovery code up. False if it is not one of this account's, or was used."""
    mine = delete(RecoveryCode).where(RecoveryCode.account_id == account_id, RecoveryCode.hash == token_hash(code))
    return tx.db.execute(mine.returning(RecoveryCode.id)).one_or_none() is not None


def codes_left(db: Session, account_id: str) -> int:
    """How many recovery codes were not used yet."""
    count = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == account_id)
    return db.scalar(count) or 0


def codes_made_at(db: Session, account_id: str) -> datetime | None:
    """When the present set of recovery codes was made; None without any."""
    newest = select(RecoveryCode.created_at).where(RecoveryCode.account_id == account_id).limit(1)
    return db.scalar(newest)


def drop_codes(tx: Transaction, account_id: str) -> None:
    tx.db.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def remove_all(tx: Transaction, account_id: str) -> None:
    """Forget every second factor of the account, recovery codes included."""
    remove_totp(tx, account_id)
    drop_codes(tx, account_id)
    tx.db.execute(delete(Passkey).where(Passkey.account_id == account_id))
