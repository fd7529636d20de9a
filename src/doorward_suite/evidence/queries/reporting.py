"""What the assessment report says, read with a number of queries that does not grow with the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from doorward import account_names

from ..access import Seat
from ..artifact_names import head_of, name_behind
from ..catalogue import Wording
from ..collecting import HOW
from ..models import ITEMS, LINKS, PROGRESS, VERSIONS
from ..planning import ENDED, LEVELS
from ..poam_rules import standing as judged_standing
from ..report import EvidenceLine, Milestone, ObjectiveLine, PoamLine, Report, RequirementPart
from ..sprs import Status, score
from ..stages import FINDINGS, STAGES
from . import poam, shelf, ssp
from .standing import tallies


@dataclass(slots=True)
class _Shown:
    """Every file by its name, and the names of those that each objective has, by the id of the objective."""

    evidence: dict[str, EvidenceLine] = field(default_factory=dict)
    of: dict[str, list[str]] = field(default_factory=dict)


def report_of(db: Session, seat: Seat, made_at: datetime, made_by: str) -> Report:
    """The report of an assessment, as it stands.

    Arguments:
        made_at: this moment, UTC.
        made_by: the name of whoever asks for it.
    """
    number, catalogue = seat.assessment.id, seat.catalogue
    rows = db.execute(select(*_COLUMNS).where(_C.assessment_id == number).order_by(_C.place)).all()
    by_id = {row.objective: row for row in rows}
    shown = _evidence(db, seat, rows)
    names = account_names(db, {row.reviewed_by for row in rows})
    wording = shelf.wording_for(db, seat.assessment.catalogue)
    found = tallies(db, number, made_at.date())
    # What nobody has judged is not met: nothing is assumed in one's favour.
    statuses = dict.fromkeys((one.id for one in catalogue.requirements), Status.NOT_MET)
    statuses |= {one: tally.status for one, tally in found.items() if tally.status is not None}
    plans = ssp.mapping_of(db, seat)
    parts = []
    for requirement in catalogue.requirements:
        said = wording.requirements.get(requirement.id)
        lines = tuple(
            _objective(by_id[one.id], wording.objectives.get(one.id) or one.title, names, shown)
            for one in requirement.objectives
            if one.id in by_id
        )
        plan, text = plans.get(requirement.id), said.text if said else ""
        how = plan.statement if plan else ""
        parts.append(RequirementPart(requirement, text, statuses[requirement.id], lines, how, plan))
    entries = poam.entries_of(db, seat, statuses)
    on_poam = {line.requirement.id for line in entries if line.entry.closed_at is None}
    close = poam.close_of(seat, made_at.date())
    scored = catalogue.is_scored
    return Report(
        title=seat.assessment.name,
        organisation=seat.assessment.organisation,
        catalogue=catalogue,
        made_at=made_at,
        made_by=made_by,
        parts=tuple(parts),
        evidence=shown.evidence,
        poam=tuple(_poam(line) for line in entries),
        score=score(catalogue, statuses) if scored else None,
        standing=judged_standing(catalogue, statuses, on_poam) if scored else None,
        marking=seat.assessment.marking,
        loaded_wording=_is_loaded(wording),
        close_by=close.last if close else None,
    )


_C = PROGRESS.c
_COLUMNS = (_C.id, _C.objective, _C.stage, _C.finding, _C.partly, _C.reason, _C.reviewed_by, _C.reviewed_at)


def _is_loaded(wording: Wording) -> bool:
    return bool(wording.requirements or wording.objectives)


def _objective(row: Any, text: str, names: Mapping[str, str], shown: _Shown) -> ObjectiveLine:
    finding = FINDINGS.get(row.finding, "")
    return ObjectiveLine(
        id=row.objective,
        text=text,
        stage=STAGES[row.stage],
        finding=f"{finding}, in part" if row.partly else finding,
        reason=row.reason,
        reviewed_by=names[row.reviewed_by] if row.reviewed_by else "",
        reviewed_on=row.reviewed_at.date() if row.reviewed_at else None,
        evidence=tuple(shown.of.get(row.objective, ())),
    )


def _poam(line: poam.EntryLine) -> PoamLine:
    entry = line.entry
    return PoamLine(
        requirement=entry.requirement,
        weakness=entry.weakness,
        risk=entry.risk,
        remediation=entry.remediation,
        responsible=line.owner,
        due=entry.due_on,
        milestones=tuple(Milestone(step.text, step.due_on, step.done_at is not None) for step in line.steps),
        closed=entry.closed_at is not None,
        refused=line.refused,
        level=LEVELS[entry.level] if entry.level else "",
        ended=_ended(line),
    )


def _ended(line: poam.EntryLine) -> str:
    entry = line.entry
    if entry.closed_at is None:
        return ""
    how = f"{ENDED[entry.outcome]} on {entry.closed_at.date().isoformat()}"
    return f"{how}: {entry.closing}" if entry.closing else f"{how}."


def _evidence(db: Session, seat: Seat, rows: Sequence[Any]) -> _Shown:
    """The newest version of every piece that is not deleted, in the order of what it shows first."""
    number = seat.assessment.id
    linked = select(LINKS.c.item_id, LINKS.c.progress_id).join(PROGRESS, _C.id == LINKS.c.progress_id)
    objectives: dict[int, list[str]] = {}
    names = {row.id: row.objective for row in rows}
    for item_id, progress_id in db.execute(linked.where(_C.assessment_id == number).order_by(_C.place)).all():
        objectives.setdefault(item_id, []).append(names[progress_id])
    i, v = ITEMS.c, VERSIONS.c
    newest = select(i.id, i.title, v.number, v.name, v.sha256, v.collected_on, v.how)
    newest = newest.join(VERSIONS, and_(v.item_id == i.id, v.number == i.versions))
    newest = newest.where(i.assessment_id == number, i.deleted_at.is_(None)).order_by(i.id)
    place, last = seat.catalogue.place, len(seat.catalogue.objectives)
    first = {item_id: place[shows[0]] for item_id, shows in objectives.items()}
    pieces = sorted(db.execute(newest).all(), key=lambda one: first.get(one[0], last))
    shown = _Shown()
    heads: dict[tuple[str, ...], str] = {}
    for item_id, title, version, original, digest, day, how in pieces:
        shows = tuple(objectives.get(item_id, ()))
        if (head := heads.get(shows)) is None:
            head = heads[shows] = head_of(seat.catalogue, shows)
        extension = original.rpartition(".")[2]
        name = name_behind(head, title, number=item_id, version=version, collected=day, extension=extension)
        shown.evidence[name] = EvidenceLine(name, title, digest, day, HOW.get(how, ""))
        for objective in shows:
            shown.of.setdefault(objective, []).append(name)
    return shown
