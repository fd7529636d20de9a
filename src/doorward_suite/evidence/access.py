"""Who may do what in an assessment, and the only place that fetches a record for somebody.

Whoever has no place in an assessment learns nothing of it, not even that it exists. Administrators of the server make
assessments and name their leads, and see no more of them. Who has a place, and a role that is not enough, is told so.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from doorward import Caller, Forbidden, NotFound

from .catalogue import Catalogue, Family, Objective, Requirement
from .models import Assessment, Entry, Item, Member, Milestone, Progress, Version
from .queries import shelf

VIEWER, COLLECTOR, REVIEWER, LEAD, ASSESSOR = "viewer", "collector", "reviewer", "lead", "assessor"
#: The roles that can be given to an account, with what each means.
ROLES = {
    VIEWER: "Reads everything.",
    COLLECTOR: "Collects evidence and hands it in.",
    REVIEWER: "Reviews what others have handed in.",
    LEAD: "Does all of this, assigns work, and says who is in the team.",
}
#: Of guests, who have a token in place of an account.
GUEST = "Reads everything until a date, without an account."

# What is done in an assessment.
READ = "read"
COMMENT = "comment"
COLLECT = "collect"
REVIEW = "review"
CHECK = "check"
PLAN = "plan"
PACK = "pack"
DELETE = "delete"
ASSIGN = "assign"
MANAGE = "manage"

#: The table of roles and acts. Nothing else in the app says who may do what.
MAY: dict[str, frozenset[str]] = {
    READ: frozenset({VIEWER, COLLECTOR, REVIEWER, LEAD, ASSESSOR}),
    COMMENT: frozenset({COLLECTOR, REVIEWER, LEAD}),
    COLLECT: frozenset({COLLECTOR, LEAD}),
    REVIEW: frozenset({REVIEWER, LEAD}),
    CHECK: frozenset({COLLECTOR, REVIEWER, LEAD}),
    PLAN: frozenset({COLLECTOR, LEAD}),
    PACK: frozenset({LEAD}),
    DELETE: frozenset({LEAD}),
    ASSIGN: frozenset({LEAD}),
    MANAGE: frozenset({LEAD}),
}
_REFUSALS = {
    COMMENT: "Your role here is to read. Comments come from collectors, reviewers and leads.",
    COLLECT: "Collecting is for collectors and leads.",
    REVIEW: "Reviewing is for reviewers and leads.",
    CHECK: "Looking at the disk is for collectors, reviewers and leads.",
    PLAN: "The POA&M and the SSP mapping are written by collectors and leads.",
    PACK: "Only a lead makes a package.",
    DELETE: "Only a lead, or who added it, deletes evidence.",
    ASSIGN: "Only a lead assigns work.",
    MANAGE: "Only a lead does this.",
}

_NONE = "There is no such assessment, or you have no place in it."
#: The largest number that a database keeps: beyond it nothing is there.
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody's place in an assessment.

    Arguments:
        assessment: which one.
        role: theirs in it.
        account_id: theirs; empty for a guest.
        catalogue: the standard that the assessment is by.
    """

    assessment: Assessment
    role: str
    account_id: str
    catalogue: Catalogue

    def may(self, act: str) -> bool:
        """Whether the role is enough for this; for pages, which offer nothing that would be refused."""
        return self.role in MAY[act]


def seat_in(db: Session, actor: Caller, number: int, act: str = READ) -> Seat:
    """The actor's place in an assessment.

    Arguments:
        number: of the assessment.
        act: what they are about to do. For everything but reading, the place is held until the transaction ends: who is
            sent away at the same moment does it before that, or not at all.

    Errors:
        NotFound: there is none, or they have no place in it. Forbidden: their role is not enough.
    """
    if not actor.holder or not 0 < number <= LARGEST:
        raise NotFound(_NONE)
    query = (
        select(Assessment, Member)
        .join(Member, Member.assessment_id == Assessment.id)
        .where(Assessment.id == number, Member.holder == actor.holder)
    )
    if act != READ:
        query = query.with_for_update(read=True, of=Member)
    found = db.execute(query).one_or_none()
    if found is None:
        raise NotFound(_NONE)
    seat = Seat(found[0], found[1].role, actor.id, shelf.catalogue_with(db, found[0].catalogue))
    if not seat.may(act):
        raise Forbidden(_REFUSALS[act])
    return seat


