"""How much everybody has in an intake, and the quotas on it: two rows, changed with every file.

A row is changed only where the sum still fits, in one statement: so no two files that come at once both get the last
of the room.
"""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from doorward.core.uploads import Intake, in_words
from doorward.errors import QuotaFull
from doorward.store.file_models import FileUsage
from doorward.store.transaction import Transaction

#: The holder of the row that counts for all.
EVERYBODY = ""


def used(db: Session, intake: str, holder: str = EVERYBODY) -> tuple[int, int]:
    """How many bytes, and how many files, a holder has here; without one, everybody together."""
    row = db.get(FileUsage, (intake, holder), populate_existing=True)
    return (row.stored, row.files) if row is not None else (0, 0)


def reserve(tx: Transaction, intake: Intake, holder: str, size: int) -> None:
    """Count a new file of so many bytes. Errors: QuotaFull, with the sentence that says whose room is full."""
    if not _grown(tx, intake.name, holder, size, intake.per_account):
        raise QuotaFull(_own_sentence(tx, intake, holder))
    if not _grown(tx, intake.name, EVERYBODY, size, intake.in_all):
        raise QuotaFull("There is no room left here for anybody's files. Tell whoever runs this server.")


def resize(tx: Transaction, intake: str, holder: str, by: int) -> None:
    """Count what a file became larger or smaller by; what is there already is never refused."""
    _change(tx, intake, holder, by, 0)


def release(tx: Transaction, intake: str, holder: str, size: int) -> None:
    """A file of so many bytes is gone."""
    _change(tx, intake, holder, -size, -1)


def _change(tx: Transaction, intake: str, holder: str, size: int, files: int) -> None:
    for who in (holder, EVERYBODY):
        row = (FileUsage.intake == intake, FileUsage.holder == who)
        changed = update(FileUsage).where(*row)
        tx.db.execute(changed.values(stored=FileUsage.stored + size, files=FileUsage.files + files))
        if who and files < 0:
            tx.db.execute(delete(FileUsage).where(*row, FileUsage.files <= 0))


def _grown(tx: Transaction, intake: str, holder: str, size: int, most: int) -> bool:
    row = (FileUsage.intake == intake, FileUsage.holder == holder)
    fits = update(FileUsage).where(*row, FileUsage.stored + size <= most)
    grown = fits.values(stored=FileUsage.stored + size, files=FileUsage.files + 1).returning(FileUsage.files)
    if tx.db.execute(grown).first() is not None:
        return True
    if size > most:
        return False
    if tx.db.scalar(select(FileUsage.files).where(*row)) is not None:
        # Full; or, on PostgreSQL, the row of somebody's first file that has come since the statement before.
        return tx.db.execute(grown).first() is not None
    try:
        with tx.db.begin_nested():
            tx.db.add(FileUsage(intake=intake, holder=holder, stored=size, files=1))
    except IntegrityError:  # the first file of somebody else came in this moment
        return tx.db.execute(grown).first() is not None
    return True


def _own_sentence(tx: Transaction, intake: Intake, holder: str) -> str:
    stored, _ = used(tx.db, intake.name, holder)
    have = f"You have {in_words(stored)} of the {in_words(intake.per_account)} that one account may have here."
    return f"{have} Delete something first, or ask whoever runs this server."
