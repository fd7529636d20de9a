"""Whom apps know: accounts by name, and the names of accounts. Nothing else of an account is theirs to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from doorward.core.names import name_key
from doorward.store import accounts
from doorward.store.accounts import ACTIVE
from doorward.store.leaving import GONE_NAME

_AT_ONCE = 500


class _Names(dict[str, str]):
    """Names by id; whoever is not among them has left."""

    def __missing__(self, key: str) -> str:
        return GONE_NAME


def find_account(db: Session, name: str) -> str | None:
    """The id of the account of this name that may sign in, however its case was typed; None where there is none.

    Whoever is told the answer learns that the name is taken: let only people ask who may know, and count their tries.
    """
    found = accounts.by_name_key(db, name_key(name.strip()))
    return found.id if found is not None and found.status == ACTIVE else None


def account_names(db: Session, account_ids: Iterable[str]) -> Mapping[str, str]:
    """The names of these accounts, by id. "Deleted account" for those that have left, and for ids that never were."""
    found = _Names()
    for some in _in_parts(sorted({one for one in account_ids if one})):
        found.update(accounts.names_of(db, some))
    return found


def _in_parts(ids: list[str]) -> Iterable[list[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
