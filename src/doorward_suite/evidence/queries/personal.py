"""All that the app stores about an account, for whoever exports it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import ASSESSOR
from ..models import Assessment, Entry, Item, Mapping, Member, Note, Progress, Version
from .ssp import as_said

_AT_ONCE = 500


def everything_of(db: Session, account_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each assessment that somebody has a place in, with what is theirs to do; what they added, wrote, said and did.

    What they did besides, such as making a package, stands in the journal, which the kit exports.
    """
    mine = select(Assessment, Member.role, Member.added_at).join(Member, Member.assessment_id == Assessment.id)
    for assessment, role, since in db.execute(mine.where(Member.holder == f"account:{account_id}")).all():
        work = select(Progress).where(Progress.assignee == account_id, Progress.assessment_id == assessment.id)
        yield (
            f"assessment-{assessment.id}",
            {
                "id": assessment.id,
                "name": assessment.name,
                "role": role,
                "since": since.isoformat(),
                "assigned": [
                    {"objective": one.objective, "until": one.due_on.isoformat() if one.due_on else None}
                    for one in db.scalars(work)
                ],
                "poam": [_entry(one, account_id) for one in _entries(db, assessment.id, account_id)],
            },
        )
    for number, lines in enumerate(_parts(_evidence(db, account_id)), start=1):
        yield f"evidence-{number}", {"added": lines}
    for number, lines in enumerate(_parts(_plan(db, account_id)), start=1):
        yield f"ssp-{number}", {"written": lines}
    guests = select(Member).where(Member.added_by == account_id, Member.role == ASSESSOR).order_by(Member.added_at)
    invited = [_guest(one) for one in db.scalars(guests)]
    if invited:
        yield "guests", {"invited": invited}
    for number, lines in enumerate(_parts(_history(db, account_id)), start=1):
        yield f"history-{number}", {"lines": lines}


def _parts(lines: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """So many lines at a time, however many there are."""
    while some := list(islice(lines, _AT_ONCE)):
        yield some


def _evidence(db: Session, account_id: str) -> Iterator[dict[str, Any]]:
    """Every version of evidence that somebody added; deleted pieces too, since they are kept. The files are not in it:
    they are the organisation's."""
    added = select(Version, Item).join(Item, Item.id == Version.item_id).where(Version.added_by == account_id)
    for version, item in db.execute(added.order_by(Version.id).execution_options(yield_per=_AT_ONCE)):
        yield {
            "assessment": item.assessment_id,
            "evidence": item.id,
            "title": item.title,
            "version": version.number,
            "file": version.name,
            "size": version.size,
            "sha256": version.sha256,
            "how": version.how,
            "source": version.source,
            "collected_on": version.collected_on.isoformat() if version.collected_on else None,
            "expires_on": version.expires_on.isoformat() if version.expires_on else None,
            "added_at": version.added_at.isoformat(),
            "deleted_at": item.deleted_at.isoformat() if item.deleted_at else None,
        }


def _plan(db: Session, account_id: str) -> Iterator[dict[str, Any]]:
    """What somebody wrote last of a requirement in the SSP mapping."""
    written = select(Mapping).where(Mapping.changed_by == account_id)
    for row in db.scalars(written.order_by(Mapping.assessment_id, Mapping.requirement)):
        yield {
            "assessment": row.assessment_id,
            "requirement": row.requirement,
            **asdict(as_said(row)),
            "changed_at": row.changed_at.isoformat(),
        }


def _guest(member: Member) -> dict[str, Any]:
    return {
        "assessment": member.assessment_id,
        "name": member.name,
        "at": member.added_at.isoformat(),
        "until": member.ends_at.isoformat() if member.ends_at else None,
    }


def _entries(db: Session, number: int, account_id: str) -> list[Entry]:
    """The entries of a POA&M that somebody opened, closed, or is responsible for."""
    theirs = (Entry.owner_id == account_id) | (Entry.opened_by == account_id) | (Entry.closed_by == account_id)
    return list(db.scalars(select(Entry).where(Entry.assessment_id == number, theirs).order_by(Entry.id)))


def _entry(entry: Entry, account_id: str) -> dict[str, Any]:
    named = {"responsible": entry.owner_id, "opened": entry.opened_by, "closed": entry.closed_by}
    return {
        "id": entry.id,
        "requirement": entry.requirement,
        "due": entry.due_on.isoformat(),
        "you": [part for part, who in named.items() if who == account_id],
        "opened_at": entry.opened_at.isoformat(),
        "closed_at": entry.closed_at.isoformat() if entry.closed_at else None,
    }


def _history(db: Session, account_id: str) -> Iterator[dict[str, Any]]:
    lines = select(Note, Progress.objective).join(Progress, Progress.id == Note.progress_id)
    lines = lines.where(Note.author_id == account_id).order_by(Note.id).execution_options(yield_per=500)
    for note, objective in db.execute(lines):
        yield {
            "at": note.at.isoformat(),
            "assessment": note.assessment_id,
            "objective": objective,
            "did": note.kind,
            "text": note.text,
        }
