"""Who is in which assessment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from doorward import Caller, account_names, issued_tokens

from ..access import ASSESSOR, COLLECT, LEAD, MAY, REVIEW, ROLES
from ..models import Assessment, Member

#: The most people and guests that an assessment has.
MOST_MEMBERS = 500


@dataclass(frozen=True, slots=True)
class AssessmentLine:
    """An assessment in the list of those that somebody is in.

    Arguments:
        role: theirs; empty for an administrator of the server, who is not in it.
        leads: the names of who leads it; only where an administrator asks.
    """

    assessment: Assessment
    role: str
    leads: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the team."""

    account_id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody with a token. `state` says "works", or why it does not."""

    token_id: int
    member: Member
    state: str


def assessments_of(db: Session, actor: Caller) -> list[AssessmentLine]:
    """The assessments that somebody has a place in, the newest first."""
    query = select(Assessment, Member.role).join(Member, Member.assessment_id == Assessment.id)
    query = query.where(Member.holder == actor.holder).order_by(Assessment.id.desc())
    return [AssessmentLine(assessment, role) for assessment, role in db.execute(query)]


def every_assessment(db: Session, *, after: int = 0, count: int = 200) -> list[AssessmentLine]:
    """All assessments with their leads, for an administrator of the server: names, and nothing of what is in them."""
    there = db.scalars(select(Assessment).where(Assessment.id > after).order_by(Assessment.id).limit(count)).all()
    leads = db.execute(
        select(Member.assessment_id, Member.holder).where(
            Member.assessment_id.in_([one.id for one in there]), Member.role == LEAD
        )
    ).all()
    names = account_names(db, (_account(holder) for _number, holder in leads))
    by_number: dict[int, list[str]] = {}
    for number, holder in leads:
        by_number.setdefault(number, []).append(names[_account(holder)])
    return [AssessmentLine(one, "", sorted(by_number.get(one.id, ()))) for one in there]


def people_in(db: Session, number: int) -> list[Person]:
    """Everybody with an account who has a place in an assessment, by name."""
    query = select(Member).where(Member.assessment_id == number, Member.role != ASSESSOR).limit(MOST_MEMBERS)
    rows = db.scalars(query).all()
    names = account_names(db, (_account(row.holder) for row in rows))
    people = [Person(_account(row.holder), names[_account(row.holder)], row.role) for row in rows]
    return sorted(people, key=lambda one: (one.name.casefold(), one.account_id))


def can_be_assigned(people: Sequence[Person]) -> list[Person]:
    """Those of a team whose role lets them collect or review."""
    return [one for one in people if one.role in MAY[COLLECT] | MAY[REVIEW]]


def guests_in(db: Session, number: int, kind: str) -> list[Guest]:
    """The guests of an assessment, by number.

    Arguments:
        kind: of their tokens.
    """
    query = select(Member).where(Member.assessment_id == number, Member.role == ASSESSOR).limit(MOST_MEMBERS)
    rows = {int(row.holder.removeprefix("token:")): row for row in db.scalars(query)}
    states = {one.token_id: one.state for one in issued_tokens(db, kind, count=5_000)} if rows else {}
    return [Guest(token_id, rows[token_id], states.get(token_id, "expired")) for token_id in sorted(rows)]


def how_many_in(db: Session, number: int) -> int:
    """How many have a place in an assessment, at most one more than there may be."""
    return len(db.scalars(select(Member.holder).where(Member.assessment_id == number).limit(MOST_MEMBERS + 1)).all())


def role_words(role: str) -> str:
    """A role as pages call it."""
    return role.capitalize() if role in ROLES or role == ASSESSOR else ""


def _account(holder: str) -> str:
    return holder.removeprefix("account:")
