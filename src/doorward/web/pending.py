"""Between the password and the second factor: no session yet, only a signed note in this browser for five minutes.

The note opens nothing. It says for which account the password was right, and holds only in the browser that typed
it, only for that password, and once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorward.core.factors import PASSWORD, PROVIDER
from doorward.core.secrets import SecretError
from doorward.core.sessions import identifier_hash
from doorward.errors import Refused
from doorward.store.models import Account
from doorward.store.spent import spend
from doorward.store.transaction import Transaction
from doorward.web.cookies import cookie_header, read_cookie
from doorward.web.here import Here

COOKIE = "doorward_pending"
LIFE = timedelta(minutes=5)
#: For what the note is signed.
PURPOSE = "second-step"
_PARTS = 6


class StepExpired(Refused):
    """The password was right too long ago, elsewhere, or before it was changed."""

    code = "second_step_expired"
    status = 401
    default = "That took too long, or was begun in another browser. Sign in again."


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in whose password was right.

    Arguments:
        account_id: whose.
        password_of: when that password was set; another one makes the note void.
        keep: whether the browser shall stay signed in.
        once: random, so that the note works once.
        first: what was right: the password, or an identity and the provider's session, as `named_identity` writes it.
    """

    account_id: str
    password_of: str
    keep: bool
    once: str
    first: str = PASSWORD

    @property
    def identity(self) -> tuple[int, str] | None:
        """The number of the identity that was proved, and the provider's session; None where it was the password."""
        kind, _, rest = self.first.partition("-")
        number, _, sid = rest.partition("-")
        return (int(number), sid) if kind == PROVIDER else None

    @property
    def factor(self) -> str:
        """What was right, of `core.factors`."""
        return PASSWORD if self.identity is None else PROVIDER


def named_identity(identity_id: int, sid: str) -> str:
    """`Pending.first` for an identity."""
    return f"{PROVIDER}-{identity_id}-{sid}"


def begin(at: Here, account: Account, *, keep: bool, first: str = PASSWORD) -> None:
    """Note in this browser that the password of the account, or its identity at a provider, was right."""
    once = secrets.token_hex(16)
    parts = (account.id, _stamp(account.password_changed_at), str(int(keep)), once, _browser(at), first)
    signed = at.door.keys.sign(PURPOSE, ".".join(parts), at.now)
    at.set_cookies.append(cookie_header(at, COOKIE, signed, LIFE))


def pending_here(at: Here) -> Pending | None:
    """The sign-in that this browser has begun; None if there is none that still holds."""
    at.is_private = True
    signed = read_cookie(at, COOKIE)
    if not signed:
        return None
    try:
        parts = at.door.keys.unsign(PURPOSE, signed, LIFE, at.now).split(".")
    except SecretError:
        return None
    if len(parts) != _PARTS or not secrets.compare_digest(parts[4], _browser(at)):
        return None
    return Pending(account_id=parts[0], password_of=parts[1], keep=parts[2] == "1", once=parts[3], first=parts[5])


def still_holds(pending: Pending, account: Account) -> bool:
    """Is the password still the one that was typed?"""
    return pending.password_of == _stamp(account.password_changed_at)


def use_up(at: Here, tx: Transaction, pending: Pending) -> None:
    """From now on this note is worth nothing, wherever a copy of it is.

    Errors:
        StepExpired: it was used before.
    """
    if not spend(tx, f"{PURPOSE}:{pending.once}", tx.now + LIFE):
        raise StepExpired
    forget(at)


def forget(at: Here) -> None:
    """Take the note out of this browser."""
    at.set_cookies.append(cookie_header(at, COOKIE, "", timedelta(0)))


def _browser(at: Here) -> str:
    at.caller  # noqa: B018  (looking up the caller tells whether the cookie is one of ours)
    return identifier_hash(at.identifier or "")


def _stamp(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1_000_000))
