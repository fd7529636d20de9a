"""Are the files on disk still those that arrived? Asked on a schedule and on demand; what is not raises an alarm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from doorward import Caller, Job, Transaction, check_file, now, reading, transaction, write_to

from .. import access
from ..access import CHECK, LEAD
from ..models import CHANGED, INTACT, MISSING, Assessment, Item, Member, Version
from ..paths import item_path
from .items import name_of

#: How often the server looks, and how old a look may be before it looks again at the same file.
EVERY = timedelta(hours=6)
_LOOK_AGAIN = timedelta(days=7)
_AT_ONCE = 100
_WORST = (MISSING, CHANGED, INTACT)


def check_item(actor: Caller, number: int, item_id: int) -> str:
    """Read all files of a piece of evidence again. The worst that was found: intact, changed or missing."""
    with reading() as db:
        seat = access.seat_in(db, actor, number, CHECK)
        item = access.item_in(db, seat, item_id)
        versions = db.scalars(select(Version.id).where(Version.item_id == item.id)).all()
    found = [_check(actor, version_id) for version_id in versions]
    return min((one for one in found if one), key=_WORST.index, default=INTACT)


def check_all(job: Job) -> None:
    """The job: read every file that was not read for a week, the longest first. A second attempt goes on."""
    for done, version_id in enumerate(_due(), start=1):
        _check(job.actor, version_id)
        job.progress(done)


def _due() -> Iterator[int]:
    begun = now() - _LOOK_AGAIN
    while True:
        with reading() as db:
            oldest = select(Version.id).where(Version.checked_at < begun).order_by(Version.checked_at).limit(_AT_ONCE)
            some = db.scalars(oldest).all()
        if not some:
            return
        yield from some


def _check(actor: Caller, version_id: int) -> str:
    """Read one file, outside of any transaction, and note what was found. Empty where the version is gone."""
    with reading() as db:
        version = db.get(Version, version_id)
        if version is None:
            return ""
    verdict = check_file(version.file_id)
    state = MISSING if verdict is None else INTACT if verdict else CHANGED
    with transaction(actor) as tx:
        item = tx.db.scalars(select(Item).where(Item.id == version.item_id).with_for_update()).one()
        version = tx.db.get_one(Version, version_id, populate_existing=True)
        before = version.state
        version.state, version.checked_at = state, tx.now
        tx.db.flush()
        states = tx.db.scalars(select(Version.state).where(Version.item_id == item.id)).all()
        item.state = min(states, key=_WORST.index)
        if state != before:
            _tell(tx, item, version)
    return state


def _tell(tx: Transaction, item: Item, version: Version) -> None:
    """What changed on disk is an alarm: in the journal, on the overview, and in the leads' mail."""
    if version.state == INTACT:
        tx.journal("evidence.found_intact", on=name_of(item), version=version.number)
        return
    on, state = name_of(item), version.state
    tx.journal("evidence.alarm", on=on, outcome="failed", version=version.number, state=state, sha256=version.sha256)
    assessment = tx.db.get_one(Assessment, item.assessment_id)
    what = "is not on disk any more" if version.state == MISSING else "has changed on disk"
    text = f"The file of “{item.title}”, version {version.number}, in “{assessment.name}” {what}."
    leads = select(Member.holder).where(Member.assessment_id == assessment.id, Member.role == LEAD)
    for holder in tx.db.scalars(leads):
        path = item_path(assessment.id, item.id)
        write_to(tx, holder.removeprefix("account:"), f"Alarm in {assessment.name}", text, path=path)
