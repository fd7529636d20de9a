"""Making an assessment, naming its lead, giving it another name."""

from __future__ import annotations

from sqlalchemy import insert

from doorward import (
    Caller,
    Forbidden,
    Invalid,
    NotFound,
    Transaction,
    find_account,
    grouped,
    one_line,
    problem_with,
    transaction,
)

from .. import access
from ..catalogue import KEY, Catalogue
from ..models import PROGRESS, Assessment, Totals
from ..queries import shelf
from ..stages import NOT_STARTED
from . import team

LONGEST_NAME = 120
#: What a program needs to begin assessments, and to say who is in their teams.
MANAGE_SCOPE = "evidence:manage"


def create(actor: Caller, name: str, lead: str = "", catalogue_key: str = KEY) -> int:
    """Make an assessment, with every objective not started; gives its number.

    Arguments:
        actor: an administrator of the server, or a program of one with `MANAGE_SCOPE`.
        name: such as "CMMC level 2, 2026".
        lead: the account that leads it; the actor's own where it is empty.
        catalogue_key: of the standard that it is by.

    Errors:
        Forbidden: the actor is no administrator. Invalid: the name, or there is no such account or catalogue.
    """
    if not _may_begin(actor):
        raise Forbidden("An administrator of this server makes assessments.")
    checked = _checked(name)
    with transaction(actor) as tx:
        led_by = _account(tx, lead) if lead.strip() else actor.id
        catalogue = _catalogue(tx, catalogue_key)
        made = Assessment(name=checked, catalogue=catalogue.key, created_by=actor.id, created_at=tx.now)
        tx.db.add(made)
        tx.db.flush()
        tx.db.add(Totals(assessment_id=made.id, pieces=0, size=0))
        tx.journal("assessment.created", on=f"assessment:{made.id}", catalogue=catalogue.key)
        _put_objectives(tx, made.id, catalogue)
        team.seat(tx, made.id, led_by, access.LEAD)
        return made.id


def _may_begin(actor: Caller) -> bool:
    """An administrator; or a program of one, which is none itself, where they gave it the scope for this."""
    return actor.is_admin or ("admin" in actor.roles and MANAGE_SCOPE in (actor.scopes or ()))


def name_lead(actor: Caller, number: int, lead: str) -> None:
    """Make somebody a lead: the way back where nobody leads an assessment any more.

    Errors:
        NotFound: the actor is no administrator, or there is no such assessment. Invalid: there is no such account.
    """
    with transaction(actor) as tx:
        team.hold_team(tx, number)
        assessment = access.assessment_to_lead(tx.db, actor, number)
        team.seat(tx, assessment.id, _account(tx, lead), access.LEAD)


def rename(actor: Caller, number: int, name: str, organisation: str | None = None, marking: str | None = None) -> None:
    """Give an assessment another name, and say what else stands on its report.

    Arguments:
        organisation: whose it is; empty for not said, None to leave it.
        marking: at the head and foot of every page, such as "CUI"; empty for none, None to leave it.
    """
    wanted = {"name": _checked(name)}
    for field, typed, longest in (("organisation", organisation, 120), ("marking", marking, 60)):
        if typed is not None:
            wanted[field] = _optional(typed, longest, field)

    def work(tx: Transaction) -> None:
        seat = access.seat_in(tx.db, actor, number, access.MANAGE)
        changed = [field for field, value in wanted.items() if getattr(seat.assessment, field) != value]
        for field in changed:
            setattr(seat.assessment, field, wanted[field])
        if "name" in changed:
            tx.journal("assessment.renamed", on=f"assessment:{number}")
        if set(changed) - {"name"}:
            tx.journal("assessment.described", on=f"assessment:{number}", fields=sorted(set(changed) - {"name"}))

    grouped(actor, work)


def _put_objectives(tx: Transaction, number: int, catalogue: Catalogue) -> None:
    rows = [
        {
            "assessment_id": number,
            "objective": objective.id,
            "requirement": objective.requirement,
            "family": catalogue.requirement_by_id[objective.requirement].family,
            "place": catalogue.place[objective.id],
            "stage": NOT_STARTED,
            "finding": "",
            "partly": False,
            "reason": "",
            "evidence": 0,
            "collected_by": "",
            "reviewed_by": "",
            "assignee": "",
        }
        for objective in catalogue.objectives
    ]
    tx.db.execute(insert(PROGRESS), rows)


def _catalogue(tx: Transaction, key: str) -> Catalogue:
    try:
        return shelf.catalogue_with(tx.db, key)
    except NotFound as missing:
        raise Invalid({"catalogue": missing.message}) from missing


def _account(tx: Transaction, name: str) -> str:
    found = find_account(tx.db, name)
    if found is None:
        raise Invalid({"lead": "There is no account of this name that may sign in."})
    return found


def _checked(name: str) -> str:
    line = one_line(name)
    if problem := problem_with(line, LONGEST_NAME, what="The name"):
        raise Invalid({"name": problem})
    return line


def _optional(typed: str, longest: int, field: str) -> str:
    line = one_line(typed)
    if line and (problem := problem_with(line, longest, what=f"The {field}")):
        raise Invalid({field: problem})
    return line
