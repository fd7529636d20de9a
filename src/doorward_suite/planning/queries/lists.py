"""Lists: of consultations, contributions, comments, sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from doorward import Caller, account_names

from ..models import (
    HIDDEN,
    SHOWN,
    WAITING,
    Attachment,
    Comment,
    Consultation,
    Contribution,
    Dots,
    Kind,
    Organiser,
    Participant,
    Question,
    Report,
    Rule,
    Sheet,
    Support,
)

PAGE = 50
_MANY = 200


def organised_by(db: Session, actor: Caller) -> list[Consultation]:
    """The consultations that an account organises, the newest first."""
    query = select(Consultation).join(Organiser, Organiser.consultation_id == Consultation.id)
    query = query.where(Organiser.account_id == actor.id, Consultation.deleted_at.is_(None))
    return list(db.scalars(query.order_by(Consultation.id.desc()).limit(_MANY)))


def taken_part_in(db: Session, actor: Caller) -> list[Consultation]:
    """The consultations that somebody takes part in, the newest first."""
    query = select(Consultation).join(Participant, Participant.consultation_id == Consultation.id)
    query = query.where(Participant.holder == actor.holder, Consultation.deleted_at.is_(None))
    return list(db.scalars(query.order_by(Consultation.id.desc()).limit(_MANY)))


def organisers_of(db: Session, number: int) -> list[tuple[str, str]]:
    """The organisers of a consultation, as (id, name)."""
    ids = list(db.scalars(select(Organiser.account_id).where(Organiser.consultation_id == number)))
    names = account_names(db, ids)
    return sorted(((one, names.get(one, "Deleted account")) for one in ids), key=lambda pair: pair[1].casefold())


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A sheet of tokens, for its organisers."""

    sheet: Sheet
    kind: str
    used: int = 0


def sheets_of(db: Session, number: int) -> list[SheetLine]:
    """The sheets of a consultation, the newest first."""
    query = select(Sheet, Kind.name).join(Kind, Kind.id == Sheet.kind_id).where(Sheet.consultation_id == number)
    return [SheetLine(*row) for row in db.execute(query.order_by(Sheet.id.desc()).limit(_MANY))]


