"""Codes that people type: six digits of an authenticator app, or a recovery code. Each works once."""

from __future__ import annotations

from dataclasses import dataclass

from doorward.core import totp
from doorward.core.factors import RECOVERY, TOTP, read_recovery_code
from doorward.core.secrets import SecretError
from doorward.errors import Refused
from doorward.store import factors
from doorward.store.transaction import Transaction
from doorward.web.here import Here

#: For what the secrets of authenticator apps are encrypted.
PURPOSE = "totp"


class WrongCode(Refused):
    """The one answer to a wrong code, one that was used before, and one of another account."""

    code = "wrong_code"
    status = 401
    default = "This code is not right, or was used before. Wait for the next one, then try again."


@dataclass(frozen=True, slots=True)
class Checked:
    """What a typed code proved: a factor, or nothing and why, for the journal."""

    factor: str | None
    reason: str = ""


def use_typed(at: Here, tx: Transaction, account_id: str, typed: str) -> Checked:
    """Use a typed code up. It counts only if the transaction is committed."""
    code = totp.read_code(typed)
    if code is not None:
        return _use_totp(at, tx, account_id, code)
    recovery = read_recovery_code(typed)
    if recovery is not None and factors.use_code(tx, account_id, recovery):
        return Checked(RECOVERY)
    return Checked(None, "wrong recovery code" if recovery is not None else "not a code")


def _use_totp(at: Here, tx: Transaction, account_id: str, code: str) -> Checked:
    record = factors.totp(tx.db, account_id)
    if record is None or record.secret is None:
        return Checked(None, "no authenticator app")
    secret = opened(at, record.secret, account_id)
    step = totp.matching_step(secret, code, at.now) if secret is not None else None
    if step is None:
        return Checked(None, "wrong code")
    return Checked(TOTP) if factors.accept_step(tx, account_id, step) else Checked(None, "code used before")


def sealed(at: Here, secret: str, account_id: str) -> str:
    """A secret as the database keeps it: encrypted, and only for this account."""
    return at.door.keys.encrypt(PURPOSE, secret.encode(), account_id)


def opened(at: Here, kept: str, account_id: str) -> str | None:
    """The secret again; None where it was made for another account, or the key that encrypted it is gone."""
    try:
        return at.door.keys.decrypt(PURPOSE, kept, account_id).decode()
    except SecretError:
        return None
