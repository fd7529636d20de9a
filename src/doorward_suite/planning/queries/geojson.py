"""What has coordinates, as GeoJSON (RFC 7946): longitude before latitude, WGS84, without whose it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from doorward import reading

from ..models import PARTS, Contribution, Kind, Question

#: So many are read at once, so that a large town is never in memory as a whole.
_AT_ONCE = 500


def written(number: int) -> Iterator[str]:
    """A FeatureCollection of everything in a consultation that has coordinates, in parts."""
    with reading() as db:
        kinds = dict(db.execute(select(Kind.id, Kind.name).where(Kind.consultation_id == number)).all())
        asked = select(Question.id, Question.text).where(Question.consultation_id == number)
        questions = dict(db.execute(asked).all())
    yield '{"type": "FeatureCollection", "features": ['
    last, between = 0, ""
    while found := _after(number, last):
        for one in found:
            feature = _feature(one, kinds[one.kind_id], questions.get(one.question_id or 0))
            yield between + json.dumps(feature, ensure_ascii=False)
            between = ",\n"
        last = found[-1].id
    yield "]}\n"


def _after(number: int, last: int) -> list[Contribution]:
    query = select(Contribution).where(
        Contribution.consultation_id == number, Contribution.id > last, Contribution.lon.is_not(None)
    )
    with reading() as db:
        return list(db.scalars(query.order_by(Contribution.id).limit(_AT_ONCE)))


def _feature(one: Contribution, kind: str, question: str | None) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": one.id,
        "geometry": {"type": "Point", "coordinates": [(one.lon or 0) / PARTS, (one.lat or 0) / PARTS]},
        "properties": {
            "at": one.created_at.isoformat(),
            "kind": kind,
            "category": one.category,
            "question": question,
            "text": one.text,
            "phase": one.phase,
            "state": one.state,
            "supports": one.supports,
            "comments": one.comments,
            "dots": one.dots,
        },
    }
