"""Settings that administrators change on a page: of whom a second factor is required."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from doorward.core.factors import NOBODY
from doorward.store.factor_models import KitSetting
from doorward.store.transaction import Transaction

SECOND_FACTOR_OF = "second_factor_of"


def second_factor_of(db: Session) -> str:
    """Of whom a second factor is required: one of `core.factors.DEMANDS`."""
    return db.scalar(select(KitSetting.value).where(KitSetting.name == SECOND_FACTOR_OF)) or NOBODY


def require_second_factor(tx: Transaction, demand: str) -> None:
    """From the next request on, a second factor is required of these."""
    tx.db.merge(KitSetting(name=SECOND_FACTOR_OF, value=demand, changed_at=tx.now))
