"""Accounts as administrators look for them: a page at a time, by name, each filter served by an index."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, TextClause, func, literal, or_, select, text
from sqlalchemy.orm import Session

from doorward.core.roles import MEMBER_ROLE
from doorward.store.accounts import DELETED, HAS_ROLES, UNVERIFIED, WAITING
from doorward.store.factor_models import Passkey, TotpRecord
from doorward.store.models import Account

_BEHIND_ALL = "\U0010ffff"
_NO_ROLES = text("accounts.roles = ''")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which accounts an administrator wants to see. Empty fields do not filter; nobody sees deleted ones.

    Arguments:
        search: the beginning of a name, in the form in which names are compared.
        status: "active", "blocked" or "waiting"; without one, those that wait are left out.
        role: one role; `member` finds those who have no other.
        factor: "yes" for those with a second factor, "no" for those without.
    """

    search: str = ""
    status: str = ""
    role: str = ""
    factor: str = ""


def page(db: Session, wanted: Filter, offset: int, count: int) -> list[Account]:
    """A page of the accounts that fit, by name."""
    query = select(Account).where(*_matching(wanted)).order_by(Account.name_key).offset(offset).limit(count)
    return list(db.scalars(query))


def how_many(db: Session, wanted: Filter) -> int:
    """How many accounts `page` has in all."""
    return db.scalar(select(func.count()).select_from(Account).where(*_matching(wanted))) or 0


def _matching(wanted: Filter) -> list[ColumnElement[bool] | TextClause]:
    # A beginning as a range, so that the index on the name serves it; LIKE would read every account.
    begins = [Account.name_key >= wanted.search, Account.name_key < f"{wanted.search}{_BEHIND_ALL}"]
    found: list[ColumnElement[bool] | TextClause] = [*begins]
    found.append(
        Account.status == wanted.status if wanted.status else Account.status.not_in((DELETED, WAITING, UNVERIFIED))
    )
    if wanted.role == MEMBER_ROLE:
        found.append(_NO_ROLES)
    elif wanted.role:
        has_it = (literal(" ") + Account.roles + literal(" ")).contains(f" {wanted.role} ", autoescape=True)
        found += [HAS_ROLES, has_it]
    if wanted.factor:
        found.append(_has_second() if wanted.factor == "yes" else ~_has_second())
    return found


def _has_second() -> ColumnElement[bool]:
    app = select(TotpRecord.account_id).where(TotpRecord.account_id == Account.id, TotpRecord.secret.is_not(None))
    passkey = select(Passkey.id).where(Passkey.account_id == Account.id)
    return or_(app.exists(), passkey.exists())
