"""Imports, and what rows of files are held against."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..access import LARGEST
from ..models import Award, Competition, Edition, Import, Medal
from ..naming import folded
from .roll import PAGE

_MOST = 500


def plain(text: str) -> str:
    """How codes and labels are compared: without case, marks and the sign between words."""
    return folded(text).replace("_", " ").replace("-", " ")


def medals_by_name(db: Session) -> dict[str, int]:
    """The numbers of medals by what they may be called: their code counts before their names."""
    found: dict[str, int] = {}
    there = db.scalars(select(Medal).where(Medal.deleted_at.is_(None)).order_by(Medal.id.desc()).limit(_MOST)).all()
    for names in ([one.label("vi") for one in there], [one.name for one in there], [one.code for one in there]):
        found |= {plain(name): one.id for name, one in zip(names, there, strict=True) if name}
    return found


def editions_by_name(db: Session) -> dict[tuple[str, str], int]:
    """The numbers of editions by what their competition may be called, as `plain` compares it, and the year."""
    query = select(Edition, Competition).join(Competition, Competition.id == Edition.competition_id)
    there = db.execute(query.where(Edition.deleted_at.is_(None)).order_by(Edition.id.desc())).all()
    found: dict[tuple[str, str], int] = {}
    for edition, competition in there:
        for name in (competition.label("vi"), competition.name, competition.code):
            if name:
                found[plain(name), str(edition.year)] = edition.id
    return found


def mapping_of_the_roll(db: Session) -> dict[str, str]:
    """What the newest configuration of an honor roll said of the columns of its files."""
    query = select(Import.mapping).where(Import.edition_id.is_(None), Import.mapping.contains('"roll"'))
    said = db.scalar(query.order_by(Import.id.desc()).limit(1))
    return dict(json.loads(said)["roll"]) if said else {}


def page_of(db: Session, before: int = LARGEST) -> tuple[Sequence[Import], int]:
    """A page of imports, the newest first, and where older ones begin; 0 on the last."""
    found = db.scalars(select(Import).where(Import.id < before).order_by(Import.id.desc()).limit(PAGE + 1)).all()
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else 0


def is_followed(db: Session, row: Import) -> bool:
    """Whether a later import of the same edition, or one whose rows say the edition, is done or at work."""
    later = select(Import.id).where(Import.id > row.id, Import.state.in_(("running", "done")))
    later = later.where(Import.mapping.not_like('%"roll"%'))
    if row.edition_id is not None:
        later = later.where(or_(Import.edition_id == row.edition_id, Import.edition_id.is_(None)))
    return db.scalar(later.limit(1)) is not None


def awards_added(db: Session, number: int, limit: int | None) -> list[int]:
    """The numbers of awards that an import added."""
    return list(db.scalars(select(Award.id).where(Award.import_id == number).limit(limit)))


def report_of(row: Import) -> dict[str, Any]:
    """What came of it, as it was kept."""
    return dict(json.loads(row.report))
