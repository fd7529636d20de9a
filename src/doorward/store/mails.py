"""The outbox: mails that wait, were sent, or could not be.

A mail is a row that is written with the change which asks for it, so that nothing is lost at a restart. Who sends
takes one for some minutes; if the process dies meanwhile, the mail is due again afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from doorward.store.mail_models import OutboxMail
from doorward.store.transaction import Transaction

WAITING, SENT, FAILED = "waiting", "sent", "failed"
#: The kind of which nothing is kept once it was sent: its recipient is nobody's account any more.
FAREWELL = "farewell"
STATES = (WAITING, SENT, FAILED)

#: How long a sender sleeps at least before it looks for what is due later.
SHORTEST_WAIT = timedelta(seconds=1)
#: Longer than any attempt takes.
LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail to be sent.

    Arguments:
        kind: what it is about, such as `recover`.
        subject: one line without any code.
        message_id: its name for ever, without angle brackets.
        sealed: what it says, encrypted.
        recipient: the address; empty where it is looked up when it is sent.
        account_id: about whom, if that is known.
        code_id: the code in it.
        expires_at: when it says nothing of use any more.
        outline: the text without the code, for administrators of a server that sends no mail.
    """

    kind: str
    subject: str
    message_id: str
    sealed: str
    recipient: str = ""
    account_id: str | None = None
    code_id: int | None = None
    expires_at: datetime | None = None
    outline: str = ""


def add(tx: Transaction, new: NewMail) -> int:
    """Put a mail into the outbox. Its number."""
    row = OutboxMail(
        kind=new.kind,
        subject=new.subject[:200],
        message_id=new.message_id,
        sealed=new.sealed,
        recipient=new.recipient,
        account_id=new.account_id,
        code_id=new.code_id,
        expires_at=new.expires_at,
        outline=new.outline,
        state=WAITING,
        attempts=0,
        claimed_by="",
        next_at=tx.now,
        created_at=tx.now,
        problem="",
    )
    tx.db.add(row)
    tx.db.flush()
    return row.id


def claim(tx: Transaction, job_id: str) -> OutboxMail | None:
    """Take the mail that has been due longest; for some minutes nobody else gets it.

    Arguments:
        job_id: of the job that sends it.
    """
    due = select(OutboxMail).where(OutboxMail.state == WAITING, OutboxMail.next_at <= tx.now)
    due = due.order_by(OutboxMail.next_at).limit(1).with_for_update(skip_locked=True)
    mail = tx.db.scalars(due).one_or_none()
    if mail is not None:
        mail.next_at, mail.attempts, mail.claimed_by = tx.now + LEASE, mail.attempts + 1, job_id
        tx.db.flush()
    return mail


def next_due(db: Session) -> datetime | None:
    """When the next waiting mail is due, be it in the past; None when none waits."""
    return db.scalar(select(func.min(OutboxMail.next_at)).where(OutboxMail.state == WAITING))


def note_sent(tx: Transaction, mail_id: int, attempt: int) -> bool:
    """It was sent: what it said is forgotten. False if somebody else took it meanwhile."""
    return _settle(tx, mail_id, attempt, state=SENT, sealed=None, done_at=tx.now, problem="")


def note_failed(tx: Transaction, mail_id: int, attempt: int, problem: str, *, keep: bool) -> bool:
    """It is given up.

    Arguments:
        problem: why, for administrators.
        keep: whether what it says is kept, so that an administrator can let it be tried again.
    """
    gone = {} if keep else {"sealed": None}
    return _settle(tx, mail_id, attempt, state=FAILED, done_at=tx.now, problem=problem[:300], **gone)


def put_back(tx: Transaction, mail_id: int, attempt: int, problem: str, next_at: datetime) -> bool:
    """It is tried again later."""
    return _settle(tx, mail_id, attempt, next_at=next_at, claimed_by="", problem=problem[:300])


def take_back(tx: Transaction, job_id: str) -> None:
    """What a job had taken when it was killed is due now: nobody is sending it."""
    lost = update(OutboxMail).where(OutboxMail.state == WAITING, OutboxMail.claimed_by == job_id)
    tx.db.execute(lost.values(next_at=tx.now, claimed_by=""))


def _settle(tx: Transaction, mail_id: int, attempt: int, **values: object) -> bool:
    mine = update(OutboxMail).where(OutboxMail.id == mail_id, OutboxMail.attempts == attempt)
    mine = mine.where(OutboxMail.state == WAITING)
    return tx.db.execute(mine.values(**values).returning(OutboxMail.id)).one_or_none() is not None


def drop(tx: Transaction, mail_id: int) -> None:
    """There is nobody to send it to."""
    tx.db.execute(delete(OutboxMail).where(OutboxMail.id == mail_id))


def try_again(tx: Transaction, mail_id: int) -> bool:
    """Let a failed mail be due now. False if there is no such mail, or nothing left to say."""
    mine = update(OutboxMail).where(OutboxMail.id == mail_id, OutboxMail.state == FAILED)
    mine = mine.where(OutboxMail.sealed.is_not(None))
    mine = mine.where((OutboxMail.expires_at.is_(None)) | (OutboxMail.expires_at > tx.now))
    again = mine.values(state=WAITING, attempts=0, next_at=tx.now, done_at=None)
    return tx.db.execute(again.returning(OutboxMail.id)).one_or_none() is not None


def page(db: Session, state: str, offset: int, count: int) -> list[OutboxMail]:
    """A page of the mails in a state, newest first. Without those of which nobody knows yet to whom they go."""
    rows = select(OutboxMail).where(OutboxMail.state == state, OutboxMail.recipient != "")
    return list(db.scalars(rows.order_by(OutboxMail.id.desc()).offset(offset).limit(count)))


def of_account(db: Session, account_id: str) -> list[OutboxMail]:
    """The mails about an account, newest first."""
    mine = select(OutboxMail).where(OutboxMail.account_id == account_id)
    return list(db.scalars(mine.order_by(OutboxMail.id.desc()).limit(1000)))


def how_often(db: Session, account_id: str, subject: str, since: datetime) -> int:
    """How many mails with this subject an account was written since then."""
    mine = select(func.count()).select_from(OutboxMail).where(OutboxMail.account_id == account_id)
    return db.scalar(mine.where(OutboxMail.subject == subject[:200], OutboxMail.created_at > since)) or 0


def how_many(db: Session) -> dict[str, int]:
    """How many mails are in each state, as `page` lists them."""
    listed = select(OutboxMail.state, func.count()).where(OutboxMail.state.in_(STATES), OutboxMail.recipient != "")
    found = {row[0]: int(row[1]) for row in db.execute(listed.group_by(OutboxMail.state))}
    return {state: found.get(state, 0) for state in STATES}


def sweep(tx: Transaction, before: datetime) -> int:
    """Forget mails that were made before this time, and what failed ones say once it is of no use."""
    late = update(OutboxMail).where(OutboxMail.state == FAILED, OutboxMail.expires_at <= tx.now)
    tx.db.execute(late.where(OutboxMail.sealed.is_not(None)).values(sealed=None))
    old = select(OutboxMail.id).where(OutboxMail.created_at < before).limit(1000)
    gone = tx.db.execute(delete(OutboxMail).where(OutboxMail.id.in_(list(tx.db.scalars(old)))).returning(OutboxMail.id))
    return len(gone.all())
