"""The API of planning, under `/api/planning/`: for organisers' programs, by the same access as their pages."""

from __future__ import annotations

from typing import Any

from doorward import access as door
from doorward import api, current_caller, reading

from . import access, api_taking_part, api_writing, shapes
from .models import Consultation, Contribution
from .phases import PHASES
from .queries import lists, whole

Json = dict[str, Any]

_READ = door.scope(access.READ)
_NUMBER = api.asks(number=api.Whole(1))
_PAGE = api.asks(before=api.Whole(1), count=api.Whole(1, shapes.LARGEST_PAGE))


def add_to(pages: Any) -> None:
    """Put these addresses beside the pages, on their blueprint."""
    api_writing.add_to(pages)
    api_taking_part.add_to(pages)
    one = "/api/planning/<int:number>"
    for path, view in (
        ("/api/planning/", consultations),
        (one, consultation),
        (f"{one}/contributions", contributions),
        (f"{one}/whole", whole_consultation),
    ):
        pages.add_url_rule(path, f"api_{view.__name__}", view, methods=["GET"])


@_READ
@api.asks(newest=api.Whole(1, 200))
@api.gives(shapes.LINES)
def consultations(newest: int = 200) -> Json:
    """The consultations that you organise, the newest first."""
    with reading() as db:
        return {"consultations": [_line(one) for one in lists.organised_by(db, current_caller())[:newest]]}


def _line(one: Consultation) -> Json:
    return {
        "id": one.id,
        "title": one.title,
        "phase": access.phase_now(one),
        "published": one.published,
        "created_at": one.created_at.isoformat(),
    }


@_READ
@_NUMBER
@api.gives(shapes.CONSULTATION)
def consultation(number: int) -> Json:
    """A consultation that you organise."""
    return _consultation(number)


def _consultation(number: int) -> Json:
    with reading() as db:
        one = access.organiser_in(db, current_caller(), number).consultation
        days = {phase: day.isoformat() if (day := getattr(one, f"{phase}_on")) else None for phase in PHASES}
        return {
            **_line(one),
            "about": one.about,
            "summary": one.summary,
            "begins": days,
            "categories": one.category_names,
            "dots": one.dots,
            "kinds": [{"id": kind.id, "name": kind.name} for kind in access.kinds_of(db, one)],
            "questions": [{"id": asked.id, "text": asked.text} for asked in access.questions_of(db, one)],
        }


@_READ
@_NUMBER
@_PAGE
@api.gives(shapes.PAGE)
def contributions(number: int, before: int | None = None, count: int = lists.PAGE) -> Json:
    """What was contributed, the newest first, what is hidden or waits too. Whose it is, nobody is told."""
    with reading() as db:
        access.organiser_in(db, current_caller(), number)
        found, further = lists.all_of_them(db, number, before=before, count=count)
        return {"contributions": [_contribution(one) for one in found], "next": further}


def _contribution(one: Contribution) -> Json:
    return {
        "id": one.id,
        "kind": one.kind_id,
        "question": one.question_id,
        "category": one.category,
        "text": one.text,
        "place": None if one.x is None or one.y is None else {"across": one.x, "down": one.y},
        "coordinates": None if one.lon is None or one.lat is None else {"lon": one.lon, "lat": one.lat},
        "phase": one.phase,
        "state": one.state,
        "supports": one.supports,
        "comments": one.comments,
        "dots": one.dots,
        "same_as": one.like_id if one.is_grouped else None,
        "created_at": one.created_at.isoformat(),
    }


@_READ
@_NUMBER
@api.gives(api.AnyObject())
def whole_consultation(number: int) -> Json:
    """The whole consultation, as another installation takes it."""
    with reading() as db:
        return whole.whole(db, access.organiser_in(db, current_caller(), number).consultation)
