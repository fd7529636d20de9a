"""Jobs in the database: asked for, claimed by one worker, moved on, ended, swept.

A claim is a conditional update: of two workers who want the same job, one finds it waiting. From then on every
write of the attempt names its claim, so that one who was thought dead, and comes back, changes nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, literal, select, update
from sqlalchemy.orm import Session

from doorward.core.jobs import CANCELLED, DONE, FAILED, RUNNING, WAITING
from doorward.store.job_models import JobRecord
from doorward.store.moments import Moment
from doorward.store.transaction import Transaction

#: An attempt that has not been heard of for so long is lost: its process was killed, or its machine is gone.
LOST_AFTER = timedelta(seconds=15)
_LOST_TOO_OFTEN = "The work was interrupted too often. Start it again."


def by_id(db: Session, job_id: str) -> JobRecord | None:
    """The job, as it is now."""
    return db.get(JobRecord, job_id, populate_existing=True)


def of_account(db: Session, account_id: str, count: int = 20) -> list[JobRecord]:
    """The newest jobs of an account."""
    mine = select(JobRecord).where(JobRecord.owner_id == account_id)
    return list(db.scalars(mine.order_by(JobRecord.created_at.desc()).limit(count)))


def due(db: Session, kinds: Collection[str], now: datetime, count: int = 20) -> list[str]:
    """The jobs of these kinds that may run now, longest waiting first. Kinds that nobody here knows wait."""
    query = select(JobRecord.id).where(
        JobRecord.state == WAITING, JobRecord.due_at <= now, JobRecord.kind.in_(sorted(kinds))
    )
    return list(db.scalars(query.order_by(JobRecord.due_at).limit(count)))


def is_waiting(db: Session, kind: str, until: datetime) -> bool:
    """Does a job of this kind begin at this time at the latest?"""
    query = select(JobRecord.id).where(JobRecord.state == WAITING, JobRecord.due_at <= until, JobRecord.kind == kind)
    return db.scalar(query.limit(1)) is not None


def is_open(db: Session, kind: str) -> bool:
    """Does a job of this kind wait, whenever it begins, or run?"""
    query = select(JobRecord.id).where(JobRecord.state.in_((WAITING, RUNNING)), JobRecord.kind == kind)
    return db.scalar(query.limit(1)) is not None


def claim(tx: Transaction, job_id: str, tries: Mapping[str, int]) -> JobRecord | None:
    """Take a waiting job for one attempt; None if it does not wait, is not due, or is of an unknown kind.

    Arguments:
        tries: how often a job of each known kind is attempted.
    """
    found = by_id(tx.db, job_id)
    if found is None or found.kind not in tries:
        return None
    mine = secrets.token_hex(16)
    taken = _changed(
        tx,
        [JobRecord.id == job_id, JobRecord.state == WAITING, JobRecord.due_at <= tx.now],
        state=RUNNING,
        claim=mine,
        attempts=JobRecord.attempts + 1,
        tries=tries[found.kind],
        started_at=func.coalesce(JobRecord.started_at, _at(tx.now)),
        heartbeat_at=tx.now,
    )
    return by_id(tx.db, job_id) if taken else None


def beat(tx: Transaction, job_id: str, mine: str) -> bool:
    """Say that the attempt is alive. False if it has lost the job."""
    return _of_attempt(tx, job_id, mine, heartbeat_at=tx.now)


def move_on(tx: Transaction, job_id: str, mine: str, done: int, total: int | None) -> bool:
    """Note how far the attempt is. False if it has lost the job."""
    return _of_attempt(tx, job_id, mine, heartbeat_at=tx.now, done=done, total=total)


def finish(tx: Transaction, job_id: str, mine: str, result_name: str = "", result_key: str = "") -> bool:
    """The work is done. False if the attempt has lost the job: then its result counts for nothing."""
    return _of_attempt(
        tx,
        job_id,
        mine,
        state=DONE,
        done=func.coalesce(JobRecord.total, JobRecord.done),
        error="",
        result_name=result_name[:120],
        result_key=result_key,
        finished_at=tx.now,
    )


def fail(tx: Transaction, job_id: str, mine: str, sentence: str) -> bool:
    """The work did not succeed and is not tried again."""
    return _of_attempt(tx, job_id, mine, state=FAILED, error=sentence[:500], finished_at=tx.now)


def put_back(tx: Transaction, job_id: str, mine: str, wait: timedelta, *, counts: bool = True) -> bool:
    """Let the job wait for another attempt.

    Arguments:
        wait: how long, at least.
        counts: False where the attempt was not at fault, such as when the server stops.
    """
    attempts = JobRecord.attempts if counts else JobRecord.attempts - 1
    return _of_attempt(tx, job_id, mine, state=WAITING, claim="", due_at=tx.now + wait, attempts=attempts)


def cancel(tx: Transaction, job_id: str) -> bool:
    """End a job that is not over. An attempt that runs ends at its next step. False if it was over already."""
    open_still = [JobRecord.id == job_id, JobRecord.state.in_((WAITING, RUNNING))]
    return _changed(tx, open_still, state=CANCELLED, claim="", finished_at=tx.now)


def drop_all(tx: Transaction, account_id: str) -> list[str]:
    """Forget all jobs of an account; an attempt that runs ends at its next step. The keys of files to be deleted."""
    gone = delete(JobRecord).where(JobRecord.owner_id == account_id).returning(JobRecord.result_key)
    return [key for key in tx.db.scalars(gone) if key]


def take_up_lost(tx: Transaction, most: int = 100) -> list[str]:
    """Let jobs whose attempt was lost wait again, or fail where that happened too often. Those that wait."""
    silent = [JobRecord.state == RUNNING, JobRecord.heartbeat_at < tx.now - LOST_AFTER]
    lost = list(tx.db.scalars(select(JobRecord.id).where(*silent).limit(most)))
    again = JobRecord.attempts < JobRecord.tries
    for job_id in lost:
        _changed(
            tx,
            [JobRecord.id == job_id, *silent],
            state=case((again, WAITING), else_=FAILED),
            error=case((again, ""), else_=_LOST_TOO_OFTEN),
            finished_at=case((again, None), else_=_at(tx.now)),
            claim="",
            due_at=tx.now,
        )
    waiting = select(JobRecord.id).where(JobRecord.id.in_(lost), JobRecord.state == WAITING)
    return list(tx.db.scalars(waiting))


def forget_results(tx: Transaction, before: datetime, most: int = 200) -> list[str]:
    """Forget the files of results that were made before then. Their keys."""
    old = select(JobRecord).where(JobRecord.finished_at < before, JobRecord.result_key != "").limit(most)
    keys = []
    for record in tx.db.scalars(old):
        keys.append(record.result_key)
        record.result_key = ""
    return keys


def sweep(tx: Transaction, before: datetime, most: int = 500) -> int:
    """Delete jobs that were over before then, a bounded number at once. How many went."""
    old = list(tx.db.scalars(select(JobRecord.id).where(JobRecord.finished_at < before).limit(most)))
    tx.db.execute(delete(JobRecord).where(JobRecord.id.in_(old)))
    return len(old)


def arguments_of(record: JobRecord) -> dict[str, Any]:
    """What the job was given."""
    found: dict[str, Any] = json.loads(record.arguments)
    return found


def _of_attempt(tx: Transaction, job_id: str, mine: str, **values: Any) -> bool:
    return _changed(tx, [JobRecord.id == job_id, JobRecord.claim == mine, JobRecord.state == RUNNING], **values)


def _at(when: datetime) -> ColumnElement[datetime]:
    """A time inside an expression, where its column does not say how it is written."""
    return literal(when, Moment())


def _changed(tx: Transaction, where: Collection[ColumnElement[bool]], **values: Any) -> bool:
    """Was there such a row? It is changed now."""
    change = update(JobRecord).where(*where).values(**values).execution_options(synchronize_session=False)
    return len(tx.db.scalars(change.returning(JobRecord.id)).all()) > 0
