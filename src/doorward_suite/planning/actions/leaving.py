"""What becomes of somebody's consultations and contributions when they delete their account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from doorward import Transaction

from ..models import (
    Attachment,
    Comment,
    Consultation,
    Contribution,
    Dots,
    Organiser,
    Participant,
    Report,
    Support,
)
from . import helping
from .consultations import name_of


def everything_of(db: Session, account_id: str) -> Iterator[tuple[str, Any]]:
    """All that planning stores about an account."""
    holder = f"account:{account_id}"
    organised = select(Consultation.title).join(Organiser, Organiser.consultation_id == Consultation.id)
    yield "organised", list(db.scalars(organised.where(Organiser.account_id == account_id)))
    of = select(Participant.consultation_id).where(Participant.holder == holder)
    for number in list(db.scalars(of)):
        mine = select(Contribution).where(Contribution.holder == holder, Contribution.consultation_id == number)
        comments = select(Comment.text).where(Comment.consultation_id == number, Comment.holder == holder)
        yield (
            f"consultation-{number}",
            {
                "contributions": [
                    {"category": one.category, "text": one.text, "at": one.created_at.isoformat()}
                    for one in db.scalars(mine)
                ],
                "comments": list(db.scalars(comments)),
            },
        )


def let_go(tx: Transaction, account_id: str) -> None:
    """They organise nothing any more. A consultation that nobody organises is deleted: nobody could look after it."""
    helping.forget(tx, account_id)
    theirs = list(tx.db.scalars(select(Organiser.consultation_id).where(Organiser.account_id == account_id)))
    tx.db.execute(delete(Organiser).where(Organiser.account_id == account_id))
    for number in theirs:
        if tx.db.scalar(select(Organiser.account_id).where(Organiser.consultation_id == number).limit(1)) is None:
            gone = update(Consultation).where(Consultation.id == number, Consultation.deleted_at.is_(None))
            tx.db.execute(gone.values(deleted_at=tx.now))
            tx.journal("planning.deleted", on=name_of(number))


def erase(tx: Transaction, account_id: str) -> None:
    """Besides, what they contributed, said, supported and chose is gone, and no count says it any more."""
    let_go(tx, account_id)
    holder = f"account:{account_id}"
    numbers = list(tx.db.scalars(select(Participant.consultation_id).where(Participant.holder == holder)))
    mine = list(tx.db.scalars(select(Contribution.id).where(Contribution.holder == holder)))
    for file_id in tx.db.scalars(select(Attachment.file_id).where(Attachment.contribution_id.in_(mine))).all():
        tx.drop_file(file_id)
    for number in numbers:
        for dots in tx.db.scalars(select(Dots).where(Dots.consultation_id == number, Dots.holder == holder)).all():
            fewer = update(Contribution).where(Contribution.id == dots.contribution_id)
            tx.db.execute(fewer.values(dots=Contribution.dots - dots.count))
            tx.db.delete(dots)
    for support in tx.db.scalars(select(Support).where(Support.holder == holder)).all():
        fewer = update(Contribution).where(Contribution.id == support.contribution_id)
        tx.db.execute(fewer.values(supports=Contribution.supports - 1))
        tx.db.delete(support)
    for model in (Report, Comment):
        tx.db.execute(delete(model).where(model.holder == holder))
    tx.db.execute(delete(Contribution).where(Contribution.id.in_(mine)))
    tx.db.execute(delete(Participant).where(Participant.holder == holder))
