"""Records of evidence as the plain values that the API gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from ..access import Seat
from ..models import Assessment, Item, Progress, Version
from ..paths import file_path
from ..queries.history import Line
from ..queries.objectives import ObjectiveLine
from ..queries.standing import RequirementLine

Json = dict[str, Any]
Names = Mapping[str, str]
#: Where the API calls a field otherwise than the forms do.
FIELDS = {"catalogue": "standard"}


def assessment(one: Assessment, role: str) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "standard": one.catalogue,
        "role": role,
        "created_at": one.created_at.isoformat(),
    }


def requirement(line: RequirementLine) -> Json:
    one = line.requirement
    return {
        "id": one.id,
        "practice": one.practice,
        "family": one.family,
        "title": one.title,
        "weight": one.weight,
        "status": line.status,
        "tally": line.tally.as_json(),
    }


def people_of(lines: Iterable[ObjectiveLine]) -> set[str]:
    """The accounts that these objectives name."""
    rows = [line.progress for line in lines]
    return {who for row in rows for who in (row.assignee, row.collected_by, row.reviewed_by) if who}


def objective(line: ObjectiveLine, names: Names) -> Json:
    """
    Arguments:
        names: of `people_of` it, by account id.
    """
    known, row = line.objective, line.progress
    return {
        "id": known.id,
        "requirement": known.requirement,
        "family": row.family,
        "title": known.title,
        "stage": row.stage,
        "finding": row.finding or None,
        "partly": row.partly,
        "reason": row.reason,
        "evidence": row.evidence,
        "assignee": _who(row.assignee, names),
        "due_on": _day(row.due_on),
        "collected_by": _who(row.collected_by, names),
        "collected_at": _moment(row.collected_at),
        "reviewed_by": _who(row.reviewed_by, names),
        "reviewed_at": _moment(row.reviewed_at),
    }


def history(line: Line) -> Json:
    note = line.note
    return {
        "id": note.id,
        "at": note.at.isoformat(),
        "by": {"id": note.author_id, "name": line.who},
        "kind": note.kind,
        "did": line.did,
        "text": note.text,
    }


def item(seat: Seat, one: Item, names: Names, objectives: Iterable[str]) -> Json:
    """What is said of a piece wherever it is told, but for its versions."""
    return {
        "id": one.id,
        "title": one.title,
        "owner": {"id": one.owner_id, "name": names[one.owner_id]},
        "added_at": one.added_at.isoformat(),
        "expires_on": _day(one.expires_on),
        "state": one.state,
        "versions": one.versions,
        "objectives": list(objectives),
    }


def version(seat: Seat, item_id: int, one: Version, names: Names) -> Json:
    return {
        "number": one.number,
        "name": one.name,
        "type": one.type,
        "size": one.size,
        "sha256": one.sha256,
        "how": one.how or None,
        "source": one.source,
        "collected_on": _day(one.collected_on),
        "expires_on": _day(one.expires_on),
        "notes": one.notes.splitlines(),
        "added_by": {"id": one.added_by, "name": names[one.added_by]},
        "added_at": one.added_at.isoformat(),
        "checked_at": one.checked_at.isoformat(),
        "state": one.state,
        "file": file_path(seat.assessment.id, item_id, one.number),
    }


def linked(rows: Iterable[Progress]) -> list[str]:
    return [row.objective for row in rows]


def _who(account_id: str, names: Names) -> Json | None:
    return {"id": account_id, "name": names[account_id]} if account_id else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
