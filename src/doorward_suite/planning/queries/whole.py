"""A whole consultation: as rows for tables, and as one value that another installation takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from doorward import Cell

from ..models import HIDDEN, PARTS, SHOWN, Comment, Consultation, Contribution, Kind, Question, Rule
from ..phases import PHASES

FORM = "doorward planning 1"
#: What does not come along, said in the file itself.
LEFT_OUT = (
    "who took part, so that supports and dots are numbers alone; what was reported; files beside "
    "contributions and the picture of the plan, so that places on it wait for another picture"
)
HEADINGS = (
    "Number", "At (UTC)", "Kind", "Category", "Question", "Text", "Across", "Down", "Latitude", "Longitude", "Phase",
    "State", "Reason", "Supports", "Comments", "Dots", "Same as",
)  # fmt: skip


def rows_of(db: Session, number: int) -> Iterator[list[Cell]]:
    """Every contribution, one a row, without who wrote it."""
    kinds = _names(db, Kind.id, Kind.name, Kind.consultation_id == number)
    questions = _names(db, Question.id, Question.text, Question.consultation_id == number)
    for one in _every(db, number):
        yield [
            one.id,
            one.created_at,
            kinds.get(one.kind_id, ""),
            one.category,
            questions.get(one.question_id or 0, ""),
            one.text,
            None if one.x is None else one.x / 100,
            None if one.y is None else one.y / 100,
            None if one.lat is None else one.lat / PARTS,
            None if one.lon is None else one.lon / PARTS,
            one.phase,
            one.state,
            one.reason,
            one.supports,
            one.comments,
            one.dots,
            one.like_id if one.is_grouped else None,
        ]


def _names(db: Session, key: Any, name: Any, where: Any) -> dict[int, str]:
    return dict(db.execute(select(key, name).where(where)).all())


def _every(db: Session, number: int) -> Iterator[Contribution]:
    query = select(Contribution).where(Contribution.consultation_id == number)
    yield from db.scalars(query.order_by(Contribution.id).execution_options(yield_per=500))


def whole(db: Session, consultation: Consultation) -> dict[str, Any]:
    """A consultation for another installation: all of it but what `LEFT_OUT` says."""
    number = consultation.id
    kinds = _names(db, Kind.id, Kind.name, Kind.consultation_id == number)
    questions = _names(db, Question.id, Question.text, Question.consultation_id == number)
    comments: dict[int, list[dict[str, Any]]] = {}
    said = select(Comment).where(Comment.consultation_id == number, Comment.state.in_((SHOWN, HIDDEN)))
    for one in db.scalars(said.order_by(Comment.id)):
        comments.setdefault(one.contribution_id, []).append(
            {"kind": kinds.get(one.kind_id or 0, ""), "text": one.text, "state": one.state, "reason": one.reason}
        )
    every = list(_every(db, number))
    place_of = {one.id: index for index, one in enumerate(every)}
    rules = db.scalars(select(Rule).where(Rule.consultation_id == number).order_by(Rule.id))
    return {
        "form": FORM,
        "left_out": LEFT_OUT,
        "title": consultation.title,
        "about": consultation.about,
        "summary": consultation.summary,
        "phases": {
            phase: day.isoformat() if (day := getattr(consultation, f"{phase}_on")) else None for phase in PHASES
        },
        "categories": consultation.category_names,
        "dots": consultation.dots,
        "moderated": consultation.moderated,
        "places": {
            "on": consultation.shows,
            "begins": [consultation.map_lon / PARTS, consultation.map_lat / PARTS],
            "zoom": consultation.map_zoom,
        },
        "rules": [{"words": one.words, "category": one.category} for one in rules],
        "kinds": list(kinds.values()),
        "questions": list(questions.values()),
        "contributions": [
            {
                "at": one.created_at.isoformat(),
                "kind": kinds.get(one.kind_id, ""),
                "category": one.category,
                "question": questions.get(one.question_id or 0),
                "text": one.text,
                "place": None if one.x is None or one.y is None else [one.x, one.y],
                "coordinates": None if one.lon is None or one.lat is None else [one.lon / PARTS, one.lat / PARTS],
                "phase": one.phase,
                "state": one.state,
                "reason": one.reason,
                "supports": one.supports,
                "dots": one.dots,
                "same_as": place_of.get(one.like_id or 0) if one.is_grouped else None,
                "comments": comments.get(one.id, []),
            }
            for one in every
        ],
    }