def assessment_to_lead(db: Session, actor: Caller, number: int) -> Assessment:
    """An assessment, for an administrator of the server, who may name its lead and nothing else."""
    found = db.get(Assessment, number) if actor.is_admin and 0 < number <= LARGEST else None
    if found is None:
        raise NotFound(_NONE)
    return found


def progress_of(db: Session, seat: Seat, objective: str, *, lock: bool = False) -> Progress:
    """How far an objective of this assessment is.

    Arguments:
        objective: its id, however it is written.
        lock: whether it is about to be changed: whoever else wants to waits until this transaction is over.
    """
    known = objective_in(seat, objective)
    query = select(Progress).where(Progress.assessment_id == seat.assessment.id, Progress.objective == known.id)
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    return db.scalars(query).one()


def item_in(db: Session, seat: Seat, item_id: int, *, lock: bool = False, deleted: bool = False) -> Item:
    """A piece of evidence of this assessment.

    Arguments:
        lock: whether it is about to be changed.
        deleted: whether one that was deleted is meant too.
    """
    query = select(Item).where(Item.id == min(item_id, LARGEST), Item.assessment_id == seat.assessment.id)
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    found = db.scalars(query).one_or_none()
    if found is None or (found.deleted_at is not None and not deleted):
        raise NotFound("There is no such evidence, or it was deleted.")
    return found


def version_in(db: Session, seat: Seat, item_id: int, number: int) -> tuple[Item, Version]:
    """One version of a piece of evidence of this assessment."""
    item = item_in(db, seat, item_id)
    wanted = select(Version).where(Version.item_id == item.id, Version.number == min(number, LARGEST))
    found = db.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound("There is no such version.")
    return item, found


def entry_in(db: Session, seat: Seat, entry_id: int, *, lock: bool = False) -> Entry:
    """An entry of this assessment's POA&M.

    Arguments:
        lock: whether it is about to be changed.
    """
    query = select(Entry).where(Entry.id == min(entry_id, LARGEST), Entry.assessment_id == seat.assessment.id)
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    found = db.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is no such entry.")
    return found


def milestone_in(db: Session, entry: Entry, step_id: int) -> Milestone:
    """A milestone of an entry that was fetched before."""
    query = select(Milestone).where(Milestone.id == min(step_id, LARGEST), Milestone.entry_id == entry.id)
    found = db.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is no such milestone.")
    return found


def member_in(db: Session, seat: Seat, account_id: str) -> Member:
    """Somebody with an account who has a place in this assessment."""
    found = db.get(Member, (seat.assessment.id, f"account:{account_id}"))
    if found is None:
        raise NotFound("Nobody of this name is in the team.")
    return found


def guest_in(db: Session, seat: Seat, token_id: int) -> Member:
    """A guest of this assessment."""
    found = db.get(Member, (seat.assessment.id, f"token:{token_id}"))
    if found is None:
        raise NotFound("There is no such guest.")
    return found


def family_in(seat: Seat, code: str) -> Family:
    """A family of the assessment's standard."""
    found = seat.catalogue.family(code)
    if found is None:
        raise NotFound("There is no such family in this standard.")
    return found


def requirement_in(seat: Seat, number: str) -> Requirement:
    """A requirement of the assessment's standard."""
    found = seat.catalogue.requirement(number)
    if found is None:
        raise NotFound("There is no such requirement in this standard.")
    return found


def objective_in(seat: Seat, number: str) -> Objective:
    """An objective of the assessment's standard."""
    found = seat.catalogue.objective(number)
    if found is None:
        raise NotFound("There is no such objective in this standard.")
    return found