@dataclass(frozen=True, slots=True)
class Line:
    """A contribution as a page shows it. Whose it is, no page knows.

    Arguments:
        kind: of who wrote it.
        mine: whether the reader did.
        supported: whether the reader supports it.
        my_dots: of the reader.
        same: how many others say the same.
    """

    contribution: Contribution
    kind: str
    question: str
    mine: bool
    supported: bool
    my_dots: int
    same: int
    files: list[Attachment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """Contributions, and where the next ones begin."""

    lines: list[Line]
    before: int | None


def contributions(
    db: Session, number: int, holder: str, *, category: str = "", before: int | None = None, count: int = PAGE
) -> Page:
    """What everybody in the consultation sees, the newest first; what says the same stands behind one of them.

    Arguments:
        holder: who reads.
        category: only of this one.
        before: only those with a smaller number, from the page before.
    """
    query = select(Contribution).where(
        Contribution.consultation_id == number, Contribution.state == SHOWN, Contribution.is_grouped.is_(False)
    )
    query = query.where(Contribution.category == category) if category else query
    query = query.where(Contribution.id < before) if before is not None else query
    found = list(db.scalars(query.order_by(Contribution.id.desc()).limit(count + 1)))
    further = found[count - 1].id if len(found) > count else None
    return Page(lines_of(db, found[:count], holder), further)


def most_dotted(db: Session, number: int, holder: str, *, count: int = _MANY) -> list[Line]:
    """Those with the most dots first, for the page where dots are put."""
    query = select(Contribution).where(
        Contribution.consultation_id == number, Contribution.state == SHOWN, Contribution.is_grouped.is_(False)
    )
    query = query.order_by(Contribution.dots.desc(), Contribution.id.desc()).limit(count)
    return lines_of(db, list(db.scalars(query)), holder)


def mine(db: Session, number: int, holder: str) -> list[Line]:
    """What the reader contributed, hidden and waiting too."""
    query = select(Contribution).where(Contribution.holder == holder, Contribution.consultation_id == number)
    return lines_of(db, list(db.scalars(query.order_by(Contribution.id.desc()).limit(_MANY))), holder)


def pins(db: Session, consultation: Consultation) -> list[Contribution]:
    """What has a place on the plan, or on the map, whichever is shown: the newest thousand."""
    if not (consultation.has_plan or consultation.has_map):
        return []
    placed = Contribution.lon if consultation.has_map else Contribution.x
    query = select(Contribution).where(
        Contribution.consultation_id == consultation.id, Contribution.state == SHOWN, placed.is_not(None)
    )
    return list(db.scalars(query.order_by(Contribution.id.desc()).limit(1000)))


def lines_of(db: Session, found: Sequence[Contribution], holder: str) -> list[Line]:
    """Contributions with what a page says of them, in a handful of queries."""
    ids = [one.id for one in found]
    if not ids:
        return []
    kinds: dict[int, str] = _pairs(db, select(Kind.id, Kind.name).where(Kind.id.in_({one.kind_id for one in found})))
    asked = {one.question_id for one in found if one.question_id}
    questions: dict[int, str] = _pairs(db, select(Question.id, Question.text).where(Question.id.in_(asked)))
    supported = set(
        db.scalars(select(Support.contribution_id).where(Support.contribution_id.in_(ids), Support.holder == holder))
    )
    put = {one.contribution_id: one.count for one in db.scalars(_dots(found[0].consultation_id, holder))}
    same = _pairs(
        db,
        select(Contribution.like_id, func.count())
        .where(Contribution.like_id.in_(ids), Contribution.is_grouped.is_(True), Contribution.state == SHOWN)
        .group_by(Contribution.like_id),
    )
    files: dict[int, list[Attachment]] = {}
    for file in db.scalars(select(Attachment).where(Attachment.contribution_id.in_(ids)).order_by(Attachment.id)):
        files.setdefault(file.contribution_id, []).append(file)
    return [
        Line(
            one,
            kinds.get(one.kind_id, ""),
            questions.get(one.question_id or 0, ""),
            one.holder == holder,
            one.id in supported,
            put.get(one.id, 0),
            same.get(one.id, 0),
            files.get(one.id, []),
        )
        for one in found
    ]


def _dots(number: int, holder: str) -> Any:
    return select(Dots).where(Dots.consultation_id == number, Dots.holder == holder)


def _pairs(db: Session, query: Any) -> dict[Any, Any]:
    return dict(db.execute(query).all())


def dots_put(db: Session, number: int, holder: str) -> int:
    """How many dots somebody has put in a consultation."""
    return sum(one.count for one in db.scalars(_dots(number, holder)))


def proposed(db: Session, number: int) -> list[Line]:
    """What a rule proposes another category for."""
    query = select(Contribution).where(Contribution.consultation_id == number, Contribution.proposed > "")
    return lines_of(db, list(db.scalars(query.limit(PAGE))), "")


def rules_of(db: Session, number: int) -> list[Rule]:
    """The rules of a consultation, in the order in which they were added."""
    return list(db.scalars(select(Rule).where(Rule.consultation_id == number).order_by(Rule.id)))


def all_of_them(db: Session, number: int, *, before: int | None, count: int) -> tuple[list[Contribution], int | None]:
    """A page of everything that was contributed, the newest first, for organisers; and where the older ones begin."""
    query = select(Contribution).where(Contribution.consultation_id == number)
    query = query.where(Contribution.id < before) if before is not None else query
    found = list(db.scalars(query.order_by(Contribution.id.desc()).limit(count + 1)))
    return found[:count], found[count - 1].id if len(found) > count else None


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as a page shows it; `by` is a kind of participant, or the organisers."""

    comment: Comment
    by: str


def comments_on(db: Session, contribution_id: int, holder: str, *, all_of_them: bool) -> list[Said]:
    """The comments on a contribution, in their order: all for organisers; else those shown, and one's own."""
    query = select(Comment, Kind.name).outerjoin(Kind, Kind.id == Comment.kind_id)
    query = query.where(Comment.contribution_id == contribution_id)
    if not all_of_them:
        query = query.where(or_(Comment.state == SHOWN, Comment.holder == holder))
    return [Said(row[0], row[1] or "Organiser") for row in db.execute(query.order_by(Comment.id))]


@dataclass(frozen=True, slots=True)
class Queue:
    """What organisers have to look at."""

    waiting: list[Line]
    reported: list[tuple[Line, list[str]]]
    alike: list[tuple[Line, Contribution]]
    hidden: list[Line]
    comments: list[Said]


def queue(db: Session, number: int) -> Queue:
    """What waits, was reported, says perhaps the same as another, and is hidden: a page of each."""
    of = Contribution.consultation_id == number
    waiting = list(db.scalars(select(Contribution).where(of, Contribution.state == WAITING).limit(PAGE)))
    hidden = list(
        db.scalars(
            select(Contribution).where(of, Contribution.state == HIDDEN).order_by(Contribution.id.desc()).limit(PAGE)
        )
    )
    told = list(db.scalars(select(Contribution).where(of, Contribution.reports > 0).limit(PAGE)))
    near = list(
        db.scalars(
            select(Contribution)
            .where(
                of, Contribution.state == SHOWN, Contribution.like_id.is_not(None), Contribution.is_grouped.is_(False)
            )
            .limit(PAGE)
        )
    )
    words: dict[int, list[str]] = {}
    for row in db.scalars(select(Report).where(Report.contribution_id.in_([one.id for one in told]))):
        words.setdefault(row.contribution_id, []).append(row.words)
    others = {
        one.id: one
        for one in db.scalars(select(Contribution).where(Contribution.id.in_([one.like_id for one in near])))
    }
    lately = select(Comment, Kind.name).outerjoin(Kind, Kind.id == Comment.kind_id)
    lately = lately.where(Comment.consultation_id == number, Comment.state == WAITING).limit(PAGE)
    return Queue(
        lines_of(db, waiting, ""),
        [(line, [one for one in words.get(line.contribution.id, []) if one]) for line in lines_of(db, told, "")],
        [(line, others[line.contribution.like_id or 0]) for line in lines_of(db, near, "")],
        lines_of(db, hidden, ""),
        [Said(row[0], row[1] or "Organiser") for row in db.execute(lately)],
    )
